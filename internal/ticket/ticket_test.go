package ticket_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"heddle/internal/embedded/storetest"
	"heddle/internal/fault"
	"heddle/internal/ticket"
)

type export struct{ School string }

func open(t *testing.T) (*redis.Client, *storetest.RedisProcess) {
	t.Helper()
	server := storetest.RedisServer(t)
	options, err := redis.ParseURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries = -1
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() }) // the server may be gone
	return client, server
}

func TestRedeem_until_it_expires(t *testing.T) {
	t.Parallel()
	client, _ := open(t)
	token, err := ticket.Issue(t.Context(), client, "students.export", export{"Weavers' Lane"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var got export
		if err := ticket.Redeem(t.Context(), client, "students.export", token, &got); err != nil || got.School != "Weavers' Lane" {
			t.Fatalf("redeemed %+v (%v)", got, err)
		}
	}
	keys := client.Keys(t.Context(), "*").Val()
	if len(keys) != 1 || client.TTL(t.Context(), keys[0]).Val() <= 0 {
		t.Fatalf("%q are kept, want one that expires", keys)
	}
	client.Del(t.Context(), keys[0]) // as when it has expired
	if err := ticket.Redeem(t.Context(), client, "students.export", token, &export{}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an expired ticket: %v, want NOT_FOUND", err)
	}
}

func TestRedeem_of_another_kind(t *testing.T) {
	t.Parallel()
	client, _ := open(t)
	token, err := ticket.Issue(t.Context(), client, "students.export", export{}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ kind, token string }{{"progress.report", token}, {"students.export", token + "A"}, {"students.export", ""}} {
		if err := ticket.Redeem(t.Context(), client, c.kind, c.token, &export{}); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("ticket %q of %s: %v, want NOT_FOUND", c.token, c.kind, err)
		}
	}
}

func TestIssue_without_Redis(t *testing.T) {
	t.Parallel()
	client, server := open(t)
	server.Stop()
	if _, err := ticket.Issue(t.Context(), client, "x", export{}, time.Hour); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("Issue: %v, want UNAVAILABLE", err)
	}
	if err := ticket.Redeem(t.Context(), client, "x", "y", &export{}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("Redeem: %v, want UNAVAILABLE", err)
	}
}
