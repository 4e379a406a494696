package caller_test

import (
	"sync"
	"testing"
	"time"

	"heddle/internal/caller"
	"heddle/internal/caller/callertest"
	"heddle/internal/fault"
)

// clock is a time that a test sets forward.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newVerifier gives a verifier of the issuer's tokens whose key sets follow the clock.
func newVerifier(i *callertest.Issuer) (*caller.Verifier, *clock) {
	c := &clock{now: time.Now()}
	v := i.Verifier(nil)
	v.SetClock(c.Now)
	return v, c
}

func wantCode(t *testing.T, v *caller.Verifier, token string, want fault.Code) {
	t.Helper()
	if _, err := v.Verify(t.Context(), token); fault.CodeOf(err) != want {
		t.Errorf("Verify: %v, want code %q", err, want)
	}
}

func wantFetches(t *testing.T, i *callertest.Issuer, want int) {
	t.Helper()
	if got := i.Fetches(); got != want {
		t.Errorf("the keys were fetched %d times, want %d", got, want)
	}
}

func TestVerifier_Verify_keys_rotate(t *testing.T) {
	t.Parallel()
	i := callertest.New(t)
	v, clock := newVerifier(i)
	old := i.Token("ada", nil)
	wantCode(t, v, old, "")
	i.Rotate()
	fresh := i.Token("ada", nil)
	clock.pass(11 * time.Second)
	wantCode(t, v, fresh, "")
	wantCode(t, v, old, "")
	wantFetches(t, i, 2)
}

func TestVerifier_Verify_issuer_away(t *testing.T) {
	t.Parallel()
	i := callertest.New(t)
	v, clock := newVerifier(i)
	i.Silence(true)
	known := i.Token("ada", nil)
	wantCode(t, v, known, fault.Unavailable)
	wantCode(t, v, known, fault.Unavailable) // without asking again at once
	wantFetches(t, i, 1)
	i.Silence(false)
	clock.pass(time.Second)
	wantCode(t, v, known, "")

	i.Silence(true)
	clock.pass(24 * time.Hour)
	wantCode(t, v, known, "") // the old keys stay in force
	i.Rotate()
	wantCode(t, v, i.Token("ada", nil), fault.Unavailable)
	i.Silence(false)
	clock.pass(time.Second)
	wantCode(t, v, i.Token("ada", nil), "")
}

func TestVerifier_Verify_forged_key_ids(t *testing.T) {
	t.Parallel()
	i, stranger := callertest.New(t), callertest.New(t)
	v, clock := newVerifier(i)
	wantCode(t, v, i.Token("ada", nil), "")
	for range 50 {
		stranger.Rotate()
		wantCode(t, v, stranger.Token("ada", nil), fault.Unauthenticated)
	}
	wantFetches(t, i, 1)
	clock.pass(11 * time.Second)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { wantCode(t, v, stranger.Token("ada", nil), fault.Unauthenticated) })
	}
	all.Wait()
	wantFetches(t, i, 2)
}

func TestVerifier_Verify_key_withdrawn(t *testing.T) {
	t.Parallel()
	i := callertest.New(t)
	v, clock := newVerifier(i)
	withdrawn := i.Token("ada", nil)
	wantCode(t, v, withdrawn, "")
	<-i.Fetched()
	i.Rotate()
	i.Withdraw()
	clock.pass(9 * time.Minute)
	wantCode(t, v, withdrawn, "") // nobody has looked yet
	wantFetches(t, i, 1)
	clock.pass(2 * time.Minute)
	wantCode(t, v, withdrawn, "") // this causes the look
	<-i.Fetched()
	v.AwaitRefresh()
	wantCode(t, v, withdrawn, fault.Unauthenticated)
}

func TestVerifier_Verify_key_withdrawn_long_ago(t *testing.T) {
	t.Parallel()
	i := callertest.New(t)
	v, clock := newVerifier(i)
	withdrawn := i.Token("ada", nil)
	wantCode(t, v, withdrawn, "")
	i.Rotate()
	i.Withdraw()
	clock.pass(31 * time.Minute)
	wantCode(t, v, withdrawn, fault.Unauthenticated)
}
