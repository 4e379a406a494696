# One image with the one binary. What a container does is its command:
# router, subgraph NAME..., compose. The stores are other containers.

FROM node:22-bookworm-slim AS playground
WORKDIR /src
COPY web/ web/
RUN npm --prefix web ci --no-audit --no-fund
COPY router/serve/playground/ router/serve/playground/
RUN npm --prefix web run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=playground /src/router/serve/playground/dist/ router/serve/playground/dist/
ARG VERSION=unknown
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-X main.version=${VERSION}" -o /heddle ./cmd/heddle

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /heddle /usr/local/bin/heddle
COPY supergraph.graphql /etc/heddle/supergraph.graphql
WORKDIR /etc/heddle
USER 65532:65532
EXPOSE 4000
ENTRYPOINT ["/usr/local/bin/heddle"]
CMD ["--help"]
