package router_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"heddle/router"
	"heddle/router/fetch"
)

// A client that goes away ends the subgraph's request, over every protocol and
// also between the parts of an answer.
func TestRouter_client_leaves(t *testing.T) {
	for protocol, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		for name, query := range map[string]string{"a whole answer": `{ hello }`, "a part": `{ __typename ... @defer { hello } }`} {
			t.Run(protocol+"/"+name, func(t *testing.T) {
				asked, ended := make(chan struct{}), make(chan struct{})
				l := router.Listen("127.0.0.1:0", overSubgraph(t, fetch.InProcess(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					close(asked)
					<-r.Context().Done()
					close(ended)
				}))), nil)
				if err := l.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := l.Stop(context.WithoutCancel(t.Context())); err != nil {
						t.Error(err)
					}
				}()
				transport := &http.Transport{Protocols: new(http.Protocols)}
				transport.Protocols.SetHTTP1(!http2)
				transport.Protocols.SetUnencryptedHTTP2(http2)
				defer transport.CloseIdleConnections()
				ctx, leave := context.WithCancel(t.Context())
				request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+l.Address()+"/graphql", strings.NewReader(`{"query":`+quoted(query)+`}`))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Content-Type", asJSON)
				request.Header.Set("Accept", asParts)
				go func() {
					<-asked
					leave()
				}()
				response, err := (&http.Client{Transport: transport}).Do(request)
				if err == nil {
					_, err = io.ReadAll(response.Body)
					response.Body.Close()
				}
				if err == nil {
					t.Error("the client got an answer to the end")
				}
				<-ended
			})
		}
	}
}
