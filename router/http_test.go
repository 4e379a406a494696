package router_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heddle/router"
	"heddle/router/serve"
)

// exchange is one HTTP request and what is expected of the answer.
type exchange struct {
	name   string
	method string // POST if empty
	query  string // of the URL
	header map[string]string
	body   string

	status int
	media  string   // of the answer, without charset
	data   string   // JSON; empty for no data entry
	codes  []string // extensions.code of the errors
	answer map[string]string
}

const (
	asGraphQL = "application/graphql-response+json"
	asJSON    = "application/json"
	asEvents  = "text/event-stream"
)

func sends(media, accept string) map[string]string {
	header := map[string]string{}
	if media != "" {
		header["Content-Type"] = media
	}
	if accept != "" {
		header["Accept"] = accept
	}
	return header
}

func (x exchange) run(t *testing.T, w *world) {
	t.Helper()
	method := x.method
	if method == "" {
		method = http.MethodPost
	}
	target := w.url + "/graphql"
	if x.query != "" {
		target += "?" + x.query
	}
	request, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range x.header {
		request.Header.Set(name, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != x.status {
		t.Errorf("status %d, want %d\n%s", response.StatusCode, x.status, body)
	}
	if x.media != "" && response.Header.Get("Content-Type") != x.media+"; charset=utf-8" {
		t.Errorf("Content-Type %q, want %s in UTF-8", response.Header.Get("Content-Type"), x.media)
	}
	for name, value := range x.answer {
		if got := response.Header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	if response.Header.Get("X-Request-Id") == "" {
		t.Error("the answer has no X-Request-Id")
	}
	if x.media == asGraphQL || x.media == asJSON {
		checkResponse(t, body, x.data, x.codes)
	}
}

// checkResponse compares a GraphQL response: its data, and the codes of its errors.
func checkResponse(t *testing.T, body []byte, data string, codes []string) {
	t.Helper()
	var got struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("the body is not JSON: %v\n%s", err, body)
	}
	if diff := cmp.Diff(data, string(got.Data)); diff != "" {
		t.Errorf("data (-want +got):\n%s\n%s", diff, body)
	}
	var gotCodes []string
	for _, e := range got.Errors {
		gotCodes = append(gotCodes, e.Extensions.Code)
		if e.Message == "" {
			t.Errorf("an error has no message: %s", body)
		}
	}
	if diff := cmp.Diff(codes, gotCodes); diff != "" {
		t.Errorf("codes (-want +got):\n%s\n%s", diff, body)
	}
}

const helloBody = `{"query":"{ hello }"}`

const helloData = `{"hello":"world"}`

func TestRouter_Post(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	for _, x := range []exchange{
		{name: "no accept", body: helloBody, header: sends(asJSON, ""), status: 200, media: asJSON, data: helloData},
		{name: "anything", body: helloBody, header: sends(asJSON, "*/*"), status: 200, media: asJSON, data: helloData},
		{name: "json", body: helloBody, header: sends(asJSON, asJSON), status: 200, media: asJSON, data: helloData},
		{name: "graphql response", body: helloBody, header: sends(asJSON, asGraphQL), status: 200, media: asGraphQL, data: helloData},
		{name: "json preferred", body: helloBody, header: sends(asJSON, asGraphQL+";q=0.5, "+asJSON), status: 200, media: asJSON, data: helloData},
		{name: "charset", body: helloBody, header: sends("application/json; charset=UTF-8", ""), status: 200, media: asJSON, data: helloData},
		{name: "variables", body: `{"query":"query($t: String!) { echo(text: $t) }","variables":{"t":"🏃"}}`, header: sends(asJSON, ""), status: 200, media: asJSON, data: `{"echo":"🏃"}`},
		{name: "operation name", body: `{"query":"query A { hello } query B { x: hello }","operationName":"B"}`, header: sends(asJSON, ""), status: 200, media: asJSON, data: `{"x":"world"}`},
		{name: "nulls", body: `{"query":"{ hello }","variables":null,"operationName":null,"extensions":null}`, header: sends(asJSON, ""), status: 200, media: asJSON, data: helloData},
		{name: "mutation", body: `{"query":"mutation { set(text: \"a\") }"}`, header: sends(asJSON, ""), status: 200, media: asJSON, data: `{"set":"a"}`},
		{name: "two subgraphs", body: `{"query":"{ hello person(id: 3) { name } }"}`, header: sends(asJSON, ""), status: 200, media: asJSON, data: `{"hello":"world","person":{"name":"Person 3"}}`},
	} {
		t.Run(x.name, func(t *testing.T) { x.run(t, w) })
	}
}

func TestRouter_Post_refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	bad := []string{"BAD_REQUEST"}
	for _, x := range []exchange{
		{name: "no content type", body: helloBody, status: 415, codes: []string{"UNSUPPORTED_MEDIA_TYPE"}},
		{name: "text", body: helloBody, header: sends("text/plain", ""), status: 415, codes: []string{"UNSUPPORTED_MEDIA_TYPE"}},
		{name: "other charset", body: helloBody, header: sends("application/json; charset=latin1", ""), status: 415, codes: []string{"UNSUPPORTED_MEDIA_TYPE"}},
		{name: "compressed", body: helloBody, header: map[string]string{"Content-Type": asJSON, "Content-Encoding": "gzip"}, status: 415, codes: []string{"UNSUPPORTED_MEDIA_TYPE"}},
		{name: "not acceptable", body: helloBody, header: sends(asJSON, "text/html"), status: 406, codes: []string{"NOT_ACCEPTABLE"}},
		{name: "empty", header: sends(asJSON, ""), status: 400, codes: bad},
		{name: "not json", body: `{"query`, header: sends(asJSON, ""), status: 400, codes: bad},
		{name: "not utf-8", body: "{\"query\":\"{ hello }\xff\"}", header: sends(asJSON, ""), status: 400, codes: bad},
		{name: "a string", body: `"{ hello }"`, header: sends(asJSON, ""), status: 400, codes: bad},
		{name: "null", body: `null`, header: sends(asJSON, ""), status: 400, codes: bad},
		{name: "a list", body: `[` + helloBody + `]`, header: sends(asJSON, ""), status: 400, codes: []string{"BATCHING_NOT_SUPPORTED"}},
		{name: "no query", body: `{"qeury":"{ hello }"}`, header: sends(asJSON, ""), status: 400, codes: bad},
		{name: "query in capitals", body: `{"QUERY":"{ hello }"}`, header: sends(asJSON, ""), status: 400, codes: bad},
		{name: "query is a number", body: `{"query":1}`, header: sends(asJSON, ""), status: 400, codes: bad},
		{name: "variables are a list", body: `{"query":"{ hello }","variables":[]}`, header: sends(asJSON, ""), status: 400, codes: bad},
		{name: "extensions are text", body: `{"query":"{ hello }","extensions":"a"}`, header: sends(asJSON, ""), status: 400, codes: bad},
		{name: "operation name is false", body: `{"query":"{ hello }","operationName":false}`, header: sends(asJSON, ""), status: 400, codes: bad},
		{name: "a subscription", body: `{"query":"subscription { said(room: 1) { text } }"}`, header: sends(asJSON, asJSON), status: 406, codes: []string{"NOT_ACCEPTABLE"}},
	} {
		x.media = asJSON
		t.Run(x.name, func(t *testing.T) { x.run(t, w) })
	}
}

// The status of an error in the document depends on the media type.
func TestRouter_Post_document_errors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	for _, c := range []struct{ name, body, code string }{
		{"parse", `{"query":"{"}`, "GRAPHQL_PARSE_FAILED"},
		{"unknown field", `{"query":"{ helo }"}`, "GRAPHQL_VALIDATION_FAILED"},
		{"variable", `{"query":"query($t: String!) { echo(text: $t) }","variables":{"t":null}}`, "BAD_USER_INPUT"},
		{"unknown operation", `{"query":"query A { hello }","operationName":"B"}`, "OPERATION_RESOLUTION_FAILURE"},
		{"no operation named", `{"query":"query A { hello } query B { hello }"}`, "OPERATION_RESOLUTION_FAILURE"},
	} {
		for media, status := range map[string]int{asJSON: 200, asGraphQL: 400} {
			x := exchange{body: c.body, header: sends(asJSON, media), status: status, media: media, codes: []string{c.code}}
			t.Run(c.name+" as "+media, func(t *testing.T) { x.run(t, w) })
		}
	}
}

