package router_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/lacking"
	"heddle/router"
	"heddle/router/compose"
	"heddle/router/fetch"
	"heddle/router/serve"
	"heddle/router/testdata/files"
)

const streamsSDL = `
	extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
	scalar Upload
	type Query { deaf: String }
	type Mutation {
		"Reads the file as it comes, and says how many bytes it had."
		swallow(file: Upload!): String
		"Answers before the file has come."
		hasty(file: Upload!): String
	}
	type Subscription { watch(file: Upload): String }`

// streams is a subgraph that reads uploads as they come.
type streams struct {
	began chan struct{}    // when the content of a file has begun to come
	ended chan error       // how reading ended
	names chan [][2]string // key and name of the files of each request
}

func newStreams() *streams {
	return &streams{began: make(chan struct{}, 64), ended: make(chan error, 64), names: make(chan [][2]string, 64)}
}

func (s *streams) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts, err := r.MultipartReader()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	operations, err := parts.NextPart()
	if err != nil {
		s.ended <- err
		return
	}
	query, _ := io.ReadAll(operations)
	w.Header().Set("Content-Type", "application/json")
	if bytes.Contains(query, []byte("hasty")) {
		fmt.Fprint(w, `{"data":null,"errors":[{"message":"Not today.","extensions":{"code":"FORBIDDEN"}}]}`)
		return
	}
	size, names, err := s.read(parts)
	s.ended <- err
	s.names <- names
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, `{"data":{"swallow":"%d"}}`, size)
}

func (s *streams) read(parts *multipart.Reader) (size int64, names [][2]string, err error) {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return size, names, nil
		}
		if err != nil {
			return size, names, err
		}
		if part.FormName() == "map" {
			continue
		}
		names = append(names, [2]string{part.FormName(), part.FileName()})
		first := make([]byte, 1)
		if n, err := part.Read(first); n > 0 {
			size++
			s.began <- struct{}{}
		} else if err != nil && !errors.Is(err, io.EOF) {
			return size, names, err
		}
		n, err := io.Copy(io.Discard, part)
		if size += n; err != nil {
			return size, names, err
		}
	}
}

// desk is a router over the two subgraphs that take files.
type desk struct {
	*streams
	origin string
	client *http.Client
}

// ways are how the router is reached, and reaches its subgraphs: they are in its
// process, or all speak HTTP/1.1, or HTTP/2.
var ways = []string{"in process", "http", "h2c"}

// newDesk starts one that is reached in a way.
func newDesk(t *testing.T, way string, limits serve.Limits) desk {
	t.Helper()
	super, err := compose.Compose([]compose.Subgraph{
		{Name: "files", URL: "http://files", SDL: files.SDL}, {Name: "streams", URL: "http://streams", SDL: streamsSDL},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := desk{streams: newStreams(), client: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(d.client.CloseIdleConnections)
	reach := func(h http.Handler) fetch.Fetcher {
		if way == "in process" {
			return fetch.InProcess(h)
		}
		remote := fetch.HTTP(way+strings.TrimPrefix(over(t, h, way), "http"), d.client)
		t.Cleanup(func() { _ = remote.Close() })
		return remote
	}
	r, err := router.New(super.Supergraph, map[string]fetch.Fetcher{"files": reach(files.New()), "streams": reach(d.streams)},
		router.Options{Limits: limits, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if way == "h2c" {
		d.client = &http.Client{Transport: &http.Transport{Protocols: new(http.Protocols)}}
		d.client.Transport.(*http.Transport).Protocols.SetUnencryptedHTTP2(true)
		t.Cleanup(d.client.CloseIdleConnections)
	}
	d.origin = over(t, r, "http", "h2c")
	return d
}

// over serves a handler for clients that speak one of the schemes, and gives its
// address.
func over(t *testing.T, h http.Handler, schemes ...string) string {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(slices.Contains(schemes, "http"))
	server.Config.Protocols.SetUnencryptedHTTP2(slices.Contains(schemes, "h2c"))
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// each runs a test over every way.
func each(t *testing.T, limits serve.Limits, test func(t *testing.T, d desk)) {
	t.Helper()
	for _, way := range ways {
		t.Run(way, func(t *testing.T) { test(t, newDesk(t, way, limits)) })
	}
}

// part is one part of a multipart request; a file if it has a name.
type part struct{ key, name, mediaType, content string }

func form(parts ...part) (contentType string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		header := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf("form-data; name=%q", p.key)}}
		if p.name != "" {
			header.Set("Content-Disposition", multipart.FileContentDisposition(p.key, p.name))
		}
		if p.mediaType != "" {
			header.Set("Content-Type", p.mediaType)
		}
		to, err := w.CreatePart(header)
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(to, p.content)
	}
	_ = w.Close()
	return w.FormDataContentType(), b.Bytes()
}

// operations is the first part.
func operations(t *testing.T, query string, variables any) part {
	t.Helper()
	text, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return part{key: "operations", content: string(text)}
}

// send posts a form and returns status and body of the answer.
func (d desk) send(t *testing.T, header http.Header, parts ...part) (int, string) {
	t.Helper()
	contentType, body := form(parts...)
	return d.post(t, header, contentType, bytes.NewReader(body))
}

func (d desk) post(t *testing.T, header http.Header, contentType string, body io.Reader) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.origin+"/graphql", body)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", contentType)
	response, err := d.client.Do(request)
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("read answer: %v", err)
	}
	return response.StatusCode, string(answer)
}

