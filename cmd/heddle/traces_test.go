package main_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"heddle/internal/embedded"
	"heddle/internal/events/eventstest"
)

// TestTraces deletes a student, and the account of their teacher. Afterwards
// nothing of either is found in any store: not in any table of any database
// (the documents of MongoDB's are rows there), nor in Redis, nor in a stream.
func TestTraces(t *testing.T) {
	t.Parallel()
	stores := ownStores(t)
	urls := stores.URLs()
	w := private(t, []string{
		"HEDDLE_POSTGRES_URL=" + urls.Postgres, "HEDDLE_MONGO_URL=" + urls.Mongo, "HEDDLE_REDIS_URL=" + urls.Redis, "HEDDLE_NATS_URL=" + urls.NATS,
	})
	boss, friend := admin(w.Origin()), signUp(t, w.Origin(), "friend")
	teacher := signUp(t, w.Origin(), "quillfeather")
	boss.must(t, `mutation($input: GrantRoleInput!) { grantRole(input: $input) { user { id } } }`, input{"userId": teacher.id, "role": "TEACHER"})
	teacher = signIn(t, w.Origin(), teacher.email, password)
	school := boss.must(t, `mutation($input: CreateSchoolInput!) { createSchool(input: $input) { school { id } } }`, input{"name": "Loom Street"}).Text("createSchool", "school", "id")
	boss.must(t, `mutation($input: AddTeacherInput!) { addTeacher(input: $input) { school { id } } }`, input{"schoolId": school, "userId": teacher.id})

	student := leaveTraces(t, teacher, school)
	room := teacher.makeRoom(t, "Shared", friend)
	teacher.say(t, room, "I am quillfeatherly yours.")
	find := func(texts ...string) []string { return traces(t, urls, texts) }
	ofStudent := []string{"Xanthippe", "Ouagadougou", "2011-03-17", "SN-77421", "whole-book", "by-lamplight"}
	ofTeacher := []string{teacher.username, "quillfeatherly"}
	for _, text := range append(slices.Clone(ofStudent), ofTeacher...) {
		if len(find(text)) == 0 {
			t.Errorf("%q is in no store before it is deleted: the search does not see what it should", text)
		}
	}
	for _, text := range []string{"Ouagadougou", "2011-03-17", "BLACK_OR_AFRICAN_AMERICAN"} {
		for _, place := range find(text) { // in no event, no notification, no ticket, no other domain
			if !strings.Contains(place, ", education_elly_students.") {
				t.Errorf("%q, which is for few, is found outside the records: %s", text, place)
			}
		}
		if strings.Contains(w.Part("dev").Log.Tail(10_000), text) {
			t.Errorf("%q, which is for few, is in the log", text)
		}
	}
	teacher.must(t, `mutation($input: DeleteStudentInput!) { deleteStudent(input: $input) { deletedStudentId } }`, input{"id": student})
	quiet(t, urls)
	gone(t, "the student", func() []string { return find(ofStudent...) })
	teacher.must(t, `mutation($input: DeleteAccountInput!) { deleteAccount(input: $input) { deletedUserId } }`, input{"confirmUsername": teacher.username})
	quiet(t, urls)
	gone(t, "the teacher", func() []string { return find(ofTeacher...) })
}

// leaveTraces enrols a student and has every domain keep something of them.
func leaveTraces(t *testing.T, teacher *person, school string) (student string) {
	t.Helper()
	student = teacher.must(t, `mutation($input: CreateStudentInput!) { createStudent(input: $input) { student { id } } }`, input{
		"schoolId": school, "fullName": "Xanthippe Traceless", "studentId": "SN-77421", "teacherId": teacher.id, "idempotencyKey": "k",
		"dateOfBirth": "2011-03-17", "cityOfBirth": "Ouagadougou", "countryOfBirth": "BF", "race": "BLACK_OR_AFRICAN_AMERICAN", "nativeLanguage": "fr",
	}).Text("createStudent", "student", "id")
	teacher.must(t, `mutation($input: UpdateStudentInput!) { updateStudent(input: $input) { student { id } } }`, input{"id": student, "fullName": "Xanthippe Untraced"})
	teacher.must(t, `mutation($input: CreateAssessmentInput!) { createAssessment(input: $input) { assessment { id } } }`,
		input{"studentId": student, "testDate": "2025-02-03", "scores": vars{"listening": 3, "speaking": 3, "reading": 3, "writing": 3}})
	teacher.must(t, `mutation($input: AddMilestoneInput!) { addMilestone(input: $input) { milestone { id } } }`,
		input{"studentId": student, "title": "Read a whole-book", "note": "by-lamplight", "reachedOn": "2025-05-04"})
	teacher.must(t, `query($id: ID!) { progressReport(studentId: $id, from: "2025-01-01", to: "2025-12-31") { pdf { url } csv { url } } }`, vars{"id": student})
	return student
}

