package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/embedded"
)

// Postgres gives the URL of a fresh, empty database for this test alone. Its
// server is the one at HEDDLE_TEST_POSTGRES_URL, whose user must be allowed to
// make databases, else one that this test binary starts for all its tests.
func Postgres(t testing.TB) string {
	t.Helper()
	return clone(t, "template0")
}

// PostgresFrom gives the URL of a fresh copy of a template. The template is
// made once for this test binary: an empty database, filled by fill.
func PostgresFrom(t testing.TB, template string, fill func(ctx context.Context, url string) error) string {
	t.Helper()
	name, err := shared.template(t.Context(), template, fill)
	if err != nil {
		t.Fatalf("storetest: make the template %s: %v", template, err)
	}
	return clone(t, name)
}

func clone(t testing.TB, template string) string {
	t.Helper()
	if !managed {
		t.Fatal(`storetest: this package needs "func TestMain(m *testing.M) { storetest.Main(m) }"`)
	}
	if err := shared.start(); err != nil {
		t.Fatalf("storetest: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := shared.create(t.Context(), name, template); err != nil {
		t.Fatalf("storetest: make a database: %v", err)
	}
	t.Cleanup(func() {
		if err := shared.drop(context.Background(), name); err != nil {
			t.Errorf("storetest: %v", err)
		}
	})
	return shared.database(name)
}

var shared = &server{templates: map[string]func() (string, error){}}

// server is the PostgreSQL that all tests of this binary share.
type server struct {
	once      sync.Once
	err       error
	dir       string        // of our own cluster
	own       *cluster      // nil when the server is an outside one
	admin     *pgxpool.Pool // makes and drops databases
	mu        sync.Mutex
	templates map[string]func() (string, error)
}

type cluster struct {
	*embedded.Cluster
	folder *embedded.Folder
}

func (s *server) start() error {
	s.once.Do(func() { s.err = s.open(context.Background()) })
	return s.err
}

func (s *server) open(ctx context.Context) error {
	at := os.Getenv("HEDDLE_TEST_POSTGRES_URL")
	if at == "" {
		if err := s.begin(ctx); err != nil {
			return err
		}
		at = s.own.URL()
	}
	config, err := pgxpool.ParseConfig(at)
	if err != nil {
		return fmt.Errorf("read HEDDLE_TEST_POSTGRES_URL: %w", err)
	}
	config.MaxConns = 4
	s.admin, err = pgxpool.NewWithConfig(ctx, config)
	return err
}

func (s *server) begin(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "heddle-test-")
	if err != nil {
		return err
	}
	s.dir = dir
	folder, err := embedded.OpenFolder(dir)
	if err != nil {
		return err
	}
	s.own = &cluster{embedded.NewScratchCluster(folder, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))), folder}
	return s.own.Start(ctx)
}

func (s *server) stop() error {
	var errs []error
	if s.admin != nil {
		for _, made := range s.templates {
			if name, err := made(); err == nil {
				errs = append(errs, s.drop(context.Background(), name))
			}
		}
		s.admin.Close()
	}
	if s.own != nil {
		errs = append(errs, s.own.Stop(context.Background()), s.own.folder.Close())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// template makes the template at its first use; who comes meanwhile waits.
func (s *server) template(ctx context.Context, key string, fill func(ctx context.Context, url string) error) (string, error) {
	if err := s.start(); err != nil {
		return "", err
	}
	s.mu.Lock()
	made, ok := s.templates[key]
	if !ok {
		ctx := context.WithoutCancel(ctx)
		made = sync.OnceValues(func() (string, error) {
			name := "template_" + strings.ToLower(rand.Text())
			if err := s.create(ctx, name, "template0"); err != nil {
				return "", err
			}
			return name, fill(ctx, s.database(name))
		})
		s.templates[key] = made
	}
	s.mu.Unlock()
	return made()
}

func (s *server) create(ctx context.Context, name, template string) error {
	_, err := s.admin.Exec(ctx, fmt.Sprintf("create database %s template %s", identifier(name), identifier(template)))
	return err
}

func (s *server) drop(ctx context.Context, name string) error {
	_, err := s.admin.Exec(ctx, fmt.Sprintf("drop database if exists %s with (force)", identifier(name)))
	return err
}

func (s *server) database(name string) string {
	u, err := url.Parse(s.admin.Config().ConnString())
	if err != nil { // pgx has parsed it before
		return s.admin.Config().ConnString() + " dbname=" + name
	}
	u.Path = "/" + name
	return u.String()
}

func identifier(name string) string { return pgx.Identifier{name}.Sanitize() }
