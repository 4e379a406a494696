package serve

import (
	"errors"
	"net/http"
	"testing"
)

func TestNegotiate(t *testing.T) {
	t.Parallel()
	json, graphQL := accepted{media: mediaJSON}, accepted{media: mediaGraphQL}
	withStream := func(a accepted) accepted { a.stream = true; return a }
	withParts := func(a accepted) accepted { a.parts = true; return a }
	only := accepted{stream: true, streams: true}
	for header, want := range map[string]accepted{
		"application/json":                                          json,
		"application/graphql-response+json":                         graphQL,
		"application/graphql-response+json, application/json;q=0.9": graphQL,
		"application/json;q=0.9, application/graphql-response+json": graphQL,
		"application/json, application/graphql-response+json;q=0.9": json,
		"application/json, application/graphql-response+json":       graphQL,
		"application/graphql-response+json;charset=utf-8":           graphQL,
		"application/graphql-response+json;charset=latin1, */*":     withStream(json),
		"application/graphql-response+json;q=0, */*":                withStream(json),
		"application/graphql-response+json;q=0.5, */*;q=0.1":        withStream(graphQL),
		"*/*":                                 withStream(json),
		"application/*":                       json,
		" ":                                   json,
		"APPLICATION/JSON":                    json,
		"text/event-stream":                   only,
		"text/event-stream, */*;q=0.1":        {media: mediaJSON, stream: true, streams: true},
		"text/event-stream, application/json": withStream(json),
		"text/html, application/json;q=0.2":   json,
		"application/json;q=high, application/graphql-response+json":     graphQL,
		"application/graphql-response+json, multipart/mixed, text/*;q=1": withParts(withStream(graphQL)),
		"multipart/mixed;deferSpec=20220824,application/json":            withParts(json),
		"multipart/mixed;boundary=\"-\";deferSpec=\"20220824\"":          withParts(accepted{}),
		"multipart/mixed;deferSpec=20210101,application/json":            json,
		"multipart/mixed;subscriptionSpec=1.0,application/json":          json,
	} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			got, err := negotiate(http.Header{"Accept": {header}})
			if err != nil || got != want {
				t.Errorf("got %+v, %v; want %+v", got, err, want)
			}
		})
	}
	for _, header := range []string{"text/html", "application/xml", "application/json;q=0", "application/json;charset=utf-16"} {
		t.Run("refused "+header, func(t *testing.T) {
			t.Parallel()
			_, err := negotiate(http.Header{"Accept": {header}})
			var refused *refusal
			if !errors.As(err, &refused) || refused.status != http.StatusNotAcceptable {
				t.Errorf("got %v, want 406", err)
			}
		})
	}
}
