package users

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"heddle/internal/fault"
	"heddle/internal/fold"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

// searchLimit is the length of a text that is searched for, in characters.
const searchLimit = 100

// indexed is the length of a text that the index finds in the middle of words.
// A shorter one is looked for at their beginning only.
const indexed = 3

// tiers are the ways to match, best first; within one, people stand in the
// order of their usernames. $1 and $2 are the bounds of usernames that begin
// with the text, $3 is the pattern of a word that does, $4 that of any part.
// Since a tier's order is that of an index, a text that many match costs no more
// than one that few do.
var tiers = []string{
	username + ` >= $1 AND ` + username + ` < $2`,
	`u.search LIKE $3 AND NOT (` + username + ` >= $1 AND ` + username + ` < $2)`,
	`u.search LIKE $4 AND u.search NOT LIKE $3`,
}

var byUsername = postgres.Order{Columns: []string{username + "::text"}}

// patterns are the arguments of the tiers.
func patterns(text string) []any {
	word, part := postgres.LikeAnywhere(" "+text), postgres.LikeAnywhere(text)
	if len(tiersOf(text)) < len(tiers) {
		part = word
	}
	return []any{text, text + "\x7f", word, part} // usernames are ASCII, and 7F comes after all they have
}

// tiersOf are the tiers that a text is looked for in.
func tiersOf(text string) []string {
	if utf8.RuneCountInString(text) < indexed {
		return tiers[:2]
	}
	return tiers
}

// tierOf says in which tier the person matches: the same rule in Go.
func tierOf(u *User, text string) int {
	found := u.searchText()
	switch {
	case strings.HasPrefix(found, " "+text):
		return 0
	case strings.Contains(found, " "+text):
		return 1
	}
	return 2
}

// tier is the kind of the first value of a place among those found.
func tier(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 0 && n < len(tiers)
}

func keyOfMatch(text string) func(*User) page.Key {
	return func(u *User) page.Key {
		return page.Key{strconv.Itoa(tierOf(u, text)), strings.ToLower(u.Username)}
	}
}

// searched checks and folds a text to search for.
func searched(query string) (string, error) {
	text := fold.Text(query)
	if n := utf8.RuneCountInString(text); n == 0 || n > searchLimit || !page.Text(text) {
		return "", fault.Field("query", "Search for a text of 1 to %d characters; this one has %d.", searchLimit, n)
	}
	return text, nil
}

// Search reads the tiers one after the other until the page is full.
func (s *postgresStore) Search(ctx context.Context, text string, w page.Window) ([]*User, error) {
	var found []*User
	tiers := tiersOf(text)
	for i := range tiers {
		n := i
		if w.Backward {
			n = len(tiers) - 1 - i
		}
		part, reached := partOf(w, n)
		if !reached {
			continue
		}
		part.Limit = w.Limit - len(found)
		more, err := s.searchTier(ctx, n, text, part)
		if err != nil {
			return nil, err
		}
		if found = append(found, more...); len(found) > w.Limit {
			break
		}
	}
	return found, nil
}

// partOf is the part of the window that lies in the tier, if any does.
func partOf(w page.Window, n int) (part page.Window, reached bool) {
	part = page.Window{Backward: w.Backward}
	if w.After != nil {
		at, _ := strconv.Atoi(w.After[0]) // a tier, by its kind
		if at > n {
			return part, false
		}
		if at == n {
			part.After = w.After[1:]
		}
	}
	if w.Before != nil {
		at, _ := strconv.Atoi(w.Before[0])
		if at < n {
			return part, false
		}
		if at == n {
			part.Before = w.Before[1:]
		}
	}
	return part, true
}

func (s *postgresStore) searchTier(ctx context.Context, n int, text string, w page.Window) ([]*User, error) {
	statement, args := tierStatement(n, text, w)
	rows, err := s.pool.Query(ctx, statement, append([]any{postgres.PlanAnew}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("search users: %w", err)
	}
	return pgx.CollectRows(rows, scanUser)
}

// tierStatement reads a window of a tier. It says of all four patterns that they
// are texts, since a tier does not use all of them.
func tierStatement(n int, text string, w page.Window) (statement string, args []any) {
	where, by, limit, args := byUsername.Window(w, patterns(text))
	return selectUsers + `(
			SELECT * FROM users u
			WHERE $1::text || $2::text || $3::text || $4::text <> '' AND ` + tiers[n] + ` AND ` + where + `
			ORDER BY ` + by + ` LIMIT ` + limit + `
		) u ON u.id = user_id ORDER BY ` + by, args
}

func (s *postgresStore) CountMatches(ctx context.Context, text string) (n int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM users WHERE search LIKE $1`, postgres.PlanAnew, patterns(text)[3]).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count users: %w", err)
	}
	return n, nil
}

// searchText is what a person is found by: each word after a space.
func (u *User) searchText() string {
	return " " + fold.Text(u.Username) + " " + fold.Text(u.FirstName) + " " + fold.Text(u.LastName)
}
