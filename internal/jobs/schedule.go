package jobs

import (
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/robfig/cron/v3"
)

// Schedule has a job made again and again, once for each time in all of the
// domain's processes. Either Every or Cron is given.
type Schedule struct {
	Every time.Duration // such as an hour, at least a second; also when the domain starts, if none was made within that time
	Cron  string        // minute, hour, day of month, month, day of week, in UTC; or such as "@daily"
	Args  func() Args   // what the job is about, asked for each time
}

func (s Schedule) periodic() (*river.PeriodicJob, error) {
	var times river.PeriodicSchedule
	within := time.Minute
	switch {
	case s.Args == nil, (s.Every == 0) == (s.Cron == ""):
		return nil, fmt.Errorf("a schedule has Args, and either Every or Cron")
	case s.Cron != "":
		parsed, err := cron.ParseStandard(s.Cron)
		if err != nil {
			return nil, fmt.Errorf("read the schedule %q: %w", s.Cron, err)
		}
		times = utc{parsed}
	case s.Every < time.Second:
		return nil, fmt.Errorf("a schedule of every %s: the shortest is a second", s.Every)
	default:
		times, within = river.PeriodicInterval(s.Every), s.Every
	}
	return river.NewPeriodicJob(times, func() (river.JobArgs, *river.InsertOpts) {
		return s.Args(), &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: within}}
	}, &river.PeriodicJobOpts{RunOnStart: s.Every != 0}), nil
}

// utc reads a schedule in UTC, wherever the machine is.
type utc struct{ cron.Schedule }

// Next is the first time after now.
func (s utc) Next(now time.Time) time.Time { return s.Schedule.Next(now.UTC()) }
