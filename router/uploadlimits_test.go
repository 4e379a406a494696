package router_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"heddle/router/serve"
)

const swallow = `mutation($f: Upload!) { swallow(file: $f) }`

func TestUpload_names_what_is_wrong_with_a_request(t *testing.T) {
	d := newDesk(t, "http", serve.Limits{Files: 2, FileSize: 1000, Body: 4000})
	one, nowhere := object{"f": nil}, object{}
	toF, file := part{key: "map", content: `{"0":["variables.f"]}`}, part{"0", "a", "", "x"}
	for _, c := range []struct {
		name    string
		parts   []part
		status  int
		message string
	}{
		{"no parts", nil, 400, `The multipart request has no part "operations".`},
		{"no operations", []part{toF, file}, 400, `The first part of a multipart request must be "operations", not "map".`},
		{"operations that are no JSON", []part{{key: "operations", content: "{"}, toF, file}, 400, `The body is not JSON: unexpected end of JSON input, at byte 1.`},
		{"a list of operations", []part{{key: "operations", content: "[]"}, toF, file}, 400, `The body is a list. Lists of requests are not supported: send each request alone.`},
		{"operations too large", []part{operations(t, swallow+strings.Repeat(" ", 4000), one), toF, file}, 413, `The part "operations" is larger than 4000 bytes.`},
		{"no map", []part{operations(t, swallow, one)}, 400, `The multipart request has no part "map".`},
		{"a file before the map", []part{operations(t, swallow, one), file, toF}, 400, `The second part of a multipart request must be "map", not "0".`},
		{"a map that is no map", []part{operations(t, swallow, one), {key: "map", content: `["0"]`}, file}, 400, `The part "map" must be a JSON object with a list of paths for each file, such as {"0": ["variables.file"]}.`},
		{"a map too large", []part{operations(t, swallow, one), {key: "map", content: `{"0":["` + strings.Repeat("x", 4000) + `"]}`}, file}, 413, `The part "map" is larger than 4000 bytes.`},
		{"a file without a path", []part{operations(t, swallow, one), {key: "map", content: `{"0":[]}`}, file}, 400, `The map has no path for the file "0".`},
		{"a path twice", []part{operations(t, swallow, one), {key: "map", content: `{"0":["variables.f","variables.f"]}`}, file}, 400, `The map has the path "variables.f" twice.`},
		{"a path out of the variables", []part{operations(t, swallow, one), {key: "map", content: `{"0":["query"]}`}, file}, 400, `The path "query" of the file "0" does not lead into the variables, as "variables.file" does.`},
		{"a path to nothing", []part{operations(t, swallow, nowhere), toF, file}, 400, `The path "variables.f" of the file "0" does not lead to a null in the variables.`},
		{"a path to a value", []part{operations(t, swallow, object{"f": "x"}), toF, file}, 400, `The path "variables.f" of the file "0" does not lead to a null in the variables.`},
		{"a path past the end of a list", []part{operations(t, `mutation($f: [Upload!]!) { keepAll(files: $f) { name } }`, object{"f": []any{nil}}), {key: "map", content: `{"0":["variables.f.1"]}`}, file}, 400, `The path "variables.f.1" of the file "0" does not lead to a null in the variables.`},
		{"a file for a String", []part{operations(t, `mutation($f: Upload!, $t: String) { keep(file: $f, title: $t) { name } }`, object{"f": nil, "t": nil}), {key: "map", content: `{"0":["variables.f"],"1":["variables.t"]}`}, file, {"1", "b", "", "y"}}, 400, `Variable "$t" got invalid value null; A file cannot be of type "String".`},
		{"a file for an input object", []part{operations(t, `mutation($a: Album!) { keepAlbum(album: $a) { name } }`, object{"a": nil}), {key: "map", content: `{"0":["variables.a"]}`}, file}, 400, `Variable "$a" got invalid value null; A file cannot be of type "Album!".`},
		{"a document that is not valid", []part{operations(t, `mutation($f: Upload!) { nothing(file: $f) }`, one), toF, file}, 400, `Cannot query field "nothing" on type "Mutation".`},
		{"a subscription", []part{operations(t, `subscription($f: Upload!) { watch(file: $f) }`, one), toF, file}, 400, `A subscription takes no files.`},
		{"a file that does not come", []part{operations(t, swallow, one), toF}, 400, `The map names files that the request does not have: "0".`},
		{"a file that the map does not name", []part{operations(t, swallow, one), toF, file, {"1", "b", "", "y"}}, 400, `The map does not name the part "1", or it came before.`},
		{"a file twice", []part{operations(t, swallow, one), toF, file, file}, 400, `The map does not name the part "0", or it came before.`},
		{"a file too large", []part{operations(t, swallow, one), toF, {"0", "a", "", strings.Repeat("x", 1001)}}, 413, `The file "0" is larger than 1000 bytes.`},
		{"a file too large that nobody wants", []part{operations(t, `mutation($f: Upload!) { swallow(file: $f) @skip(if: true) }`, one), toF, {"0", "a", "", strings.Repeat("x", 2<<20)}}, 413, `The request is larger than 2 files of 1000 bytes each.`},
		{"files too many", []part{operations(t, swallow, one), {key: "map", content: `{"0":["variables.f"],"1":["variables.g"],"2":["variables.h"]}`}, file}, 413, `The request has 3 files; 2 are allowed.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			contentType, body := form(c.parts...)
			reader := io.Reader(bytes.NewReader(body))
			if c.name != "a file too large that nobody wants" {
				reader = io.MultiReader(reader) // its length is not told beforehand
			}
			status, answer := d.post(t, http.Header{"Accept": {"application/graphql-response+json"}}, contentType, reader)
			if got := firstError(t, answer); status != c.status || !strings.HasPrefix(got, c.message) {
				t.Errorf("status %d, want %d; message\n%s, want\n%s", status, c.status, got, c.message)
			}
		})
	}
}

func firstError(t *testing.T, answer string) string {
	t.Helper()
	var response struct{ Errors []struct{ Message string } }
	if err := json.Unmarshal([]byte(answer), &response); err != nil || len(response.Errors) != 1 {
		t.Fatalf("the answer has not one error: %s, %v", answer, err)
	}
	return response.Errors[0].Message
}

func TestUpload_at_the_limits_is_taken(t *testing.T) {
	each(t, serve.Limits{Files: 2, FileSize: 1000}, func(t *testing.T, d desk) {
		full := strings.Repeat("x", 1000)
		status, got := d.send(t, nil, operations(t, `mutation($f: [Upload!]!) { keepAll(files: $f) { size } }`, object{"f": []any{nil, nil}}),
			part{key: "map", content: `{"0":["variables.f.0"],"1":["variables.f.1"]}`}, part{"0", "a", "", full}, part{"1", "b", "", full})
		if want := `{"data":{"keepAll":[{"size":1000},{"size":1000}]}}`; got != want || status != 200 {
			t.Errorf("status %d, got %s, want %s", status, got, want)
		}
	})
}

// A form is one of the requests that a browser sends for any page unasked.
func TestUpload_of_another_site_is_refused(t *testing.T) {
	d := newDesk(t, "in process", serve.Limits{})
	parts := []part{operations(t, swallow, object{"f": nil}), {key: "map", content: `{"0":["variables.f"]}`}, {"0", "a", "", "x"}}
	for name, c := range map[string]struct {
		header http.Header
		status int
	}{
		"another site":              {http.Header{"Origin": {"https://evil.example"}}, 403},
		"another site, as it says":  {http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"a browser without a word":  {http.Header{"User-Agent": {"Mozilla/5.0"}}, 403},
		"another site that asked":   {http.Header{"Origin": {"https://evil.example"}, "Apollo-Require-Preflight": {"true"}}, 200},
		"a browser that would ask":  {http.Header{"User-Agent": {"Mozilla/5.0"}, "Graphql-Require-Preflight": {"1"}}, 200},
		"the endpoint's own origin": {http.Header{"Sec-Fetch-Site": {"same-origin"}}, 200},
		"no browser":                {nil, 200},
	} {
		t.Run(name, func(t *testing.T) {
			if status, got := d.send(t, c.header, parts...); status != c.status {
				t.Errorf("status %d, want %d: %s", status, c.status, got)
			}
		})
	}
}

// Each request has its own files, however alike they are besides.
func TestUpload_is_never_shared(t *testing.T) {
	each(t, serve.Limits{}, func(t *testing.T, d desk) {
		var all sync.WaitGroup
		for n := range 20 {
			all.Go(func() {
				_, got := d.send(t, nil, operations(t, `query($f: Upload!) { measure(file: $f) }`, object{"f": nil}),
					part{key: "map", content: `{"0":["variables.f"]}`}, part{"0", "a", "", strings.Repeat("x", n)})
				if want := fmt.Sprintf(`{"data":{"measure":%d}}`, n); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		}
		all.Wait()
	})
}

// slow is a multipart request of one file whose content comes as it is told.
func slow(t *testing.T, query string) (contentType string, body *io.PipeReader, more *io.PipeWriter, end func()) {
	t.Helper()
	body, more = io.Pipe()
	w := multipart.NewWriter(more)
	go func() {
		for _, p := range []part{operations(t, query, object{"f": nil}), {key: "map", content: `{"0":["variables.f"]}`}} {
			if to, err := w.CreateFormField(p.key); err == nil {
				_, _ = io.WriteString(to, p.content)
			}
		}
		if to, err := w.CreateFormFile("0", "slow.bin"); err == nil {
			_, _ = io.WriteString(to, "x")
		}
	}()
	return w.FormDataContentType(), body, more, func() { _ = w.Close(); _ = more.Close() }
}

// The file is on its way to the subgraph before it has come whole.
func TestUpload_is_streamed(t *testing.T) {
	each(t, serve.Limits{}, func(t *testing.T, d desk) {
		contentType, body, more, end := slow(t, swallow)
		go func() {
			<-d.began // the subgraph has the first byte
			_, _ = io.WriteString(more, "yz")
			end()
		}()
		if status, got := d.post(t, nil, contentType, body); got != `{"data":{"swallow":"3"}}` || status != 200 {
			t.Errorf("status %d, got %s", status, got)
		}
	})
}

func TestUpload_ends_in_the_subgraph_when_the_client_goes_away(t *testing.T) {
	each(t, serve.Limits{}, func(t *testing.T, d desk) {
		contentType, body, more, _ := slow(t, swallow)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.origin+"/graphql", body)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", contentType)
		go func() {
			<-d.began
			_ = more.CloseWithError(io.ErrUnexpectedEOF)
		}()
		if response, err := d.client.Do(request); err == nil {
			response.Body.Close()
			t.Errorf("the client got status %d, but was gone", response.StatusCode)
		}
		if err := <-d.ended; err == nil {
			t.Error("the subgraph read the file to its end, which never came")
		}
	})
}

// A subgraph that answers before it has read the file is heard.
func TestUpload_brings_an_early_answer(t *testing.T) {
	each(t, serve.Limits{}, func(t *testing.T, d desk) {
		status, got := d.send(t, nil, operations(t, `mutation($f: Upload!) { hasty(file: $f) }`, object{"f": nil}),
			part{key: "map", content: `{"0":["variables.f"]}`}, part{"0", "a", "", strings.Repeat("x", 8<<20)})
		want := `{"data":{"hasty":null},"errors":[{"message":"Not today.","path":["hasty"],"extensions":{"code":"FORBIDDEN"}}]}`
		if got != want || status != 200 {
			t.Errorf("status %d, got %s", status, got)
		}
	})
}

// The whole of what is allocated for a request, of however short a life, is
// more than what is held of it at any time.
func TestUpload_is_not_held_in_memory(t *testing.T) {
	size := int64(200 << 20)
	if given := os.Getenv("HEDDLE_TEST_UPLOAD_MIB"); given != "" {
		mib, err := strconv.ParseInt(given, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		size = mib << 20
	}
	each(t, serve.Limits{FileSize: size}, func(t *testing.T, d desk) {
		head, tail := halves(t)
		block := make([]byte, 1<<20)
		_, _ = rand.Read(block)
		blocks := make([]io.Reader, size>>20)
		for i := range blocks {
			blocks[i] = bytes.NewReader(block)
		}
		body := io.MultiReader(append(append([]io.Reader{bytes.NewReader(head.body)}, blocks...), bytes.NewReader(tail))...)
		before := allocated()
		status, got := d.post(t, nil, head.contentType, body)
		used := allocated() - before
		if want := fmt.Sprintf(`{"data":{"swallow":"%d"}}`, size); got != want || status != 200 {
			t.Fatalf("status %d, got %s, want %s", status, got, want)
		}
		if used > 16<<20 {
			t.Errorf("%d MiB were allocated for a file of %d MiB", used>>20, size>>20)
		}
	})
}

// head is a multipart request up to the content of its file.
type head struct {
	contentType string
	body        []byte
}

func halves(t *testing.T) (head, []byte) {
	t.Helper()
	const content = "THE FILE"
	contentType, whole := form(operations(t, swallow, object{"f": nil}), part{key: "map", content: `{"0":["variables.f"]}`}, part{"0", "a", "", content})
	before, after, _ := bytes.Cut(whole, []byte(content))
	return head{contentType, before}, after
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}
