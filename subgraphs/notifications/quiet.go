package notifications

import (
	"fmt"
	"time"

	_ "time/tzdata" // so that zones are known where the system has no list of them

	"heddle/internal/fault"
)

const minutesOfDay = 24 * 60

// Quiet is a time of each day by a person's own clock, in minutes after
// midnight: from From up to, but not including, To, over midnight if To is
// earlier. The same twice is never.
type Quiet struct{ From, To int }

// At tells whether a minute of the day is quiet.
func (q Quiet) At(minute int) bool {
	if q.From <= q.To {
		return q.From <= minute && minute < q.To
	}
	return minute >= q.From || minute < q.To
}

// Until is the first moment from now on that is not quiet in the zone: now, if
// it is not quiet now. Where clocks are put forward over the end of the quiet
// time, it ends with that; where they are put back into it, it begins again.
func (q Quiet) Until(now time.Time, zone *time.Location) time.Time {
	if q.From == q.To {
		return now
	}
	t := now.In(zone)
	for range 8 { // a clock that is set this often within a day is none
		minute := minuteOf(t)
		if !q.At(minute) {
			return t.In(now.Location())
		}
		end := t.Truncate(time.Second).Add(-time.Duration(t.Second()) * time.Second).
			Add(time.Duration((q.To-minute+minutesOfDay)%minutesOfDay) * time.Minute)
		_, set := t.ZoneBounds()
		if set.IsZero() || end.Before(set) {
			return end.In(now.Location())
		}
		t = set.In(zone) // clocks are set before the quiet time ends
	}
	return t.In(now.Location())
}

func minuteOf(t time.Time) int { return t.Hour()*60 + t.Minute() }

// Digest is when a person's digest comes, by their own clock.
type Digest struct {
	Weekly bool // on Mondays, else each day
	At     int  // minute of the day
}

// Next is the next such moment after now.
func (d Digest) Next(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	for day := 0; ; day++ {
		wall := time.Date(local.Year(), local.Month(), local.Day()+day, d.At/60, d.At%60, 0, 0, time.UTC)
		t := clockShows(wall, zone)
		if t.After(now) && (!d.Weekly || wall.Weekday() == time.Monday) {
			return t.In(now.Location())
		}
	}
}

// clockShows is when clocks in the zone first show what wall shows in UTC. A
// time that is left out, because clocks are put forward over it, comes as much
// later as they are.
func clockShows(wall time.Time, zone *time.Location) time.Time {
	at := func(near time.Time) time.Time {
		_, offset := near.In(zone).Zone()
		return wall.Add(-time.Duration(offset) * time.Second)
	}
	before, after := at(wall.Add(-24*time.Hour)), at(wall.Add(24*time.Hour))
	shows := func(t time.Time) bool {
		_, offset := t.In(zone).Zone()
		return t.Add(time.Duration(offset) * time.Second).Equal(wall)
	}
	if !shows(before) && shows(after) {
		return after
	}
	return before
}

// parseMinute reads a time of the day such as 07:30.
func parseMinute(field, text string) (int, error) {
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != 5 {
		return 0, fault.Field(field, `%q is not a time of the day such as "07:30".`, text)
	}
	return minuteOf(t), nil
}

func formatMinute(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// parseZone reads the name of a time zone.
func parseZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fault.Field("timeZone", `%q is not a time zone such as "Europe/Berlin".`, name)
	}
	return zone, nil
}