// ownStores are stores of this test alone, which it can look into.
func ownStores(t *testing.T) *embedded.Stores {
	t.Helper()
	stores, err := embedded.Open(embedded.Config{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	if err := stores.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stores.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return stores
}

// listeners are the domains that listen to events.
var listeners = []string{"auth", "users", "rooms", "messages", "presence", "collaboration", "code", "students", "assessments", "progress", "notifications"}

// quiet waits until every domain has heard of everything.
func quiet(t *testing.T, urls embedded.URLs) {
	t.Helper()
	eventstest.Stores{Postgres: urls.Postgres, Mongo: urls.Mongo, NATS: urls.NATS}.Quiet(t, listeners...)
}

// gone looks until nothing is found: what domains do as jobs comes after the
// events, and nothing tells from outside when it is done.
func gone(t *testing.T, who string, find func() []string) {
	t.Helper()
	ctx := soon(t)
	for {
		found := find()
		if len(found) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			t.Errorf("of %s there is left:\n%s", who, strings.Join(found, "\n"))
			return
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// traces are the places in all stores where one of the texts is found.
func traces(t *testing.T, urls embedded.URLs, texts []string) (found []string) {
	t.Helper()
	found = append(found, inPostgres(t, urls.Postgres, texts)...)
	found = append(found, inRedis(t, urls.Redis, texts)...)
	return append(found, inStreams(t, urls.NATS, texts)...)
}

func inPostgres(t *testing.T, server string, texts []string) (found []string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	patterns := make([]string, len(texts))
	for i, text := range texts {
		patterns[i] = "%" + text + "%"
	}
	for _, database := range column(t, server, `SELECT datname FROM pg_database WHERE datallowconn AND datname NOT LIKE 'template%'`) {
		u.Path = "/" + database
		tables := column(t, u.String(), `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
		for _, table := range tables {
			for _, row := range column(t, u.String(), `SELECT left(t::text, 400) FROM `+table+` t WHERE t::text ILIKE ANY ($1)`, patterns) {
				found = append(found, fmt.Sprintf("PostgreSQL %s, %s: %s", database, table, row))
			}
		}
	}
	return found
}

// column reads the one column of a statement.
func column(t *testing.T, server, statement string, args ...any) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return all
}

func inRedis(t *testing.T, server string, texts []string) (found []string) {
	t.Helper()
	options, err := redis.ParseURL(server)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	ctx := t.Context()
	keys := client.Scan(ctx, 0, "", 1000).Iterator()
	for keys.Next(ctx) {
		key := keys.Val()
		var value any
		switch kind := client.Type(ctx, key).Val(); kind {
		case "string":
			value = client.Get(ctx, key).Val()
		case "hash":
			value = client.HGetAll(ctx, key).Val()
		case "list":
			value = client.LRange(ctx, key, 0, -1).Val()
		case "set":
			value = client.SMembers(ctx, key).Val()
		case "zset":
			value = client.ZRangeWithScores(ctx, key, 0, -1).Val()
		case "stream":
			value = client.XRange(ctx, key, "-", "+").Val()
		case "none": // it has expired
		default:
			t.Errorf("Redis key %s is of the kind %s, which the search does not read", key, kind)
		}
		if text := fmt.Sprint(key, value); containsAny(text, texts) {
			found = append(found, fmt.Sprintf("Redis %.400s", text))
		}
	}
	if err := keys.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

func inStreams(t *testing.T, server string, texts []string) (found []string) {
	t.Helper()
	conn, err := nats.Connect(server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	names := js.StreamNames(t.Context())
	for name := range names.Name() {
		stream, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		state := stream.CachedInfo().State
		for n := state.FirstSeq; n <= state.LastSeq && state.Msgs > 0; n++ {
			message, err := stream.GetMsg(t.Context(), n)
			if err != nil {
				continue // it is no longer there
			}
			if text := fmt.Sprint(message.Subject, message.Header, string(message.Data)); containsAny(text, texts) {
				found = append(found, fmt.Sprintf("stream %s: %.400s", name, text))
			}
		}
	}
	if err := names.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(part)) })
}