func TestRouter_Post_too_large(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	body := `{"query":"{ hello ` + strings.Repeat(" ", 10<<20) + `}"}`
	x := exchange{body: body, header: sends(asJSON, asGraphQL), status: 413, media: asGraphQL, codes: []string{"PAYLOAD_TOO_LARGE"}}
	t.Run("with length", func(t *testing.T) { x.run(t, w) })
	t.Run("in chunks", func(t *testing.T) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/graphql", io.MultiReader(strings.NewReader(body)))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", asJSON)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		defer http.DefaultClient.CloseIdleConnections()
		answer, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusRequestEntityTooLarge {
			t.Fatalf("status %d, %v", response.StatusCode, err)
		}
		checkResponse(t, answer, "", []string{"PAYLOAD_TOO_LARGE"})
	})
}

// Who is known may send more.
func TestRouter_Post_too_large_without_a_token(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	w := newWorld(t, router.Options{Callers: o.verifier, Limits: serve.Limits{KnownBody: 3 << 20}})
	long := func(size int) string {
		return `{"query":"{ hello }","extensions":{"x":"` + strings.Repeat("x", size) + `"}}`
	}
	signedIn := sends(asJSON, asGraphQL)
	signedIn["Authorization"] = "Bearer " + o.token(time.Hour)
	for name, x := range map[string]exchange{
		"without":        {body: long(2 << 20), header: sends(asJSON, asGraphQL), status: 413, media: asGraphQL, codes: []string{"PAYLOAD_TOO_LARGE"}},
		"with":           {body: long(2 << 20), header: signedIn, status: 200, media: asGraphQL, data: `{"hello":"world"}`},
		"with, too much": {body: long(3 << 20), header: signedIn, status: 413, media: asGraphQL, codes: []string{"PAYLOAD_TOO_LARGE"}},
	} {
		t.Run(name, func(t *testing.T) { x.run(t, w) })
	}
}

