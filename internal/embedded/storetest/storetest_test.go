package storetest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"

	"heddle/internal/embedded/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestPostgresFrom_copies_are_apart(t *testing.T) {
	t.Parallel()
	fill := func(ctx context.Context, url string) error {
		return exec(ctx, url, "create table thread (colour text unique); insert into thread values ('red')")
	}
	for range 3 {
		t.Run("copy", func(t *testing.T) {
			t.Parallel()
			url := storetest.PostgresFrom(t, "threads", fill)
			if err := exec(t.Context(), url, "insert into thread values ('blue')"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRedis_and_NATS_answer(t *testing.T) {
	t.Parallel()
	options, err := redis.ParseURL(storetest.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	if err := errors.Join(client.Ping(t.Context()).Err(), client.Close()); err != nil {
		t.Error(err)
	}
	conn, err := nats.Connect(storetest.NATS(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Flush(); err != nil {
		t.Error(err)
	}
}

func exec(ctx context.Context, url, sql string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}
