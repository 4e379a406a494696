package plan

import (
	"fmt"
	"strings"
	"sync"

	gqlplan "github.com/wundergraph/graphql-go-tools/v2/pkg/engine/plan"

	"heddle/router/supergraph"
)

// maxConfigs is how many combinations of active labels are remembered.
const maxConfigs = 64

// configs are the planner's configurations, one for each combination of active
// labels that was asked for.
type configs struct {
	super *supergraph.Supergraph
	mu    sync.Mutex
	made  map[string]gqlplan.Configuration
}

func (c *configs) get(labels []string) (gqlplan.Configuration, error) {
	key := strings.Join(labels, "\x00")
	c.mu.Lock()
	defer c.mu.Unlock()
	if config, ok := c.made[key]; ok {
		return config, nil
	}
	config, err := configuration(c.super, labels)
	if err != nil {
		return config, fmt.Errorf("configure the planner for the labels %v: %w", labels, err)
	}
	if len(c.made) < maxConfigs {
		c.made[key] = config
	}
	return config, nil
}
