package caller

import "time"

// SetClock gives the verifier's key sets another time.
func (v *Verifier) SetClock(now func() time.Time) {
	for _, from := range v.issuers {
		from.keys.now = now
	}
}

// AwaitRefresh waits for the fetches that are under way.
func (v *Verifier) AwaitRefresh() {
	for _, from := range v.issuers {
		_, _, _ = from.keys.flight.Do("", func() (any, error) { return nil, nil })
	}
}
