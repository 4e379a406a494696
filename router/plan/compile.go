package plan

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	gqlplan "github.com/wundergraph/graphql-go-tools/v2/pkg/engine/plan"
	"github.com/wundergraph/graphql-go-tools/v2/pkg/engine/resolve"

	"heddle/router/operation"
	"heddle/router/supergraph"
)

// compile turns the planner's result into a plan of our own.
func (c compiler) compile(raw gqlplan.Plan, n *operation.Normalized, text string) (*Plan, error) {
	p := &Plan{Kind: n.Kind}
	var response *resolve.GraphQLResponse
	switch raw := raw.(type) {
	case *gqlplan.SynchronousResponsePlan:
		response = raw.Response
	case *gqlplan.SubscriptionResponsePlan:
		response = raw.Response.Response
		trigger := raw.Response.Trigger
		var err error
		if p.Trigger, err = compileFetch(trigger.SourceName, string(trigger.Input), trigger.Variables, trigger.QueryPlan, nil); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("the planner made a plan of kind %d, which is not known", raw.PlanKind())
	}
	var err error
	if p.Steps, err = c.steps(response.Fetches); err != nil {
		return nil, err
	}
	dropRepeated(p.Steps)
	if p.Kind == operation.Mutation {
		p.Steps = inSeries(p.Steps)
	}
	p.Shape, err = c.shape(n.Kind, text, response.Data)
	return p, err
}

// compiler knows what the planner's result does not say.
type compiler struct {
	super *supergraph.Supergraph
	// interfaces are the names of all interfaces; objects of those that are
	// interface objects somewhere are in nameless.
	interfaces, nameless map[string]bool
}

// steps flattens the fetch tree: a step with a single child is that child.
func (c compiler) steps(n *resolve.FetchTreeNode) (*Step, error) {
	if n == nil {
		return nil, nil
	}
	if n.Kind == resolve.FetchTreeNodeKindSingle {
		f, err := c.item(n.Item)
		if err != nil {
			return nil, err
		}
		return &Step{Fetch: f}, nil
	}
	s := &Step{Parallel: n.Kind == resolve.FetchTreeNodeKindParallel}
	for _, child := range n.ChildNodes {
		step, err := c.steps(child)
		if err != nil {
			return nil, err
		}
		switch {
		case step == nil:
		case step.Fetch == nil && step.Parallel == s.Parallel:
			s.Steps = append(s.Steps, step.Steps...)
		default:
			s.Steps = append(s.Steps, step)
		}
	}
	switch len(s.Steps) {
	case 0:
		return nil, nil
	case 1:
		return s.Steps[0], nil
	}
	return s, nil
}

func (c compiler) item(item *resolve.FetchItem) (*Fetch, error) {
	single, ok := item.Fetch.(*resolve.SingleFetch)
	if !ok {
		return nil, fmt.Errorf("the planner made a fetch of kind %d, which is not known", item.Fetch.FetchKind())
	}
	f, err := compileFetch(single.Info.DataSourceName, single.Input, single.Variables, single.QueryPlan, hops(item.FetchPath))
	if err != nil {
		return nil, err
	}
	if f.Entity != nil {
		c.tellType(f)
	}
	if f.Entity == nil && (single.RequiresEntityFetch || single.RequiresEntityBatchFetch) {
		return nil, fmt.Errorf("the planner made an entity fetch without representations: %s", f.Query)
	}
	return f, nil
}

func hops(path []resolve.FetchItemPathElement) []Hop {
	var out []Hop
	for _, element := range path {
		for i, field := range element.Path {
			hop := Hop{Field: field}
			if i == 0 {
				hop.Types = append(hop.Types, element.TypeNames...)
			}
			out = append(out, hop)
		}
	}
	return out
}

// placeholder is how the planner marks a value that is rendered per request.
var placeholder = regexp.MustCompile(`\$\$(\d+)\$\$`)

// fetch reads the planner's request text: {"body":{"query":…,"variables":…}}.
func compileFetch(subgraph, input string, variables resolve.Variables, qp *resolve.QueryPlan, at []Hop) (*Fetch, error) {
	var request struct {
		Body struct {
			Query     string
			Variables map[string]json.RawMessage
		}
	}
	quoted := placeholder.ReplaceAllString(input, `"$$$$$1$$$$"`)
	if err := json.Unmarshal([]byte(quoted), &request); err != nil {
		return nil, fmt.Errorf("read the planner's request %q: %w", input, err)
	}
	f := &Fetch{Subgraph: subgraph, Query: request.Body.Query, At: at}
	f.Open = open(f.Query)
	names := make([]string, 0, len(request.Body.Variables))
	for name := range request.Body.Variables {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := addVariable(f, name, string(request.Body.Variables[name]), variables, qp); err != nil {
			return nil, err
		}
	}
	return f, readRoots(f)
}

