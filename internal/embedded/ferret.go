package embedded

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"sync"

	"github.com/FerretDB/FerretDB/ferretdb"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"heddle/internal/run"
)

// Ferret is FerretDB in this process: the MongoDB wire protocol over one
// database of a PostgreSQL server. Its users are PostgreSQL's. Changes of one
// document happen one after the other, as MongoDB has it.
type Ferret struct {
	folder   *Folder
	log      *slog.Logger
	postgres func() string
	database string

	mu     sync.Mutex
	server run.Service
	url    string
}

// NewFerret is FerretDB over a database of the PostgreSQL server that postgres
// names when Start is called. The database is made if it is missing.
func NewFerret(folder *Folder, log *slog.Logger, postgres func() string, database string) *Ferret {
	return &Ferret{folder: folder, log: log, postgres: postgres, database: database}
}

// URL is where the server is.
func (f *Ferret) URL() string { return f.url }

// Start makes the database if need be and returns when the server listens.
func (f *Ferret) Start(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.server != nil {
		return nil
	}
	over, err := url.Parse(f.postgres())
	if err != nil {
		return fmt.Errorf("read PostgreSQL's URL: %w", err)
	}
	if err := makeDatabase(ctx, over.String(), f.database); err != nil {
		return err
	}
	port, err := f.folder.Port("mongo")
	if err != nil {
		return err
	}
	user := over.User
	over.Path = "/" + f.database
	if err := prepare(ctx, over.String()); err != nil {
		return err
	}
	over.User = nil
	server, err := newFerret(&ferretdb.Config{
		Listener:      ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:        quiet(f.log),
		Handler:       "postgresql",
		PostgreSQLURL: over.String(),
	})
	if err != nil {
		return err
	}
	ferret := run.Background(server.Run)
	if err := ferret.Start(ctx); err != nil {
		return err
	}
	behind, err := url.Parse(server.MongoDBURI())
	if err != nil {
		return errors.Join(err, ferret.Stop(ctx))
	}
	front, at, err := isolate(f.log, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), behind.Host)
	if err != nil {
		f.folder.forgetPort("mongo")
		return errors.Join(err, ferret.Stop(ctx))
	}
	f.server = run.All(ferret, front)
	if err := f.server.Start(ctx); err != nil {
		return err
	}
	behind.Host, behind.User, behind.RawQuery = at.String(), user, "authMechanism=PLAIN"
	f.url = behind.String()
	return nil
}

var making sync.Mutex

// newFerret makes one server at a time: FerretDB writes that it is embedded into a
// package variable.
func newFerret(config *ferretdb.Config) (*ferretdb.FerretDB, error) {
	making.Lock()
	defer making.Unlock()
	return ferretdb.New(config)
}

// Stop closes the server and its connections to PostgreSQL.
func (f *Ferret) Stop(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.server == nil {
		return nil
	}
	err := f.server.Stop(ctx)
	f.server = nil
	return err
}

// serveEquality has PostgreSQL find documents by the value of an indexed field.
//
//go:embed ferret.sql
var serveEquality string

// prepare makes the indexes of FerretDB's database useful from now on.
func prepare(ctx context.Context, database string) (err error) {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, serveEquality); err != nil {
		return fmt.Errorf("prepare FerretDB's database: %w", err)
	}
	return nil
}

// makeDatabase makes an empty database in the collation that FerretDB needs,
// unless it is there.
func makeDatabase(ctx context.Context, server, name string) (err error) {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	var there bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&there); err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize()+" template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == "42P04" || refused.Code == "23505") {
		return nil // somebody else has just made it
	}
	return err
}

// quiet passes on only what FerretDB thinks is wrong.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(errorsOnly{log.Handler()})
}

type errorsOnly struct{ slog.Handler }

func (h errorsOnly) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelError
}

// failedQuery is the message of a statement that PostgreSQL refused, such as the
// insert of a document that is there already. Whoever asked is told; the record
// has the document in it, which belongs in no log.
const failedQuery = "Query"

func (h errorsOnly) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == failedQuery {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h errorsOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return errorsOnly{h.Handler.WithAttrs(attrs)}
}

func (h errorsOnly) WithGroup(name string) slog.Handler { return errorsOnly{h.Handler.WithGroup(name)} }
