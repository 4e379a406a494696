package postgres

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"heddle/internal/page"
)

// Order is the order of a list: the expressions that give a row's place, the
// last of which is unique, each with its type: "joined_at::timestamptz".
type Order struct {
	Columns    []string
	Descending bool
}

// Window returns the parts of a SELECT that read a page: where, a condition;
// by, an ORDER BY list in reading order; and limit, the number of rows. args
// are the statement's arguments so far; all are those and the window's.
//
//	where, by, limit, args := byAge.Window(w, []any{owner})
//	pool.Query(ctx, `SELECT … WHERE owner = $1 AND `+where+` ORDER BY `+by+` LIMIT `+limit, args...)
func (o Order) Window(w page.Window, args []any) (where, by, limit string, all []any) {
	names := make([]string, len(o.Columns))
	kinds := make([]string, len(o.Columns))
	for i, column := range o.Columns {
		names[i], kinds[i], _ = strings.Cut(column, "::")
	}
	later, earlier := ">", "<"
	if o.Descending {
		later, earlier = earlier, later
	}
	conditions := []string{"true"}
	bound := func(key page.Key, operator string) {
		if key == nil {
			return
		}
		values := make([]string, len(key))
		for i := range key {
			args = append(args, key[i])
			values[i] = fmt.Sprintf("$%d::text::%s", len(args), kinds[i])
		}
		conditions = append(conditions, fmt.Sprintf("(%s) %s (%s)", strings.Join(names, ", "), operator, strings.Join(values, ", ")))
	}
	bound(w.After, later)
	bound(w.Before, earlier)
	direction := " ASC"
	if o.Descending != w.Backward {
		direction = " DESC"
	}
	return strings.Join(conditions, " AND "), strings.Join(names, direction+", ") + direction, fmt.Sprint(w.Limit + 1), args
}

// PlanAnew given before a statement's arguments, has it planned for just these.
// A statement that is run often is otherwise planned once for any argument, and
// then no index serves a pattern of LIKE well: how many match is all in the text.
const PlanAnew = pgx.QueryExecModeCacheDescribe

// likeEscape keeps a person's text from being read as a LIKE pattern.
var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// LikeAnywhere is the LIKE pattern of everything that contains the text.
func LikeAnywhere(text string) string { return "%" + likeEscape.Replace(text) + "%" }

// LikePrefix is the LIKE pattern of everything that begins with the text.
func LikePrefix(text string) string { return likeEscape.Replace(text) + "%" }
