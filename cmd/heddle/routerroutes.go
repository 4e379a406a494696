package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// overrideRoutes puts the routes of the flags over those of the file.
func (f *routerFlags) overrideRoutes(c *routerConfig) error {
	for _, pair := range f.routes {
		path, address, ok := strings.Cut(pair, "=")
		if !ok {
			return fmt.Errorf("--route %q is not of the form /path/=URL", pair)
		}
		if c.Routes == nil {
			c.Routes = map[string]string{}
		}
		c.Routes[path] = address
	}
	return nil
}

// ownPaths are served by the router itself.
var ownPaths = []string{"/", "/graphql", "/healthz", "/readyz"}

func (c routerConfig) checkRoutes() error {
	for path, address := range c.Routes {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "{} ?#") {
			return fmt.Errorf("the route %q is not a path such as /students/", path)
		}
		for _, own := range ownPaths {
			if path == own {
				return fmt.Errorf("the route %q is the router's own", path)
			}
		}
		if err := checkURL(address); err != nil {
			return fmt.Errorf("the address of the route %q: %w", path, err)
		}
	}
	return nil
}

// routes hand requests for a path, or for all below one that ends in "/", on to
// the domain that answers there: files to fetch, links in mails. What a client
// says about who forwarded it does not get through.
func (c routerConfig) routes(log *slog.Logger) map[string]http.Handler {
	handlers := map[string]http.Handler{}
	for path, address := range c.Routes {
		target, err := url.Parse(address)
		if err != nil {
			panic(err) // checked when the configuration was read
		}
		handlers[path] = &httputil.ReverseProxy{
			Transport: subgraphClient().Transport,
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(target)
				r.SetXForwarded()
			},
			ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
				log.WarnContext(r.Context(), "a route could not be handed on", "path", path, "error", err)
				http.Error(w, "What answers here does not answer now; please try again.", http.StatusBadGateway)
			},
		}
	}
	return handlers
}
