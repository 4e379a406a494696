// Package files is a subgraph made with gqlgen that takes uploads, for tests.
package files

import (
	"context"
	"crypto/sha256"
	_ "embed" // for the schema
	"encoding/hex"
	"io"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"

	"heddle/router/testdata/files/graph"
)

//go:generate go run generate.go

// SDL is what the subgraph offers.
//
//go:embed schema.graphql
var SDL string

// New makes the subgraph. It takes requests of up to 16 MiB.
func New() http.Handler {
	server := handler.New(graph.NewExecutableSchema(graph.Config{Resolvers: resolvers{}}))
	server.AddTransport(transport.MultipartForm{MaxUploadSize: 16 << 20})
	server.AddTransport(transport.POST{})
	return server
}

type resolvers struct{}

func (r resolvers) Query() graph.QueryResolver       { return r }
func (r resolvers) Mutation() graph.MutationResolver { return r }

func (resolvers) Measure(_ context.Context, file graphql.Upload) (int, error) {
	n, err := io.Copy(io.Discard, file.File)
	return int(n), err
}

func (resolvers) Keep(_ context.Context, file graphql.Upload, title *string) (*graph.Kept, error) {
	return keep(&file, title)
}

func (resolvers) KeepAll(_ context.Context, files []*graphql.Upload) ([]*graph.Kept, error) {
	var all []*graph.Kept
	for _, file := range files {
		kept, err := keep(file, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, kept)
	}
	return all, nil
}

func (resolvers) KeepAlbum(_ context.Context, album graph.Album) ([]*graph.Kept, error) {
	all := []*graph.Kept{}
	if album.Cover != nil {
		kept, err := keep(album.Cover, &album.Title)
		if err != nil {
			return nil, err
		}
		all = append(all, kept)
	}
	for _, page := range album.Pages {
		if page.Scan == nil {
			continue
		}
		kept, err := keep(page.Scan, page.Text)
		if err != nil {
			return nil, err
		}
		all = append(all, kept)
	}
	return all, nil
}

// keep tells what came.
func keep(file *graphql.Upload, title *string) (*graph.Kept, error) {
	hash := sha256.New()
	n, err := io.Copy(hash, file.File)
	if err != nil {
		return nil, err
	}
	return &graph.Kept{Name: file.Filename, ContentType: file.ContentType, Size: int(n), Sum: hex.EncodeToString(hash.Sum(nil)[:4]), Title: title}, nil
}
