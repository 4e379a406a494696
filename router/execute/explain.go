package execute

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Stages are what Stage can print, in the order in which a request goes through
// them.
var Stages = []string{"operation", "plan", "requests", "response"}

// Explain prints the plan.
func (g *Graph) Explain(p *Prepared) string { return p.plan.String() }

// Explained is an answer with the plan that it was made by in its extensions, as
// text under "plan". The answer itself is left as it is.
func (g *Graph) Explained(p *Prepared, body []byte) ([]byte, error) {
	if len(body) < 2 || body[len(body)-1] != '}' {
		return nil, errors.New("an answer that is no object cannot be explained")
	}
	plan, err := json.Marshal(g.Explain(p))
	if err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	out := make([]byte, 0, len(body)+len(plan)+32)
	out = append(append(out, body[:len(body)-1]...), `,"extensions":{"plan":`...)
	return append(append(out, plan...), "}}"...), nil
}

// Stage prints what a request has become at a stage: the normalised operation,
// the plan, the operations for subgraphs, or the shape of the response.
func (g *Graph) Stage(p *Prepared, stage string) (string, error) {
	switch stage {
	case "operation":
		return p.text + "\n", nil
	case "plan":
		return g.Explain(p), nil
	case "requests":
		return p.plan.Requests(), nil
	case "response":
		return p.shape.Text(p.aliases), nil
	}
	return "", fmt.Errorf("there is no stage %q: choose one of %v", stage, Stages)
}
