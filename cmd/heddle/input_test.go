package main_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"heddle/internal/drive"
)

// bad is a request that should not be made, and the answer it gets.
type bad struct {
	name   string
	method string // POST unless given
	path   string // /graphql unless given
	header http.Header
	body   string
	status int
	want   string // the whole body
}

// query is a body with the document alone.
func query(document string) string {
	body, _ := json.Marshal(map[string]string{"query": document})
	return string(body)
}

// with is a body with variables.
func with(document, variables string) string {
	return strings.TrimSuffix(query(document), "}") + `,"variables":` + variables + "}"
}

const someID = "01890000-0000-7000-8000-000000000000"

var badInput = []bad{
	{name: "unknown field", body: query(`{ rooms { edges { node { tilte } } } }`),
		status: 400, want: `{"errors":[{"message":"Cannot query field \"tilte\" on type \"Room\". Did you mean \"title\"?","locations":[{"line":1,"column":26}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`},
	{name: "unknown root field", body: query(`{ room }`),
		status: 400, want: `{"errors":[{"message":"Field \"room\" argument \"id\" of type \"ID!\" is required, but it was not provided.","locations":[{"line":1,"column":3}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}},{"message":"Field \"room\" of type \"Room\" must have a selection of subfields. Did you mean \"room { ... }\"?","locations":[{"line":1,"column":3}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`},
	{name: "wrong type in document", body: query(`{ rooms(first: "ten") { totalCount } }`),
		status: 400, want: `{"errors":[{"message":"Int cannot represent non-integer value: \"ten\"","locations":[{"line":1,"column":17}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`},
	{name: "wrong type in variable", body: with(`query($n: Int) { rooms(first: $n) { totalCount } }`, `{"n": "ten"}`),
		status: 400, want: `{"errors":[{"message":"Variable \"$n\" got invalid value \"ten\"; Int cannot represent non-integer value.","locations":[{"line":1,"column":7}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{name: "missing variable", body: query(`query($id: ID!) { room(id: $id) { id } }`),
		status: 400, want: `{"errors":[{"message":"Variable \"$id\" of required type \"ID!\" was not provided.","locations":[{"line":1,"column":7}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{name: "missing input field", body: query(`mutation { createRoom(input: {}) { room { id } } }`),
		status: 400, want: `{"errors":[{"message":"Field \"CreateRoomInput.title\" of required type \"String!\" was not provided.","locations":[{"line":1,"column":30}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`},
	{name: "unknown enum value", body: query(`mutation { createRoom(input: {title: "x", visibility: SECRET}) { room { id } } }`),
		status: 400, want: `{"errors":[{"message":"Value \"SECRET\" does not exist in \"RoomVisibility!\" enum.","locations":[{"line":1,"column":55}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`},
	{name: "malformed document", body: query(`{ rooms { `),
		status: 400, want: `{"errors":[{"message":"Expected Name, found \u003cEOF\u003e","locations":[{"line":1,"column":11}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}`},
	{name: "empty document", body: query(` `),
		status: 400, want: `{"errors":[{"message":"The query is empty.","extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}`},
	{name: "not GraphQL", body: query(`select * from rooms`),
		status: 400, want: `{"errors":[{"message":"Unexpected Name \"select\"","locations":[{"line":1,"column":1}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}`},
	{name: "two anonymous operations", body: query(`{ __typename } { __typename }`),
		status: 400, want: `{"errors":[{"message":"The document has several operations: say in operationName which of them to run.","extensions":{"code":"OPERATION_RESOLUTION_FAILURE"}}]}`},
	{name: "no such operation", body: `{"query":"query A { __typename }","operationName":"B"}`,
		status: 400, want: `{"errors":[{"message":"There is no operation named \"B\" in the document.","extensions":{"code":"OPERATION_RESOLUTION_FAILURE"}}]}`},
	{name: "body not JSON", body: `{"query": `,
		status: 400, want: `{"errors":[{"message":"The body is not JSON: unexpected end of JSON input, at byte 10.","extensions":{"code":"BAD_REQUEST"}}]}`},
	{name: "body empty", body: ``,
		status: 400, want: `{"errors":[{"message":"The body is empty. Send a JSON object with the member \"query\".","extensions":{"code":"BAD_REQUEST"}}]}`},
	{name: "body a list", body: `[{"query":"{ __typename }"}]`,
		status: 400, want: `{"errors":[{"message":"The body is a list. Lists of requests are not supported: send each request alone.","extensions":{"code":"BATCHING_NOT_SUPPORTED"}}]}`},
	{name: "body a string", body: `"{ __typename }"`,
		status: 400, want: `{"errors":[{"message":"The body must be an object with the member \"query\", not a string.","extensions":{"code":"BAD_REQUEST"}}]}`},
	{name: "query not a string", body: `{"query": 7}`,
		status: 400, want: `{"errors":[{"message":"The member \"query\" must be a string, not a number.","extensions":{"code":"BAD_REQUEST"}}]}`},
	{name: "variables not an object", body: `{"query":"{ __typename }","variables":[1]}`,
		status: 400, want: `{"errors":[{"message":"The member \"variables\" must be an object, not a list.","extensions":{"code":"BAD_REQUEST"}}]}`},
	{name: "content type", header: http.Header{"Content-Type": {"text/plain"}}, body: query(`{ __typename }`),
		status: 415, want: `{"errors":[{"message":"The Content-Type \"text/plain\" is not one that this endpoint reads. Send application/json, or multipart/form-data with files.","extensions":{"code":"UNSUPPORTED_MEDIA_TYPE"}}]}`},
	{name: "accept", header: http.Header{"Accept": {"image/png"}}, body: query(`{ __typename }`),
		status: 406, want: `{"errors":[{"message":"This endpoint answers as application/graphql-response+json, application/json, text/event-stream or multipart/mixed, and the Accept header takes none of them.","extensions":{"code":"NOT_ACCEPTABLE"}}]}`},
	{name: "method", method: http.MethodPatch, body: query(`{ __typename }`),
		status: 405, want: `{"errors":[{"message":"The method PATCH is not one of this endpoint. Use POST, or GET for a query.","extensions":{"code":"METHOD_NOT_ALLOWED"}}]}`},
	{name: "GET mutation", method: http.MethodGet, path: "/graphql?query=" + url.QueryEscape(`mutation { leaveRoom(input: {roomId: "x"}) { room { id } } }`),
		status: 405, want: `{"errors":[{"message":"A mutation cannot be sent by GET. Use POST.","extensions":{"code":"METHOD_NOT_ALLOWED"}}]}`},
	{name: "GET without query", method: http.MethodGet, path: "/graphql?variables={}",
		status: 400, want: `{"errors":[{"message":"The request has no parameter \"query\".","extensions":{"code":"BAD_REQUEST"}}]}`},
	{name: "an id that is none", body: query(`{ room(id: "17; drop table rooms") { id } }`),
		status: 200, want: `{"data":{"room":null},"errors":[{"message":"\"17; drop table rooms\" is not an id.","path":["room","id"],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{name: "an id that is none in an input", body: query(`mutation { joinRoom(input: {roomId: "x"}) { room { id } } }`),
		status: 200, want: `{"data":null,"errors":[{"message":"\"x\" is not an id.","path":["joinRoom"],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{name: "an id of nothing", body: query(`mutation { joinRoom(input: {roomId: "` + someID + `"}) { room { id } } }`),
		status: 200, want: `{"data":null,"errors":[{"message":"There is no room \"01890000-0000-7000-8000-000000000000\".","path":["joinRoom"],"extensions":{"code":"NOT_FOUND"}}]}`},
	{name: "huge first", body: query(`{ rooms(first: 2000000000) { totalCount } }`),
		status: 200, want: `{"data":null,"errors":[{"message":"\"first\" must be between 0 and 100; it was 2000000000.","path":["rooms"],"extensions":{"code":"BAD_USER_INPUT","field":"first"}}]}`},
	{name: "first beyond Int", body: query(`{ rooms(first: 99999999999) { totalCount } }`),
		status: 200, want: `{"data":null,"errors":[{"message":"\"first\" must be between 0 and 100; it was 99999999999.","path":["rooms"],"extensions":{"code":"BAD_USER_INPUT","field":"first"}}]}`},
	{name: "negative first", body: query(`{ rooms(first: -1) { totalCount } }`),
		status: 200, want: `{"data":null,"errors":[{"message":"\"first\" must be between 0 and 100; it was -1.","path":["rooms"],"extensions":{"code":"BAD_USER_INPUT","field":"first"}}]}`},
	{name: "first and last", body: query(`{ rooms(first: 1, last: 1) { totalCount } }`),
		status: 200, want: `{"data":null,"errors":[{"message":"Give either \"first\" or \"last\", not both.","path":["rooms"],"extensions":{"code":"BAD_USER_INPUT","field":"last"}}]}`},
	{name: "a cursor that is none", body: query(`{ rooms(after: "%%%") { totalCount } }`),
		status: 200, want: `{"data":null,"errors":[{"message":"\"%%%\" is not a cursor of this list.","path":["rooms"],"extensions":{"code":"BAD_USER_INPUT","field":"after"}}]}`},
	{name: "foreign cursor", body: query(`{ rooms(after: "eyJrIjoiTWVzc2FnZSIsInYiOlsxXX0") { totalCount } }`),
		status: 200, want: `{"data":null,"errors":[{"message":"\"eyJrIjoiTWVzc2FnZSIsInYiOlsxXX0\" is not a cursor of this list.","path":["rooms"],"extensions":{"code":"BAD_USER_INPUT","field":"after"}}]}`},
	{name: "null bytes in a value", body: query("mutation { createRoom(input: {title: \"a\\u0000b\"}) { room { id } } }"),
		status: 200, want: `{"data":null,"errors":[{"message":"A title is text without control characters.","path":["createRoom"],"extensions":{"code":"BAD_USER_INPUT","field":"title"}}]}`},
	{name: "null bytes in the document", body: query("{ rooms\x00 { totalCount } }"),
		status: 400, want: `{"errors":[{"message":"Expected Name, found \u003cInvalid\u003e","locations":[{"line":1,"column":8}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}`},
	{name: "invalid UTF-8", body: "{\"query\":\"{ a\xff\xfe }\"}",
		status: 400, want: `{"errors":[{"message":"The body is not UTF-8.","extensions":{"code":"BAD_REQUEST"}}]}`},
	{name: "deep query", body: query(strings.Repeat("{ a ", 10_000) + strings.Repeat("}", 10_000)),
		status: 400, want: `{"errors":[{"message":"exceeded maximum nesting depth of 1000","locations":[{"line":1,"column":4001}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}`},
	{name: "deep variables", body: with(`query($id: ID!) { room(id: $id) { id } }`, `{"id":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+`}`),
		status: 400, want: `{"errors":[{"message":"The body is not JSON: invalid character '[' exceeded max depth, at byte 10069.","extensions":{"code":"BAD_REQUEST"}}]}`},
	{name: "many aliases", body: query("{ " + aliases(5000) + " }"),
		status: 413, want: `{"errors":[{"message":"The operation has more aliases than the 500 that are allowed.","extensions":{"code":"OPERATION_TOO_LARGE"}}]}`},
	{name: "fragment cycle", body: query(`{ rooms { ...A } } fragment A on RoomConnection { ...B } fragment B on RoomConnection { ...A }`),
		status: 400, want: `{"errors":[{"message":"Cannot spread fragment \"A\" within itself via \"B\".","locations":[{"line":1,"column":92}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`},
	{name: "ten megabytes", body: query("{ __typename #" + strings.Repeat("x", 10<<20) + "\n}"),
		status: 413, want: `{"errors":[{"message":"The query is longer than the 1048576 bytes that are allowed.","extensions":{"code":"OPERATION_TOO_LARGE"}}]}`},
	{name: "twenty megabytes", body: query("{ __typename #" + strings.Repeat("x", 20<<20) + "\n}"),
		status: 413, want: `{"errors":[{"message":"The request is larger than 16777216 bytes.","extensions":{"code":"PAYLOAD_TOO_LARGE"}}]}`},
	{name: "subscription by POST", body: query(`subscription { roomUpdated(roomId: "` + someID + `") { id } }`),
		status: 406, want: `{"errors":[{"message":"A subscription is answered as text/event-stream or multipart/mixed;subscriptionSpec=1.0, which the Accept header does not take, or over WebSocket.","extensions":{"code":"NOT_ACCEPTABLE"}}]}`},
	{name: "two fields subscribed", body: query(`subscription { a: roomUpdated(roomId: "` + someID + `") { id } b: roomUpdated(roomId: "` + someID + `") { id } }`),
		status: 400, want: `{"errors":[{"message":"Anonymous Subscription must select only one top level field.","locations":[{"line":1,"column":86}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`},
	{name: "blank text", body: query(`mutation { createMessage(input: {roomId: "` + someID + `", text: " "}) { message { id } } }`),
		status: 200, want: `{"data":null,"errors":[{"message":"A message has 1 to 10000 characters; this one is blank.","path":["createMessage"],"extensions":{"code":"BAD_USER_INPUT","field":"text"}}]}`},
}

func aliases(n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(" a" + strings.Repeat("b", i%7) + string(rune('a'+i%26)) + strings.Repeat("c", i/26%50) + strings.Repeat("d", i/1300) + ": __typename")
	}
	return text.String()
}

// TestInput_bad sends what should not be sent. Each answer is the
// specification's, with a stable code and nothing internal; the server answers
// afterwards.
func TestInput_bad(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		somebody := signedIn(w.Origin())
		for _, b := range badInput {
			t.Run(b.name, func(t *testing.T) {
				t.Parallel()
				a := b.send(t, somebody.Client)
				if a.Status != b.status || string(a.Body) != b.want {
					t.Errorf("status %d, body:\n%s\nwanted status %d, body:\n%s", a.Status, a.Body, b.status, b.want)
				}
				assertNothingInternal(t, a)
				if again := somebody.must(t, `{ __typename }`, nil); again.Text("__typename") != "Query" {
					t.Errorf("afterwards: %s", again.Body)
				}
			})
		}
	})
}

func (b bad) send(t *testing.T, as drive.Client) drive.Answer {
	t.Helper()
	method, path := b.method, b.path
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = "/graphql"
	}
	request, err := as.Request(soon(t), method, path, bytes.NewReader([]byte(b.body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/graphql-response+json")
	for name, values := range b.header {
		request.Header[name] = values
	}
	a, err := as.Send(request)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// internals are words that a client must never read.
var internals = regexp.MustCompile(`(?i)panic|goroutine|\.go\b|runtime|pgx|sqlstate|postgres|redis|nats|jetstream|gqlgen|graphql-go|astparser|127\.0\.0\.1|localhost|heddle/|/tmp|nil pointer|_entities|_service|representations`)

func assertNothingInternal(t *testing.T, a drive.Answer) {
	t.Helper()
	if found := internals.Find(a.Body); found != nil {
		t.Errorf("the answer holds %q: %.500s", found, a.Body)
	}
	for _, e := range a.Errors {
		if e.Code() == "" || e.Code() == "INTERNAL_SERVER_ERROR" || e.Message == "" {
			t.Errorf("an error has no proper code or message: %v", e)
		}
	}
}
