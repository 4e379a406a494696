package eventstest

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/events"
)

// table is a database that has an outbox.
type table struct {
	database string
	conn     *pgx.Conn
}

// outboxes are those of all domains: tables and documents.
type outboxes struct {
	tables    []table
	documents []*mongo.Collection
	client    *mongo.Client
}

func (s Stores) outboxes(ctx context.Context) (o outboxes, err error) {
	names, err := s.databases(ctx)
	if err != nil {
		return o, fmt.Errorf("list the databases: %w", err)
	}
	for _, name := range names {
		if err := o.add(ctx, s.Postgres, name); err != nil {
			return o, fmt.Errorf("open database %s: %w", name, err)
		}
	}
	if s.Mongo == "" {
		return o, nil
	}
	if o.client, err = mongo.Connect(options.Client().ApplyURI(s.Mongo)); err != nil {
		return o, fmt.Errorf("connect to MongoDB: %w", err)
	}
	names, err = o.client.ListDatabaseNames(ctx, bson.M{})
	if err != nil {
		return o, fmt.Errorf("list the databases of documents: %w", err)
	}
	for _, name := range names {
		collections, err := o.client.Database(name).ListCollectionNames(ctx, bson.M{})
		if err != nil {
			return o, fmt.Errorf("list the collections of %s: %w", name, err)
		}
		for _, collection := range collections {
			o.documents = append(o.documents, o.client.Database(name).Collection(collection))
		}
	}
	return o, nil
}

func (s Stores) databases(ctx context.Context) (names []string, err error) {
	conn, err := pgx.Connect(ctx, s.Postgres)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	rows, err := conn.Query(ctx, `SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND starts_with(datname, $1)`, s.Prefix)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// add opens a database that has an outbox.
func (o *outboxes) add(ctx context.Context, server, database string) error {
	u, err := url.Parse(server)
	if err != nil {
		return err
	}
	u.Path = "/" + database
	conn, err := pgx.Connect(ctx, u.String())
	if err != nil {
		return err
	}
	var there bool
	if err := conn.QueryRow(ctx, `SELECT to_regclass('outbox') IS NOT NULL`).Scan(&there); err != nil || !there {
		return errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
	}
	o.tables = append(o.tables, table{database, conn})
	return nil
}

// full tells which outbox has an event, if any.
func (o outboxes) full(ctx context.Context) (where string, err error) {
	for _, t := range o.tables {
		var waiting bool
		if err := t.conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM outbox)`).Scan(&waiting); err != nil {
			return "", fmt.Errorf("look into the outbox of %s: %w", t.database, err)
		}
		if waiting {
			return "some are in the outbox of " + t.database, nil
		}
	}
	for _, c := range o.documents {
		err := c.FindOne(ctx, bson.M{events.Outbox: events.Waiting}, options.FindOne().SetProjection(bson.M{"_id": 1})).Err()
		if errors.Is(err, mongo.ErrNoDocuments) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("look into the outboxes of %s: %w", c.Name(), err)
		}
		return "some are in documents of " + c.Name(), nil
	}
	return "", nil
}

func (o outboxes) close() error {
	var errs []error
	for _, t := range o.tables {
		errs = append(errs, t.conn.Close(context.Background()))
	}
	if o.client != nil {
		errs = append(errs, o.client.Disconnect(context.Background()))
	}
	return errors.Join(errs...)
}
