package embedded_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/await"
	"heddle/internal/embedded"
)

// open starts the stores of a folder and stops them when the test ends.
func open(t *testing.T, dir string) *embedded.Stores {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	stores, err := embedded.Open(embedded.Config{Dir: dir, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, stores) })
	if err := stores.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return stores
}

func stop(t *testing.T, stores *embedded.Stores) {
	t.Helper()
	if err := stores.Stop(context.Background()); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func TestStores_all_four_keep_what_they_were_told(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), t.TempDir()
	first := open(t, dir)
	urls := first.URLs()

	db := postgres(t, urls.Postgres)
	if _, err := db.Exec(ctx, "create table thread (colour text)"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, "insert into thread values ('red')"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := threads(t, urls.Mongo).InsertOne(ctx, bson.M{"_id": "1", "colour": "red"}); err != nil {
		t.Fatal(err)
	}
	if _, err := stream(t, urls.NATS).Publish(ctx, "thread.dyed", []byte("red")); err != nil {
		t.Fatal(err)
	}
	stop(t, first)

	second := open(t, dir)
	if again := second.URLs(); again != urls {
		t.Errorf("URLs after a restart: %v, want %v", again, urls)
	}
	var colour string
	db = postgres(t, urls.Postgres)
	if err := errors.Join(db.QueryRow(ctx, "select colour from thread").Scan(&colour), db.Close(ctx)); err != nil || colour != "red" {
		t.Errorf("PostgreSQL after a restart: %q, %v", colour, err)
	}
	var found struct{ Colour string }
	if err := threads(t, urls.Mongo).FindOne(ctx, bson.M{"_id": "1"}).Decode(&found); err != nil || found.Colour != "red" {
		t.Errorf("MongoDB after a restart: %q, %v", found.Colour, err)
	}
	s, err := stream(t, urls.NATS).Stream(ctx, "THREADS")
	if err != nil {
		t.Fatal(err)
	}
	msg, err := s.GetLastMsgForSubject(ctx, "thread.dyed")
	if err != nil || string(msg.Data) != "red" {
		t.Errorf("NATS after a restart: %v, %v", msg, err)
	}
}

func TestRedis_expires_keys(t *testing.T) {
	t.Parallel()
	folder, err := embedded.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server := embedded.NewRedis(folder)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() {
		if err := errors.Join(client.Close(), server.Stop(context.Background()), folder.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := client.Set(t.Context(), "short", "lived", 30*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	await.Until(t, "the key is gone", func() (bool, error) {
		err := client.Get(t.Context(), "short").Err()
		if errors.Is(err, redis.Nil) {
			return true, nil
		}
		return false, err
	})
}

func TestOpen_a_folder_in_use(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder, err := embedded.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = embedded.Open(embedded.Config{Dir: dir})
	want := "the data folder " + dir + " is in use by another heddle (process " + strconv.Itoa(os.Getpid()) + ")"
	if err == nil || err.Error() != want {
		t.Errorf("Open: %v, want %s", err, want)
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := embedded.Open(embedded.Config{Dir: dir})
	if err != nil {
		t.Fatalf("Open after Close: %v", err)
	}
	stop(t, again)
}

func TestOpen_a_file_in_the_way(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/file"
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := embedded.Open(embedded.Config{Dir: path})
	if want := "the data folder " + path + " cannot be used: not a directory"; err == nil || err.Error() != want {
		t.Errorf("Open: %v, want %s", err, want)
	}
}

func postgres(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func threads(t *testing.T, url string) *mongo.Collection {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client.Database("loom").Collection("threads")
}

func stream(t *testing.T, url string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{Name: "THREADS", Subjects: []string{"thread.>"}}); err != nil {
		t.Fatal(err)
	}
	return js
}
