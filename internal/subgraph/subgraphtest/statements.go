package subgraphtest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long a test waits for what must come, before it fails.
const patience = 60 * time.Second

// Statements sees the SQL statements of a world, in the order in which they ended;
// those that move events are left out.
type Statements struct {
	t     testing.TB
	mu    sync.Mutex
	ended []string
	grown chan struct{} // closed when ended grows
}

func newStatements(t testing.TB) *Statements { return &Statements{t: t, grown: make(chan struct{})} }

type statementKey struct{}

// TraceQueryStart is called by the driver.
func (s *Statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return context.WithValue(ctx, statementKey{}, data.SQL)
}

// TraceQueryEnd is called by the driver.
func (s *Statements) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	sql, _ := ctx.Value(statementKey{}).(string)
	if exchange(sql) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, sql)
	close(s.grown)
	s.grown = make(chan struct{})
}

// exchange tells statements that move events, which come when they come.
func exchange(sql string) bool {
	for _, word := range []string{"outbox", "inbox", "advisory"} {
		if strings.Contains(sql, word) {
			return true
		}
	}
	return false
}

// Mark is the number of statements so far.
func (s *Statements) Mark() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ended)
}

// Since gives the statements after the mark.
func (s *Statements) Since(mark int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.ended[mark:]...)
}

// Await waits until so many statements after the mark contain the text.
func (s *Statements) Await(mark int, text string, times int) {
	s.t.Helper()
	for {
		s.mu.Lock()
		n := 0
		for _, sql := range s.ended[mark:] {
			if strings.Contains(sql, text) {
				n++
			}
		}
		grown := s.grown
		s.mu.Unlock()
		if n >= times {
			return
		}
		select {
		case <-grown:
		case <-time.After(patience):
			s.t.Fatalf("statements with %q: %d came, want %d", text, n, times)
		}
	}
}
