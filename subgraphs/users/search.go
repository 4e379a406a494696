package users

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"heddle/internal/fault"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

// Length of a text that is searched for, in characters.
const searchLimit = 100

// bestMatch orders who was found: by how well they match, then by username.
// $2 is the pattern of a word that begins with the text, $3 that of a username
// that does, $4 that of a username that is the text.
var bestMatch = postgres.Order{Columns: []string{
	`(CASE WHEN u.search LIKE $4 THEN 0 WHEN u.search LIKE $3 THEN 1 WHEN u.search LIKE $2 THEN 2 ELSE 3 END)::integer`,
	"lower(u.username)::text", "u.id::uuid",
}}

// matching are the arguments of bestMatch, after $1: the pattern that all must
// match. A text too short for the index is looked for at the beginning of words
// only, where the index serves it.
func matching(text string) []any {
	word := postgres.LikeAnywhere(" " + text)
	anywhere := postgres.LikeAnywhere(text)
	if utf8.RuneCountInString(text) < 3 {
		anywhere = word
	}
	return []any{anywhere, word, postgres.LikePrefix(" " + text), postgres.LikePrefix(" " + text + " ")}
}

// rankOf says how well a person matches; the same rule as bestMatch.
func rankOf(u *User, text string) int {
	found := u.searchText()
	switch {
	case strings.HasPrefix(found, " "+text+" "):
		return 0
	case strings.HasPrefix(found, " "+text):
		return 1
	case strings.Contains(found, " "+text):
		return 2
	}
	return 3
}

// rank is the kind of the first value of a place among those found.
func rank(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 0 && n <= 3
}

func keyOfMatch(text string) func(*User) page.Key {
	return func(u *User) page.Key {
		return page.Key{strconv.Itoa(rankOf(u, text)), strings.ToLower(u.Username), u.ID}
	}
}

// searched checks and folds a text to search for.
func searched(query string) (string, error) {
	text := fold(query)
	if n := utf8.RuneCountInString(text); n == 0 || n > searchLimit || !page.Text(text) {
		return "", fault.Field("query", "Search for a text of 1 to %d characters; this one has %d.", searchLimit, n)
	}
	return text, nil
}

func (s *postgresStore) Search(ctx context.Context, text string, w page.Window) ([]*User, error) {
	where, by, limit, args := bestMatch.Window(w, matching(text))
	rows, err := s.pool.Query(ctx, selectUsers+` WHERE u.search LIKE $1 AND `+where+` ORDER BY `+by+` LIMIT `+limit, args...)
	if err != nil {
		return nil, fmt.Errorf("search users: %w", err)
	}
	return pgx.CollectRows(rows, scanUser)
}

func (s *postgresStore) CountMatches(ctx context.Context, text string) (n int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM users WHERE search LIKE $1`, matching(text)[0]).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count users: %w", err)
	}
	return n, nil
}
