package serve

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"heddle/internal/caller"
)

// holder is a connection that lives by a token.
type holder interface {
	revoked() // the token's session is over
}

// sessions knows which connections live by the tokens of which sessions, and
// asks now and then which of these have ended. It asks while there are any.
type sessions struct {
	callers *caller.Verifier
	every   time.Duration
	log     *slog.Logger

	mu    sync.Mutex
	held  map[string]map[holder]struct{}
	timer *time.Timer
	lost  bool // the last question was not answered
}

func (s *sessions) add(session string, h holder) {
	if session == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.held = map[string]map[holder]struct{}{}
	}
	if s.held[session] == nil {
		s.held[session] = map[holder]struct{}{}
	}
	s.held[session][h] = struct{}{}
	if s.timer == nil {
		s.timer = time.AfterFunc(s.every, s.look)
	}
}

func (s *sessions) remove(session string, h holder) {
	if session == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held[session], h)
	if len(s.held[session]) == 0 {
		delete(s.held, session)
	}
	if len(s.held) == 0 && s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// look asks for all sessions at once and ends what lives by those that are over.
// While it cannot be asked, tokens are good until they expire.
func (s *sessions) look() {
	s.mu.Lock()
	all := make([]string, 0, len(s.held))
	for session := range s.held {
		all = append(all, session)
	}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), max(s.every, time.Second))
	ended, err := s.callers.Ended(ctx, all)
	cancel()
	s.mu.Lock()
	if err != nil && !s.lost {
		s.log.Warn("it cannot be asked which sessions have ended; trying again", "error", err)
	}
	s.lost = err != nil
	var over []holder
	for _, session := range ended {
		for h := range s.held[session] {
			over = append(over, h)
		}
	}
	if s.timer != nil {
		s.timer.Reset(s.every)
	}
	s.mu.Unlock()
	for _, h := range over {
		h.revoked()
	}
}
