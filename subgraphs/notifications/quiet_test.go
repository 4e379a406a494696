package notifications

import (
	"testing"
	"time"
)

// at reads a moment as a clock in the zone shows it, with its offset.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse("2006-01-02T15:04:05Z07:00", text)
	if err != nil {
		t.Fatal(err)
	}
	return moment.UTC()
}

func TestQuiet_Until(t *testing.T) {
	t.Parallel()
	berlin, err := parseZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	night := Quiet{From: 22 * 60, To: 7*60 + 30}
	for _, c := range []struct {
		name      string
		quiet     Quiet
		now, want string
	}{
		{"by day", night, "2026-11-22T12:00:00+01:00", "2026-11-22T12:00:00+01:00"},
		{"before midnight", night, "2026-11-22T23:10:30+01:00", "2026-11-23T07:30:00+01:00"},
		{"after midnight", night, "2026-11-23T00:10:30+01:00", "2026-11-23T07:30:00+01:00"},
		{"at its first minute", night, "2026-11-22T22:00:00+01:00", "2026-11-23T07:30:00+01:00"},
		{"at its end", night, "2026-11-23T07:30:00+01:00", "2026-11-23T07:30:00+01:00"},
		{"within a day", Quiet{From: 12 * 60, To: 13 * 60}, "2026-11-22T12:30:00+01:00", "2026-11-22T13:00:00+01:00"},
		{"never", Quiet{}, "2026-11-22T00:00:00+01:00", "2026-11-22T00:00:00+01:00"},
		// On 29 March 2026 clocks go from 02:00 to 03:00, on 25 October from 03:00 to 02:00.
		{"over the night that is shorter", night, "2026-03-28T23:00:00+01:00", "2026-03-29T07:30:00+02:00"},
		{"over the night that is longer", night, "2026-10-24T23:00:00+02:00", "2026-10-25T07:30:00+01:00"},
		{"to a time that is left out", Quiet{From: 60, To: 2*60 + 30}, "2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"to a time that comes twice, the first time", Quiet{From: 60, To: 2*60 + 30}, "2026-10-25T01:30:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"to a time that comes twice, the second time", Quiet{From: 60, To: 2*60 + 30}, "2026-10-25T02:10:00+01:00", "2026-10-25T02:30:00+01:00"},
		{"from a time that clocks are put back over", Quiet{From: 2*60 + 45, To: 4 * 60}, "2026-10-25T02:50:00+02:00", "2026-10-25T03:00:00+02:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := at(t, c.want)
			if c.name == "from a time that clocks are put back over" {
				want = at(t, "2026-10-25T02:00:00+01:00") // 02:00 shows again, which is not quiet
			}
			if got := c.quiet.Until(at(t, c.now), berlin); !got.Equal(want) {
				t.Errorf("from %s quiet until %s, want %s", c.now, got.In(berlin), want.In(berlin))
			}
		})
	}
}

func TestDigest_Next(t *testing.T) {
	t.Parallel()
	berlin, err := parseZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		digest    Digest
		now, want string
	}{
		{"later today", Digest{At: 8 * 60}, "2026-11-22T07:59:59+01:00", "2026-11-22T08:00:00+01:00"},
		{"tomorrow", Digest{At: 8 * 60}, "2026-11-22T08:00:00+01:00", "2026-11-23T08:00:00+01:00"},
		{"on Monday", Digest{Weekly: true, At: 8 * 60}, "2026-11-24T08:00:00+01:00", "2026-11-30T08:00:00+01:00"},
		{"this Monday", Digest{Weekly: true, At: 8 * 60}, "2026-11-23T07:00:00+01:00", "2026-11-23T08:00:00+01:00"},
		{"after the shorter night", Digest{At: 8 * 60}, "2026-03-28T09:00:00+01:00", "2026-03-29T08:00:00+02:00"},
		{"after the longer night", Digest{At: 8 * 60}, "2026-10-24T09:00:00+02:00", "2026-10-25T08:00:00+01:00"},
		{"at a time that is left out", Digest{At: 2*60 + 30}, "2026-03-28T09:00:00+01:00", "2026-03-29T03:30:00+02:00"},
		{"at a time that comes twice", Digest{At: 2*60 + 30}, "2026-10-24T09:00:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"after it came the first time", Digest{At: 2*60 + 30}, "2026-10-25T02:31:00+02:00", "2026-10-26T02:30:00+01:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got, want := c.digest.Next(at(t, c.now), berlin), at(t, c.want); !got.Equal(want) {
				t.Errorf("after %s the digest comes at %s, want %s", c.now, got.In(berlin), want.In(berlin))
			}
		})
	}
}

func TestDelivery_After(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-22T12:00:00Z")
	soon := now.Add(time.Minute)
	later := func(d time.Duration) *time.Time { at := now.Add(d); return &at }
	for _, c := range []struct {
		name    string
		d       Delivery
		outcome Outcome
		state   DeliveryState
		next    *time.Time
	}{
		{"sent", Delivery{Tries: 3}, sent(250, "ok", "1"), DeliveryStateSent, nil},
		{"refused", Delivery{Tries: 1}, refused(550, "no"), DeliveryStateFailed, nil},
		{"the first try failed", Delivery{Tries: 1}, retry(451, "later"), DeliveryStateWaiting, later(15 * time.Second)},
		{"the fourth try failed", Delivery{Tries: 4}, retry(451, "later"), DeliveryStateWaiting, later(16 * time.Minute)},
		{"the last try failed", Delivery{Tries: triesMost}, retry(451, "later"), DeliveryStateFailed, nil},
		{"the provider asks for more time", Delivery{Tries: 1}, Outcome{Result: AttemptOutcomeRetry, After: time.Hour}, DeliveryStateWaiting, later(time.Hour)},
		{"the provider asks for less time", Delivery{Tries: 2}, Outcome{Result: AttemptOutcomeRetry, After: time.Second}, DeliveryStateWaiting, later(time.Minute)},
		{"the next try would come too late", Delivery{Tries: 2, ExpiresAt: &soon}, retry(0, ""), DeliveryStateFailed, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			state, _, next := c.d.After(c.outcome, now)
			if state != c.state || (next == nil) != (c.next == nil) || (next != nil && !next.Equal(*c.next)) {
				t.Errorf("%s, next %v, want %s, next %v", state, next, c.state, c.next)
			}
		})
	}
}
