package postgres

import (
	"fmt"
	"strings"

	"heddle/internal/page"
)

// Keyset returns the part of a SELECT that reads a window: conditions for
// WHERE, and ORDER BY with LIMIT. columns are the expressions that order the
// list ascending, in the order of the window's keys, the last unique, each with
// its type ("id::uuid"); args are the statement's arguments so far.
//
//	where, tail, args := postgres.Keyset(w, args, "created_at::timestamptz", "id::uuid")
//	rows, err := pool.Query(ctx, `SELECT … FROM rooms WHERE owner = $1 AND `+where+tail, args...)
func Keyset(w page.Window, args []any, columns ...string) (where, tail string, all []any) {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i], _, _ = strings.Cut(column, "::")
	}
	row := "(" + strings.Join(names, ", ") + ")"
	conditions := []string{"true"}
	for _, bound := range []struct {
		key      page.Key
		operator string
	}{{w.After, ">"}, {w.Before, "<"}} {
		if bound.key == nil {
			continue
		}
		values := make([]string, len(columns))
		for i, column := range columns {
			_, kind, _ := strings.Cut(column, "::")
			args = append(args, bound.key[i])
			values[i] = fmt.Sprintf("$%d::text::%s", len(args), kind)
		}
		conditions = append(conditions, fmt.Sprintf("%s %s (%s)", row, bound.operator, strings.Join(values, ", ")))
	}
	order := " ASC"
	if w.Backward {
		order = " DESC"
	}
	args = append(args, w.Limit+1)
	tail = fmt.Sprintf(" ORDER BY %s LIMIT $%d", strings.Join(names, order+", ")+order, len(args))
	return strings.Join(conditions, " AND "), tail, args
}