func TestRouter_Get(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	ask := func(pairs ...string) string {
		values := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			values.Add(pairs[i], pairs[i+1])
		}
		return values.Encode()
	}
	bad := []string{"BAD_REQUEST"}
	for _, x := range []exchange{
		{name: "query", query: ask("query", "{ hello }"), status: 200, data: helloData},
		{name: "variables", query: ask("query", "query($t: String!) { echo(text: $t) }", "variables", `{"t":"a"}`), status: 200, data: `{"echo":"a"}`},
		{name: "operation name", query: ask("query", "query A { hello } query B { x: hello }", "operationName", "B"), status: 200, data: `{"x":"world"}`},
		{name: "empty parameters", query: ask("query", "{ hello }", "operationName", "", "variables", "", "extensions", ""), status: 200, data: helloData},
		{name: "no query", query: ask("variables", "{}"), status: 400, codes: bad},
		{name: "two queries", query: ask("query", "{ hello }", "query", "{ hello }"), status: 400, codes: bad},
		{name: "variables are no JSON", query: ask("query", "{ hello }", "variables", "{"), status: 400, codes: bad},
		{name: "variables are a list", query: ask("query", "{ hello }", "variables", "[]"), status: 400, codes: bad},
		{name: "bad escape", query: "query=%zz", status: 400, codes: bad},
		{name: "mutation", query: ask("query", `mutation { set(text: "a") }`), status: 405, codes: []string{"METHOD_NOT_ALLOWED"}, answer: map[string]string{"Allow": "POST"}},
	} {
		x.method, x.media, x.header = http.MethodGet, asGraphQL, sends("", asGraphQL)
		t.Run(x.name, func(t *testing.T) { x.run(t, w) })
	}
}

func TestRouter_methods(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	const allow = "DELETE, GET, HEAD, OPTIONS, POST, PUT"
	for _, x := range []exchange{
		{name: "patch", method: http.MethodPatch, status: 405, media: asJSON, codes: []string{"METHOD_NOT_ALLOWED"}, answer: map[string]string{"Allow": allow}},
		{name: "delete", method: http.MethodDelete, status: 404, media: asJSON, codes: []string{"NOT_FOUND"}},
		{name: "options", method: http.MethodOptions, status: 204, answer: map[string]string{"Allow": allow, "Access-Control-Allow-Origin": ""}},
		{name: "head", method: http.MethodHead, query: "query=%7Bhello%7D", status: 200, answer: map[string]string{"Content-Type": "application/json; charset=utf-8"}},
		{name: "a person's browser", method: http.MethodGet, header: sends("", "text/html,*/*;q=0.8"), status: 303, answer: map[string]string{"Location": "/"}},
	} {
		t.Run(x.name, func(t *testing.T) { x.run(t, w) })
	}
}

