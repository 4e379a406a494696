package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/embedded"
	"heddle/internal/postgres"
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

// begun starts the shared server and gives its URL.
func begun(t testing.TB) string {
	t.Helper()
	if !managed {
		t.Fatal(`storetest: this package needs "func TestMain(m *testing.M) { storetest.Main(m) }"`)
	}
	if err := shared.start(); err != nil {
		t.Fatalf("storetest: %v", err)
	}
	return shared.at
}

func clone(t testing.TB, template string) string {
	t.Helper()
	begun(t)
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

// PostgresServer gives a server on which this test's databases have names of
// their own. Those with the same migrations are copies of a template, made once
// for this test binary.
func PostgresServer(t testing.TB) postgres.Server {
	t.Helper()
	at := begun(t)
	prefix := "test_" + strings.ToLower(rand.Text()) + "_"
	t.Cleanup(func() {
		if err := shared.dropAll(context.Background(), prefix); err != nil {
			t.Errorf("storetest: %v", err)
		}
	})
	return postgres.Server{URL: at, Prefix: prefix, Template: migrated}
}

// migrated is the template with these migrations.
func migrated(ctx context.Context, migrations []postgres.Migration) (string, error) {
	key, err := fingerprint(migrations)
	if err != nil {
		return "", err
	}
	return shared.template(ctx, key, func(ctx context.Context, url string) error {
		config, err := pgx.ParseConfig(url)
		if err != nil {
			return err
		}
		pool, err := postgres.Server{URL: url}.Open(ctx, config.Database, migrations...)
		if err == nil {
			pool.Close()
		}
		return err
	})
}

// fingerprint tells sets of migrations from others.
func fingerprint(migrations []postgres.Migration) (string, error) {
	all := sha256.New()
	for _, m := range migrations {
		fmt.Fprintf(all, "table %q\n", m.Table)
		err := fs.WalkDir(m.Files, ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := fs.ReadFile(m.Files, path)
			fmt.Fprintf(all, "%q %q\n", path, text)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

var shared = &server{templates: map[string]func() (string, error){}}

// server is the PostgreSQL that all tests of this binary share.
type server struct {
	once      sync.Once
	err       error
	at        string            // its URL
	own       *embedded.Scratch // nil when the server is an outside one
	admin     *pgxpool.Pool     // makes and drops databases
	mu        sync.Mutex
	templates map[string]func() (string, error)
}

func (s *server) start() error {
	s.once.Do(func() { s.err = s.open(context.Background()) })
	return s.err
}

func (s *server) open(ctx context.Context) error {
	s.at = os.Getenv("HEDDLE_TEST_POSTGRES_URL")
	if s.at == "" {
		var err error
		s.own, err = embedded.StartScratch(ctx, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
		if err != nil {
			return err
		}
		s.at = s.own.URL()
	}
	config, err := pgxpool.ParseConfig(s.at)
	if err != nil {
		return fmt.Errorf("read HEDDLE_TEST_POSTGRES_URL: %w", err)
	}
	config.MaxConns = 4
	s.admin, err = pgxpool.NewWithConfig(ctx, config)
	return err
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
		errs = append(errs, s.own.End())
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

// dropAll drops the databases whose names begin so.
func (s *server) dropAll(ctx context.Context, prefix string) error {
	rows, err := s.admin.Query(ctx, `SELECT datname FROM pg_database WHERE starts_with(datname, $1)`, prefix)
	if err != nil {
		return fmt.Errorf("look for databases to drop: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for databases to drop: %w", err)
	}
	for _, name := range names {
		if err := s.drop(ctx, name); err != nil {
			return fmt.Errorf("drop database %s: %w", name, err)
		}
	}
	return nil
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
