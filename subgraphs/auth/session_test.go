package auth

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func at(d time.Duration) *time.Time {
	t := noon.Add(d)
	return &t
}

func TestRefreshToken_Turn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		used, next *RefreshToken
		want       Turn
	}{
		{"first use", &RefreshToken{}, nil, Rotate},
		{"again at once, the next unused", &RefreshToken{usedAt: at(-time.Second)}, &RefreshToken{}, Repeat},
		{"again at the end of the grace", &RefreshToken{usedAt: at(-replyGrace)}, &RefreshToken{}, Repeat},
		{"again at once, the next used", &RefreshToken{usedAt: at(-2 * time.Second)}, &RefreshToken{usedAt: at(-time.Second)}, Reused},
		{"again later", &RefreshToken{usedAt: at(-replyGrace - time.Second)}, &RefreshToken{}, Reused},
		{"again, the next thrown away", &RefreshToken{usedAt: at(-time.Second)}, nil, Reused},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.used.Turn(c.next, noon); got != c.want {
				t.Errorf("Turn is %d, want %d", got, c.want)
			}
		})
	}
}

func TestRefreshToken_next_takes_both_the_token_and_what_is_kept(t *testing.T) {
	t.Parallel()
	token, other := newToken(), newToken()
	kept := keep(token)
	next := kept.next(token)
	if next == token || next != kept.next(token) || len(next) != len(token) {
		t.Errorf("after %q comes %q, then %q", token, next, kept.next(token))
	}
	if next == kept.next(other) || next == keep(token).next(token) {
		t.Error("another token, or another seed, gives the same next token")
	}
}

func TestSession_Use(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		age, want time.Duration // of the session at its use; until it ends then
	}{
		{"young", time.Hour, sessionIdle},
		{"old", sessionLife - time.Hour, time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := Session{CreatedAt: noon.Add(-c.age), ExpiresAt: noon.Add(time.Minute)}
			s.Use(noon)
			if left := s.ExpiresAt.Sub(noon); left != c.want || s.LastUsedAt != noon {
				t.Errorf("used at %v, the session ends in %v, want %v", s.LastUsedAt, left, c.want)
			}
			if !s.Alive(noon) || s.Alive(s.ExpiresAt) {
				t.Error("the session is not alive until its end")
			}
			s.endedAt = &noon
			if s.Alive(noon) {
				t.Error("the session is alive though it ended")
			}
		})
	}
}