// What a page of another site can make a browser send without asking is refused.
func TestRouter_cross_site(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Origins: []string{"https://friend.example"}})
	const browser = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"
	refused := []string{"CSRF_PREVENTED"}
	for _, x := range []exchange{
		{name: "no browser", status: 200},
		{name: "own page", header: map[string]string{"User-Agent": browser, "Sec-Fetch-Site": "same-origin"}, status: 200},
		{name: "typed", header: map[string]string{"User-Agent": browser, "Sec-Fetch-Site": "none"}, status: 200},
		{name: "other site", header: map[string]string{"User-Agent": browser, "Sec-Fetch-Site": "cross-site"}, status: 403, codes: refused},
		{name: "sister site", header: map[string]string{"User-Agent": browser, "Sec-Fetch-Site": "same-site"}, status: 403, codes: refused},
		{name: "other origin", header: map[string]string{"Origin": "https://evil.example"}, status: 403, codes: refused},
		{name: "own origin", header: map[string]string{"User-Agent": browser, "Origin": w.url}, status: 200},
		{name: "named origin", header: map[string]string{"User-Agent": browser, "Sec-Fetch-Site": "cross-site", "Origin": "https://friend.example"}, status: 200, answer: map[string]string{"Access-Control-Allow-Origin": "https://friend.example"}},
		{name: "says nothing", header: map[string]string{"User-Agent": browser}, status: 403, codes: refused},
		{name: "asked before", header: map[string]string{"User-Agent": browser, "Sec-Fetch-Site": "cross-site", "GraphQL-Require-Preflight": "true"}, status: 200},
		{name: "asked for the type", header: map[string]string{"User-Agent": browser, "Sec-Fetch-Site": "cross-site", "Content-Type": asJSON}, status: 200},
		{name: "form type", header: map[string]string{"User-Agent": browser, "Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}, status: 403, codes: refused},
	} {
		x.method, x.query, x.media = http.MethodGet, "query=%7Bhello%7D", asJSON
		if x.status == 200 {
			x.data = helloData
		}
		t.Run(x.name, func(t *testing.T) { x.run(t, w) })
	}
}

func TestRouter_cross_origin_sharing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Origins: []string{"https://friend.example"}})
	preflight := func(origin string) map[string]string {
		return map[string]string{"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
	}
	for _, x := range []exchange{
		{name: "named", header: preflight("https://friend.example"), status: 204, answer: map[string]string{
			"Access-Control-Allow-Origin": "https://friend.example", "Access-Control-Allow-Headers": "authorization,content-type",
			"Access-Control-Allow-Methods": "DELETE, GET, HEAD, OPTIONS, POST, PUT", "Access-Control-Allow-Credentials": "true",
		}},
		{name: "stranger", header: preflight("https://evil.example"), status: 204, answer: map[string]string{
			"Access-Control-Allow-Origin": "", "Access-Control-Allow-Headers": "", "Access-Control-Allow-Credentials": "",
		}},
	} {
		x.method = http.MethodOptions
		t.Run(x.name, func(t *testing.T) { x.run(t, w) })
	}
}

func TestRouter_forwards_headers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{ForwardHeaders: []string{"X-Tenant"}})
	for name, want := range map[string]string{
		"Authorization": `{"header":"Bearer abc"}`, // no verifier: handed on as it is
		"X-Request-Id":  `{"header":"request-1"}`,
		"Traceparent":   `{"header":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}`,
		"X-Tenant":      `{"header":"north"}`,
		"X-Secret":      `{"header":""}`,
	} {
		t.Run(name, func(t *testing.T) {
			exchange{
				body: `{"query":"{ header(name: \"` + name + `\") }"}`, status: 200, media: asJSON, data: want,
				header: map[string]string{
					"Content-Type": asJSON, "Authorization": "Bearer abc", "X-Request-Id": "request-1", "X-Tenant": "north", "X-Secret": "s",
					"Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
				},
				answer: map[string]string{"X-Request-Id": "request-1"},
			}.run(t, w)
		})
	}
}
