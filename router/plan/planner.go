package plan

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/wundergraph/graphql-go-tools/v2/pkg/ast"
	"github.com/wundergraph/graphql-go-tools/v2/pkg/astnormalization"
	"github.com/wundergraph/graphql-go-tools/v2/pkg/astparser"
	"github.com/wundergraph/graphql-go-tools/v2/pkg/asttransform"
	gqlplan "github.com/wundergraph/graphql-go-tools/v2/pkg/engine/plan"
	"github.com/wundergraph/graphql-go-tools/v2/pkg/engine/postprocess"
	"github.com/wundergraph/graphql-go-tools/v2/pkg/operationreport"

	"heddle/router/operation"
	"heddle/router/supergraph"
)

// Planner makes plans for one supergraph. It is safe for concurrent use.
type Planner struct {
	super      *supergraph.Supergraph
	configs    configs
	definition *ast.Document
	compiler   compiler
	room       chan struct{}
}

// atOnce is how many plans can be made at once.
const atOnce = 4

// NewPlanner makes a planner for a supergraph.
func NewPlanner(super *supergraph.Supergraph) (*Planner, error) {
	config, err := configuration(super, nil)
	if err != nil {
		return nil, err
	}
	definition, report := astparser.ParseGraphqlDocumentString(super.Whole)
	if report.HasErrors() {
		return nil, fmt.Errorf("parse whole schema: %w", report)
	}
	if err := asttransform.MergeDefinitionWithBaseSchema(&definition); err != nil {
		return nil, fmt.Errorf("add the base schema: %w", err)
	}
	if _, err := gqlplan.NewPlanner(config); err != nil {
		return nil, fmt.Errorf("make planner: %w", err)
	}
	return &Planner{super: super, compiler: newCompiler(super), configs: configs{super: super, made: map[string]gqlplan.Configuration{"": config}}, definition: &definition, room: make(chan struct{}, atOnce)}, nil
}

// Plan makes the plan of a normalised operation while the labels of progressive
// overrides are active.
func (p *Planner) Plan(ctx context.Context, n *operation.Normalized, labels []string) (_ *Plan, err error) {
	if local := localPlan(p.super, n); local != nil {
		return local, nil
	}
	select {
	case p.room <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() {
		<-p.room
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the planner broke on this operation: %v\n%s\n%s", cause, n.Text, debug.Stack())
		}
	}()
	config, err := p.configs.get(labels)
	if err != nil {
		return nil, err
	}
	made, err := p.make(config, n, n.Text)
	if err == nil {
		return made, nil
	}
	// The planner can fail to tell a field that the client asked for from the same
	// field that it needs for a key. It never does when the client's have aliases.
	if apart, ok := keptApart(n.Text); ok {
		if made, again := p.make(config, n, apart); again == nil {
			return made, nil
		}
	}
	return nil, err
}

// make plans one text of an operation. A planner that has made a plan keeps some
// of it and can break on the next, so each plan has a new one.
func (p *Planner) make(config gqlplan.Configuration, n *operation.Normalized, text string) (*Plan, error) {
	planner, err := gqlplan.NewPlanner(config)
	if err != nil {
		return nil, fmt.Errorf("make planner: %w", err)
	}
	doc, err := p.document(text)
	if err != nil {
		return nil, err
	}
	report := &operationreport.Report{}
	raw := planner.Plan(doc, p.definition, "", report, gqlplan.IncludeQueryPlanInResponse())
	if report.HasErrors() {
		return nil, fmt.Errorf("plan operation: %w\n%s", report, text)
	}
	postprocess.NewProcessor(postprocess.DisableResolveInputTemplates(), postprocess.EnableScheduleFetches()).Process(raw)
	return p.compiler.compile(raw, n, text)
}

// document parses the normalised text as the planner wants it.
func (p *Planner) document(text string) (*ast.Document, error) {
	doc, report := astparser.ParseGraphqlDocumentString(text)
	if report.HasErrors() {
		return nil, fmt.Errorf("parse normalised operation: %w\n%s", report, text)
	}
	astnormalization.NewWithOpts(astnormalization.WithInlineFragmentSpreads(), astnormalization.WithRemoveFragmentDefinitions()).
		NormalizeOperation(&doc, p.definition, &report)
	if report.HasErrors() {
		return nil, fmt.Errorf("normalise operation: %w\n%s", report, text)
	}
	return &doc, nil
}