func addVariable(f *Fetch, name, template string, variables resolve.Variables, qp *resolve.QueryPlan) error {
	found := placeholder.FindStringSubmatch(template)
	if found == nil {
		return fmt.Errorf("the planner made a variable $%s with the fixed value %s", name, template)
	}
	i, err := strconv.Atoi(found[1])
	if err != nil || i >= len(variables) {
		return fmt.Errorf("the planner refers to a variable %s that it does not define", found[0])
	}
	switch v := variables[i].(type) {
	case *resolve.ContextVariable:
		if len(v.Path) != 1 || template != `"`+found[0]+`"` {
			return fmt.Errorf("the planner made a variable $%s of the form %s, which is not known", name, template)
		}
		f.Variables = append(f.Variables, Variable{Name: name, From: v.Path[0]})
	case *resolve.ResolvableObjectVariable:
		f.Entity = &Entity{Variable: name, Representation: representation(v.Renderer.Node)}
		describe(f.Entity, qp)
	default:
		return fmt.Errorf("the planner made a variable of kind %d, which is not known", v.GetVariableKind())
	}
	return nil
}

// open is how the body of a request with the query begins.
func open(query string) []byte {
	encoded, _ := json.Marshal(query) // a string can always be encoded
	return fmt.Appendf(nil, `{"query":%s,"variables":{`, encoded)
}

// entitiesOpen is where the selection of entities begins.
var entitiesOpen = regexp.MustCompile(`(\b_entities\(representations: ?\$\w+\) ?\{)`)

// tellType makes a fetch of entities that are known by an interface alone tell
// their concrete types. The planner asks for the type only inside the fragments
// that it needs, so that an object of another type would keep the interface's
// name and be taken for any of them.
func (c compiler) tellType(f *Fetch) {
	for _, field := range f.Entity.Representation.Fields {
		for _, name := range field.On {
			if c.interfaces[name] {
				f.Query = entitiesOpen.ReplaceAllString(f.Query, "${1}__typename ")
				f.Open = open(f.Query)
				return
			}
		}
	}
}

// readRoots notes the response keys at the top of the fetch's operation, and the
// conditions under which it asks for anything.
func readRoots(f *Fetch) error {
	doc, err := parser.ParseQuery(&ast.Source{Input: f.Query})
	if err != nil {
		return fmt.Errorf("read the planner's operation %q: %w", f.Query, err)
	}
	set := doc.Operations[0].SelectionSet
	for _, selection := range set {
		if field, ok := selection.(*ast.Field); ok {
			f.Roots = append(f.Roots, field.Alias)
		}
	}
	if f.Entity != nil && len(set) == 1 {
		set = set[0].(*ast.Field).SelectionSet
	}
	if conditions, always := openConditions(set, nil); !always {
		f.If = conditions
	}
	return nil
}

// openConditions are the conditions of the fields at the top of a selection;
// always tells that one has none.
func openConditions(set ast.SelectionSet, found []int) (_ []int, always bool) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			index, _, open := operation.Conditional(s.Alias)
			switch {
			case open && !slices.Contains(found, index):
				found = append(found, index)
			case !open && s.Alias != "__typename":
				return nil, true
			}
		case *ast.InlineFragment:
			if found, always = openConditions(s.SelectionSet, found); always {
				return nil, true
			}
		}
	}
	return found, len(found) == 0
}

// describe names the keys and requirements of an entity fetch.
func describe(e *Entity, qp *resolve.QueryPlan) {
	if qp == nil {
		return
	}
	keys := map[string]bool{}
	for _, d := range qp.DependsOnFields {
		set := strings.Join(strings.Fields(inner(d.Fragment)), " ")
		if d.Kind == resolve.RepresentationKindRequires {
			e.With = append(e.With, set)
			continue
		}
		e.By = append(e.By, keyName(d.TypeName, set))
		for _, name := range topFields(set) {
			if name != "__typename" {
				keys[name] = true
			}
		}
	}
	for _, field := range e.Representation.Fields {
		if keys[field.Key] {
			e.Keys = append(e.Keys, field.Key)
			delete(keys, field.Key)
		}
	}
}

// keyName names a key: Type.field, or Type{fields}.
func keyName(typeName, set string) string {
	if strings.Contains(set, " ") {
		return typeName + "{" + set + "}"
	}
	return typeName + "." + set
}

// inner is the selection set of a fragment definition, without __typename.
func inner(fragment string) string {
	open, end := strings.Index(fragment, "{"), strings.LastIndex(fragment, "}")
	if open < 0 || end < open {
		return fragment
	}
	return strings.TrimSpace(strings.Replace(fragment[open+1:end], "__typename", "", 1))
}
