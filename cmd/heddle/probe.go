package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func probeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "probe URL",
		Short: "Ask whether a part is well",
		Long: `Probe gets the URL and exits with status 0 if the answer is 200. It is the
health check of containers, whose image holds nothing else that could ask.`,
		Example: `  heddle probe http://127.0.0.1:4000/readyz`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return probe(cmd.Context(), args[0]) },
	}
}

func probe(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(response.Body, 200)) // for the message only
		return fmt.Errorf("%s says %s: %s", url, response.Status, strings.TrimSpace(string(said)))
	}
	return nil
}
