package serve

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// origins knows which sites' pages may use the endpoint: its own, and those
// that are named.
type origins struct {
	named []string
	all   bool
}

func newOrigins(named []string) origins {
	return origins{named: named, all: slices.Contains(named, "*")}
}

// allowed tells whether pages of the request's origin may use the endpoint. A
// request without an origin is not a page's.
func (o origins) allowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return origin == "" || o.other(origin) || sameHost(origin, r.Host)
}

// other tells whether the origin of another site is a named one.
func (o origins) other(origin string) bool {
	return origin != "" && (o.all || slices.ContainsFunc(o.named, func(named string) bool {
		return strings.EqualFold(named, origin)
	}))
}

func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, host)
}

// share lets pages of named origins read the answers (Fetch standard, CORS).
func (o origins) share(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); o.other(origin) {
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Expose-Headers", "X-Request-Id")
			if !o.all {
				header.Set("Access-Control-Allow-Credentials", "true")
			}
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				header.Set("Access-Control-Allow-Methods", methods)
				header.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
				header.Set("Access-Control-Max-Age", "7200")
				header.Add("Vary", "Access-Control-Request-Headers")
			}
		}
		next.ServeHTTP(w, r)
	})
}

// preflighted are headers that a page of another site cannot send unasked.
var preflighted = []string{"Authorization", "GraphQL-Require-Preflight", "Apollo-Require-Preflight", "X-Apollo-Operation-Name"}

// checkSimple refuses what a page of another site can make a browser send
// without asking first (CORS "simple" requests): only from the endpoint's own
// pages, or from outside browsers, do such requests come in good faith.
func (o origins) checkSimple(r *http.Request) error {
	if forcesPreflight(r.Header) || o.other(r.Header.Get("Origin")) || !crossSite(r) {
		return nil
	}
	return &refusal{status: http.StatusForbidden, code: codeCrossSite,
		message: `A browser could have been made to send this request by another site. Send it with the header "GraphQL-Require-Preflight: true", or by POST as application/json.`}
}

func forcesPreflight(header http.Header) bool {
	if value := header.Get("Content-Type"); value != "" {
		media, _, err := mime.ParseMediaType(value)
		simple := []string{"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
		if err == nil && !slices.Contains(simple, media) {
			return true
		}
	}
	return slices.ContainsFunc(preflighted, func(name string) bool { return header.Get(name) != "" })
}

// crossSite tells whether the request may be another site's doing. Browsers say
// so themselves in Sec-Fetch-Site, but not to plain http on another machine;
// without it or Origin, only what names itself a browser is suspect.
func crossSite(r *http.Request) bool {
	switch site := r.Header.Get("Sec-Fetch-Site"); {
	case site != "":
		return site != "same-origin" && site != "none"
	case r.Header.Get("Origin") != "":
		return !sameHost(r.Header.Get("Origin"), r.Host)
	}
	return strings.HasPrefix(r.UserAgent(), "Mozilla/")
}
