// Package postgres knows how a domain gets its own PostgreSQL database: made
// if missing, migrated, and reached through a pool.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"heddle/internal/run"
)

// Server is one PostgreSQL server, on which each domain has its own database.
type Server struct {
	// URL names the server and a database on it from which others may be made.
	URL string
	// Tracer, if set, sees every statement of every pool that is opened.
	Tracer pgx.QueryTracer
	// Prefix begins the name of every database, so that several worlds may share a server.
	Prefix string
	// MaxConns bounds each pool; 0 means 8.
	MaxConns int32
	// Template, if set, names a database that has the migrations already: one that
	// is missing is made as a copy of it. It is for tests, which make many.
	Template func(ctx context.Context, migrations []Migration) (database string, err error)
}

// A Migration set is a folder of goose SQL files with a version table of its own.
type Migration struct {
	Table string // the version table; "goose_db_version" unless given
	Files fs.FS  // *.sql at its root
}

// Open makes the database if it is missing, brings it up to date with each set
// of migrations in order, and returns a pool on it. Processes that open the
// same database at once wait for each other.
func (s Server) Open(ctx context.Context, database string, migrations ...Migration) (*pgxpool.Pool, error) {
	database = s.Prefix + database
	address, err := s.database(database)
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("read PostgreSQL URL: %w", err)
	}
	config.MaxConns = 8
	if s.MaxConns > 0 {
		config.MaxConns = s.MaxConns
	}
	config.ConnConfig.Tracer = s.Tracer
	copied, err := s.create(ctx, database, migrations)
	if err != nil {
		return nil, fmt.Errorf("make database %s: %w", database, err)
	}
	if copied {
		migrations = nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", database, err)
	}
	for _, m := range migrations {
		if err := migrate(ctx, config.ConnConfig, m); err != nil {
			pool.Close()
			return nil, fmt.Errorf("migrate database %s: %w", database, err)
		}
	}
	return pool, nil
}

// database returns the server's URL with another database in it.
func (s Server) database(name string) (string, error) {
	u, err := url.Parse(s.URL)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return "", errors.New(`the PostgreSQL URL must have the form "postgres://user:password@host:port/database"`)
	}
	u.Path = "/" + name
	return u.String(), nil
}

// create makes the database unless it is there, and tells whether it is a copy
// that has the migrations. Two processes may try at once.
func (s Server) create(ctx context.Context, name string, migrations []Migration) (copied bool, err error) {
	conn, err := pgx.Connect(ctx, s.URL)
	if err != nil {
		return false, err
	}
	defer conn.Close(ctx)
	var there bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil || there {
		return false, err
	}
	statement := "CREATE DATABASE " + pgx.Identifier{name}.Sanitize()
	if s.Template != nil && len(migrations) > 0 {
		template, err := s.Template(ctx, migrations)
		if err != nil {
			return false, err
		}
		statement, copied = statement+" TEMPLATE "+pgx.Identifier{template}.Sanitize(), true
	}
	_, err = conn.Exec(ctx, statement)
	if isCode(err, "42P04") || isCode(err, "23505") { // duplicate_database, or unique_violation when two try at once
		return false, nil
	}
	return copied, err
}

func migrate(ctx context.Context, config *pgx.ConnConfig, m Migration) error {
	config = config.Copy()
	config.Tracer = nil
	db := stdlib.OpenDB(*config)
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return err
	}
	options := []goose.ProviderOption{goose.WithSessionLocker(locker)}
	if m.Table != "" {
		options = append(options, goose.WithTableName(m.Table))
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, m.Files, options...)
	if err != nil {
		return err
	}
	if pending, err := provider.HasPending(ctx); err == nil && !pending {
		return nil
	}
	_, err = provider.Up(ctx)
	return err
}

// Transact runs the work in one transaction, which is committed if the work
// returns nil and rolled back otherwise. A serialization failure or a deadlock
// runs it again, so the work must have no effect outside the transaction.
func Transact(ctx context.Context, pool *pgxpool.Pool, work func(tx pgx.Tx) error) error {
	const tries = 5
	for try := 1; ; try++ {
		err := pgx.BeginFunc(ctx, pool, work)
		if try == tries || (!isCode(err, "40001") && !isCode(err, "40P01")) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 10 * time.Millisecond):
		}
	}
}

// Violates tells whether err is the violation of the named constraint or
// unique index.
func Violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}

func isCode(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}

// Closing is a service that closes the pool when it is stopped.
func Closing(pool *pgxpool.Pool) run.Service { return closing{pool} }

type closing struct{ pool *pgxpool.Pool }

func (closing) Start(context.Context) error  { return nil }
func (c closing) Stop(context.Context) error { c.pool.Close(); return nil }
