package execute

import "fmt"

// Stages are what Stage can print, in the order in which a request goes through
// them.
var Stages = []string{"operation", "plan", "requests", "response"}

// Explain prints the plan.
func (g *Graph) Explain(p *Prepared) string { return p.plan.String() }

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
		return p.plan.Response(), nil
	}
	return "", fmt.Errorf("there is no stage %q: choose one of %v", stage, Stages)
}