func sum(content string) string {
	hash := sha256.Sum256([]byte(content))
	return hex.EncodeToString(hash[:4])
}

func kept(name, mediaType, content, title string) string {
	if title != "null" {
		title = `"` + title + `"`
	}
	return fmt.Sprintf(`{"name":%q,"contentType":%q,"size":%d,"sum":%q,"title":%s}`, name, mediaType, len(content), sum(content), title)
}

const keptFields = `{ name contentType size sum title }`

func TestUpload_brings_files_to_their_place(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	for _, c := range []struct {
		name      string
		query     string
		variables any
		places    string
		files     []part
		want      string
	}{
		{
			"a variable", `mutation($f: Upload!) { keep(file: $f, title: "one") ` + keptFields + ` }`, object{"f": nil}, `{"0":["variables.f"]}`,
			[]part{{"0", "a.txt", "text/plain", "hello"}}, `{"data":{"keep":` + kept("a.txt", "text/plain", "hello", "one") + `}}`,
		},
		{
			"a large file", `mutation($f: Upload!) { keep(file: $f) ` + keptFields + ` }`, object{"f": nil}, `{"big":["variables.f"]}`,
			[]part{{"big", "größe \"1\".bin", "application/octet-stream", large}}, `{"data":{"keep":` + kept("größe \"1\".bin", "application/octet-stream", large, "null") + `}}`,
		},
		{
			"an empty file", `mutation($f: Upload!) { keep(file: $f) ` + keptFields + ` }`, object{"f": nil}, `{"0":["variables.f"]}`,
			[]part{{"0", "empty", "text/plain", ""}}, `{"data":{"keep":` + kept("empty", "text/plain", "", "null") + `}}`,
		},
		{
			"a list", `mutation($f: [Upload!]!) { keepAll(files: $f) ` + keptFields + ` }`, object{"f": []any{nil, nil}}, `{"0":["variables.f.0"],"1":["variables.f.1"]}`,
			[]part{{"0", "a", "text/a", "first"}, {"1", "b", "text/b", "second"}},
			`{"data":{"keepAll":[` + kept("a", "text/a", "first", "null") + "," + kept("b", "text/b", "second", "null") + `]}}`,
		},
		{
			"one for a list", `mutation($f: [Upload!]!) { keepAll(files: $f) { size } }`, object{"f": nil}, `{"0":["variables.f"]}`,
			[]part{{"0", "a", "text/a", "first"}}, `{"data":{"keepAll":[{"size":5}]}}`,
		},
		{
			"files in another order", `mutation($f: [Upload!]!) { keepAll(files: $f) { name } }`, object{"f": []any{nil, nil}}, `{"0":["variables.f.0"],"1":["variables.f.1"]}`,
			[]part{{"1", "b", "text/b", "second"}, {"0", "a", "text/a", "first"}}, `{"data":{"keepAll":[{"name":"a"},{"name":"b"}]}}`,
		},
		{
			"an input object", `mutation($a: Album!) { keepAlbum(album: $a) { name title } }`,
			object{"a": object{"title": "T", "cover": nil, "pages": []any{object{"scan": nil, "text": "p0"}, object{"text": "p1"}, object{"scan": nil, "text": "p2"}}}},
			`{"c":["variables.a.cover"],"p0":["variables.a.pages.0.scan"],"p2":["variables.a.pages.2.scan"]}`,
			[]part{{"c", "cover", "", "c"}, {"p0", "zero", "", "0"}, {"p2", "two", "", "2"}},
			`{"data":{"keepAlbum":[{"name":"cover","title":"T"},{"name":"zero","title":"p0"},{"name":"two","title":"p2"}]}}`,
		},
		{
			"a variable inside of a literal", `mutation($f: Upload) { keepAlbum(album: {title: "L", pages: [{scan: $f, text: "x"}]}) { name title } }`, object{"f": nil}, `{"0":["variables.f"]}`,
			[]part{{"0", "a", "", "1"}}, `{"data":{"keepAlbum":[{"name":"a","title":"x"}]}}`,
		},
		{
			"one file in two places", `mutation($a: Upload!, $b: Upload!) { keepAll(files: [$a, $b, $a]) { name sum } }`, object{"a": nil, "b": nil}, `{"0":["variables.a","variables.b"]}`,
			[]part{{"0", "a", "", "1"}}, fmt.Sprintf(`{"data":{"keepAll":[{"name":"a","sum":%[1]q},{"name":"a","sum":%[1]q},{"name":"a","sum":%[1]q}]}}`, sum("1")),
		},
		{
			"a query", `query($f: Upload!) { measure(file: $f) }`, object{"f": nil}, `{"0":["variables.f"]}`,
			[]part{{"0", "a", "", "four"}}, `{"data":{"measure":4}}`,
		},
		{
			"no place that is asked for", `mutation($f: Upload!, $g: Upload!) { keep(file: $f) { name } gone: keep(file: $g) @skip(if: true) { name } }`, object{"f": nil, "g": nil},
			`{"0":["variables.g"],"1":["variables.f"]}`, []part{{"0", "g", "", "left out"}, {"1", "f", "", "x"}}, `{"data":{"keep":{"name":"f"}}}`,
		},
		{
			"two subgraphs", `mutation($a: Upload!, $b: Upload!) { swallow(file: $a) keep(file: $b) { name size } }`, object{"a": nil, "b": nil},
			`{"b":["variables.b"],"a":["variables.a"]}`, []part{{"b", "b.txt", "", "the second"}, {"a", "a.txt", "", "first"}},
			`{"data":{"swallow":"5","keep":{"name":"b.txt","size":10}}}`,
		},
		{
			"one file for two subgraphs", `mutation($f: Upload!) { swallow(file: $f) keep(file: $f) { name size } }`, object{"f": nil},
			`{"0":["variables.f"]}`, []part{{"0", "a.txt", "", "first"}}, `{"data":{"swallow":"5","keep":{"name":"a.txt","size":5}}}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, serve.Limits{}, func(t *testing.T, d desk) {
				parts := append([]part{operations(t, c.query, c.variables), {key: "map", content: c.places}}, c.files...)
				status, got := d.send(t, nil, parts...)
				if diff := cmp.Diff(c.want, got); diff != "" || status != http.StatusOK {
					t.Errorf("status %d, answer (-want +got):\n%s", status, diff)
				}
			})
		})
	}
}

// TestUpload_from_clients_of_others sends files with clients from npm.
func TestUpload_from_clients_of_others(t *testing.T) {
	const folder = "../web/clients"
	if why := lacksPackage("apollo-upload-client"); why != "" {
		lacking.Skip(t, "no client from npm sends files: %s", why)
	}
	command := exec.CommandContext(t.Context(), "node", "--test", "upload.mjs")
	command.Dir, command.Env = folder, append(os.Environ(), "HEDDLE_URL="+newDesk(t, "h2c", serve.Limits{}).origin)
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
