// Command subgraphgen generates the code of one domain from its schema: gqlgen
// with the shared configuration, in which {subgraph} stands for the domain's
// name, and a small adapter that binds the domain's resolvers to the schema.
//
// One process generates one domain: gqlgen keeps names in package variables,
// and two domains in one process would change each other's.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: subgraphgen DOMAIN (run in the folder that holds gqlgen.yml)")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "subgraphgen: %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func generate(domain string) error {
	if strings.ContainsAny(domain, "/.\\{}") {
		return errors.New("not the name of a domain")
	}
	text, err := os.ReadFile("gqlgen.yml")
	if err != nil {
		return err
	}
	text = bytes.ReplaceAll(text, []byte("{subgraph}"), []byte(domain))
	settings, err := config.ReadConfig(bytes.NewReader(text))
	if err != nil {
		return err
	}
	if err := bindAliases(settings.Models, "subgraphs/"+domain); err != nil {
		return err
	}
	if err := os.MkdirAll("subgraphs/"+domain+"/graph", 0o755); err != nil {
		return err
	}
	return api.Generate(settings, api.AddPlugin(directives{}), api.AddPlugin(&adapter{domain: domain}))
}
