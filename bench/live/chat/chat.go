// Package chat is the graph of the benchmark of live delivery: messages that
// are said to everybody who listens, and the people who say them, in two
// subgraphs that cost little beside a router.
package chat

import (
	"embed"
	"fmt"
	"net/http"

	"heddle/router/compose"
	"heddle/router/memory"
)

//go:embed *.graphql
var files embed.FS

// Names are the subgraphs.
var Names = []string{"chat", "people"}

// The operations that are measured. Each event needs the author's name, which
// is in the other subgraph.
const (
	Subscription = `subscription { said { number text author { name } } }`
	Alone        = `subscription { said: whispered { number text author { name } } }`
	Mutation     = `mutation($text: String!) { say(text: $text) { number } }`
)

// Supergraph composes the subgraphs; url says where each answers.
func Supergraph(url func(name string) string) (string, error) {
	var subgraphs []compose.Subgraph
	for _, name := range Names {
		sdl, err := sdl(name)
		if err != nil {
			return "", err
		}
		subgraphs = append(subgraphs, compose.Subgraph{Name: name, URL: url(name), SDL: sdl, File: name + ".graphql"})
	}
	result, err := compose.Compose(subgraphs)
	if err != nil {
		return "", fmt.Errorf("compose the chat: %w", err)
	}
	return result.Supergraph, nil
}

func sdl(name string) (string, error) {
	text, err := files.ReadFile(name + ".graphql")
	if err != nil {
		return "", fmt.Errorf("read the schema of %s: %w", name, err)
	}
	return string(text), nil
}

// Handler serves each subgraph at the path of its name.
func Handler() (http.Handler, error) {
	sdl, err := sdl("people")
	if err != nil {
		return nil, err
	}
	people, err := memory.Subgraph(sdl, memory.Data{
		"7": {"__typename": "User", "id": "7", "name": "Person 7"}, "Query": {},
	})
	if err != nil {
		return nil, fmt.Errorf("serve people: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/people", remembering(people))
	mux.Handle("/chat", &room{listeners: map[listener]struct{}{}})
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	return mux, nil
}
