package feed

import (
	"context"

	"heddle/router/compose"
)

// Files reads a configuration in rover's format and the files that it names.
// Subgraphs that have a URL instead of a file are asked with services.
func Files(config string, services *Services) Source {
	return func(ctx context.Context) ([]compose.Subgraph, error) {
		subgraphs, err := compose.ReadConfig(config)
		if err != nil {
			return nil, err
		}
		return services.fill(ctx, subgraphs)
	}
}
