package plan

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/wundergraph/graphql-go-tools/v2/pkg/engine/datasource/graphql_datasource"
	gqlplan "github.com/wundergraph/graphql-go-tools/v2/pkg/engine/plan"
	"github.com/wundergraph/graphql-go-tools/v2/pkg/engine/resolve"

	"heddle/router/supergraph"
)

// configuration turns a supergraph into what the planner of graphql-go-tools
// wants to know: a data source per subgraph and the arguments of every field.
// labels are the labels of progressive overrides that are active.
func configuration(super *supergraph.Supergraph, labels []string) (gqlplan.Configuration, error) {
	config := gqlplan.Configuration{DefaultFlushIntervalMillis: 0}
	factory, err := graphql_datasource.NewFactory(context.Background(), http.DefaultClient, noSubscriptions{})
	if err != nil {
		return config, fmt.Errorf("make data source factory: %w", err)
	}
	for _, g := range super.Subgraphs {
		source, err := dataSource(super, g, labels, factory)
		if err != nil {
			return config, fmt.Errorf("subgraph %q: %w", g.Name, err)
		}
		config.DataSources = append(config.DataSources, source)
	}
	config.Fields = fieldArguments(super)
	return config, nil
}

// noSubscriptions stands where the planner wants a client: plans carry only the
// text of a subscription, execute opens it.
type noSubscriptions struct{}

func (noSubscriptions) Subscribe(*resolve.Context, graphql_datasource.GraphQLSubscriptionOptions, resolve.SubscriptionUpdater) error {
	return errors.New("subscriptions are opened by router/execute")
}

func dataSource(super *supergraph.Supergraph, g *supergraph.Subgraph, labels []string, factory gqlplan.PlannerFactory[graphql_datasource.Configuration]) (gqlplan.DataSource, error) {
	sdl := upstream(super, g)
	schema, err := graphql_datasource.NewSchemaConfiguration(sdl, &graphql_datasource.FederationConfiguration{Enabled: true, ServiceSDL: sdl})
	if err != nil {
		return nil, err
	}
	// The address only tells requests to different subgraphs apart: execute knows
	// where they are.
	address := "http://subgraph/" + url.PathEscape(g.Name)
	custom, err := graphql_datasource.NewConfiguration(graphql_datasource.ConfigurationInput{
		Fetch:               &graphql_datasource.FetchConfiguration{URL: address},
		Subscription:        &graphql_datasource.SubscriptionConfiguration{URL: address},
		SchemaConfiguration: schema,
	})
	if err != nil {
		return nil, err
	}
	return gqlplan.NewDataSourceConfigurationWithName(g.Name, g.Name, factory, metadata(super, g, labels), custom)
}

func fieldArguments(super *supergraph.Supergraph) gqlplan.FieldConfigurations {
	var fields gqlplan.FieldConfigurations
	for _, def := range super.Definitions {
		if def.Kind != ast.Object && def.Kind != ast.Interface {
			continue
		}
		for _, f := range def.Fields {
			if len(f.Arguments) == 0 {
				continue
			}
			c := gqlplan.FieldConfiguration{TypeName: def.Name, FieldName: f.Name}
			for _, a := range f.Arguments {
				c.Arguments = append(c.Arguments, gqlplan.ArgumentConfiguration{Name: a.Name, SourceType: gqlplan.FieldArgumentSource})
			}
			fields = append(fields, c)
		}
	}
	return fields
}

// metadata says where a subgraph can be entered (root nodes: root types and
// entities), what comes along (child nodes), and by which keys, requirements
// and provisions it joins the others.
func metadata(super *supergraph.Supergraph, g *supergraph.Subgraph, labels []string) *gqlplan.DataSourceMetadata {
	m := &gqlplan.DataSourceMetadata{}
	for _, t := range g.Types {
		if t.Kind != ast.Object && t.Kind != ast.Interface {
			continue
		}
		names := []string{t.Name}
		if t.InterfaceObject {
			concrete := implementers(super, t.Name)
			names = append(names, concrete...)
			m.InterfaceObjects = append(m.InterfaceObjects, gqlplan.EntityInterfaceConfiguration{InterfaceTypeName: t.Name, ConcreteTypeNames: concrete})
		} else if t.Kind == ast.Interface && len(t.Keys) > 0 {
			m.EntityInterfaces = append(m.EntityInterfaces, gqlplan.EntityInterfaceConfiguration{InterfaceTypeName: t.Name, ConcreteTypeNames: implementers(super, t.Name)})
		}
		for _, name := range names {
			addType(m, super, t, name, labels)
		}
	}
	return m
}

// addType adds a type under a name: its own, or that of a concrete type behind
// an interface object.
func addType(m *gqlplan.DataSourceMetadata, super *supergraph.Supergraph, t *supergraph.Type, name string, labels []string) {
	node := gqlplan.TypeField{TypeName: name}
	for _, f := range t.Fields {
		if f.External && !inKey(t, f.Def.Name) {
			node.ExternalFieldNames = append(node.ExternalFieldNames, f.Def.Name)
		} else if active(f, labels) {
			node.FieldNames = append(node.FieldNames, f.Def.Name)
		}
		if f.Requires != "" {
			m.Requires = append(m.Requires, requirement(name, f))
		}
		if f.Provides != "" {
			m.Provides = append(m.Provides, gqlplan.FederationFieldConfiguration{TypeName: name, FieldName: f.Def.Name, SelectionSet: f.Provides})
		}
	}
	for _, k := range t.Keys {
		m.Keys = append(m.Keys, gqlplan.FederationFieldConfiguration{TypeName: name, SelectionSet: k.Fields, DisableEntityResolver: !k.Resolvable})
	}
	if len(t.Keys) > 0 || isRoot(super, name) {
		m.RootNodes = append(m.RootNodes, node)
	} else {
		m.ChildNodes = append(m.ChildNodes, node)
	}
}

func requirement(name string, f *supergraph.Field) gqlplan.FederationFieldConfiguration {
	return gqlplan.FederationFieldConfiguration{TypeName: name, FieldName: f.Def.Name, SelectionSet: f.Requires}
}

// active tells whether a field under a progressive override is resolved here:
// by the subgraph that takes it over where the label is active, else by the one
// that had it.
func active(f *supergraph.Field, labels []string) bool {
	return f.Label == "" || f.Overrides == slices.Contains(labels, f.Label)
}

func isRoot(super *supergraph.Supergraph, name string) bool {
	for _, root := range super.Roots {
		if root == name {
			return true
		}
	}
	return false
}

// implementers are the object types that implement an interface, in the order
// of the supergraph.
func implementers(super *supergraph.Supergraph, iface string) []string {
	var names []string
	for _, def := range super.Definitions {
		if def.Kind == ast.Object && slices.Contains(def.Interfaces, iface) {
			names = append(names, def.Name)
		}
	}
	return names
}

// inKey tells whether a field is named at the top of one of the type's keys: a
// subgraph can always give back what it is found by.
func inKey(t *supergraph.Type, field string) bool {
	for _, k := range t.Keys {
		if slices.Contains(topFields(k.Fields), field) {
			return true
		}
	}
	return false
}

func topFields(set string) []string {
	doc, err := parser.ParseQuery(&ast.Source{Input: "{" + set + "}"})
	if err != nil {
		return nil
	}
	var names []string
	for _, s := range doc.Operations[0].SelectionSet {
		if f, ok := s.(*ast.Field); ok {
			names = append(names, f.Name)
		}
	}
	return names
}
