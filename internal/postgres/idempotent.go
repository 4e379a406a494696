package postgres

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"heddle/internal/fault"
	"heddle/internal/page"
)

//go:embed idempotency/*.sql
var idempotency embed.FS

// Idempotency is the migration set of the table that Once uses.
func Idempotency() Migration {
	files, err := fs.Sub(idempotency, "idempotency")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return Migration{Table: "idempotency_version", Files: files}
}

// Request names what Once must not do twice.
type Request struct {
	Person    string  // whose key it is
	Operation string  // the mutation's name
	Key       *string // the client's idempotencyKey; nil does it without remembering
	Input     any     // what the client asked for: the same key with another input is a conflict
}

// Once creates a thing, once: the same key from the same person gives the id
// that the first call gave, also when its reply was lost or both came at once.
// create runs in tx and returns the id of the thing; Once returns it, and
// whether it was made now.
func Once(ctx context.Context, tx pgx.Tx, r Request, create func() (id string, err error)) (id string, made bool, err error) {
	if r.Key == nil {
		id, err = create()
		return id, err == nil, err
	}
	if n := utf8.RuneCountInString(*r.Key); n == 0 || n > 255 || !page.Text(*r.Key) {
		return "", false, fault.Field("idempotencyKey", "An idempotency key has 1 to 255 characters, none of them NUL.")
	}
	asked, err := json.Marshal(r.Input)
	if err != nil {
		return "", false, fmt.Errorf("remember request: %w", err)
	}
	sum := sha256.Sum256(asked)
	tag, err := tx.Exec(ctx, `INSERT INTO idempotency_keys (person, operation, key, request) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		r.Person, r.Operation, *r.Key, sum[:])
	if err != nil {
		return "", false, fmt.Errorf("remember request: %w", err)
	}
	if tag.RowsAffected() == 0 {
		id, err = earlier(ctx, tx, r, sum[:])
		return id, false, err
	}
	if id, err = create(); err != nil {
		return "", false, err
	}
	_, err = tx.Exec(ctx, `UPDATE idempotency_keys SET thing = $4 WHERE person = $1 AND operation = $2 AND key = $3`,
		r.Person, r.Operation, *r.Key, id)
	return id, err == nil, err
}

func earlier(ctx context.Context, tx pgx.Tx, r Request, sum []byte) (id string, err error) {
	var same bool
	err = tx.QueryRow(ctx, `SELECT thing, request = $4 FROM idempotency_keys WHERE person = $1 AND operation = $2 AND key = $3`,
		r.Person, r.Operation, *r.Key, sum).Scan(&id, &same)
	if err != nil {
		return "", fmt.Errorf("read remembered request: %w", err)
	}
	if !same {
		return "", fault.New(fault.Conflict, "The idempotency key %q was used before with another input.", *r.Key).With("field", "idempotencyKey")
	}
	return id, nil
}
