package assessments

import (
	"fmt"
	"math"
	"testing"
)

func levels(listening, speaking, reading, writing Level) Scores {
	at := func(l Level) *Level {
		if l == 0 {
			return nil
		}
		return &l
	}
	return Scores{at(listening), at(speaking), at(reading), at(writing)}
}

func show(f *float64) string {
	if f == nil {
		return "none"
	}
	return fmt.Sprint(*f)
}

func TestNewLevel(t *testing.T) {
	t.Parallel()
	for tenths := 10; tenths <= 60; tenths++ {
		l, err := NewLevel("reading", float64(tenths)/10)
		if err != nil || int(l) != tenths || l.Float() != float64(tenths)/10 {
			t.Errorf("%d tenths: %v, %v", tenths, l, err)
		}
	}
	for _, value := range []float64{0, 0.9, 6.1, 7, -3, 3.75, 3.14159, 1e300, math.Inf(1), math.NaN(), 1.00001} {
		want := fmt.Sprintf("A proficiency level is between 1.0 and 6.0, in steps of 0.1; this one is %v.", value)
		if _, err := NewLevel("reading", value); err == nil || err.Error() != want {
			t.Errorf("%v: %v, want %s", value, err, want)
		}
	}
}

// TestScores_composite compares with the reported levels of WIDA's sample of a
// Student Roster Report, and with sums done by hand.
func TestScores_composite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                               string
		scores                             Scores
		overall, oral, literacy, understod string
	}{
		{"the sample report", levels(60, 60, 50, 38), "4.9", "6", "4.4", "5.3"},
		{"the lowest", levels(10, 10, 10, 10), "1", "1", "1", "1"},
		{"the highest", levels(60, 60, 60, 60), "6", "6", "6", "6"},
		{"a half rounds up", levels(31, 30, 30, 30), "3", "3.1", "3", "3"},       // 3.015, 3.05
		{"halves of tenths", levels(20, 20, 21, 20), "2", "2", "2.1", "2.1"},     // 2.035, 2.05, 2.07
		{"literacy counts more", levels(60, 60, 10, 10), "2.5", "6", "1", "2.5"}, // 2.5, 2.5
		{"speech counts less", levels(10, 10, 60, 60), "4.5", "1", "6", "4.5"},   // 4.5, 4.5
		{"no writing", levels(40, 40, 40, 0), "none", "4", "none", "4"},
		{"reading alone", levels(0, 0, 40, 0), "none", "none", "none", "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scores
			got := []string{show(s.Overall().float()), show(s.OralLanguage()), show(s.Literacy()), show(s.Comprehension())}
			want := []string{c.overall, c.oral, c.literacy, c.understod}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("overall, oral language, literacy, comprehension: %v, want %v", got, want)
			}
		})
	}
}

// TestScores_composite_exact compares every mean with exact arithmetic.
func TestScores_composite_exact(t *testing.T) {
	t.Parallel()
	for l := lowest; l <= highest; l += 7 {
		for s := lowest; s <= highest; s += 3 {
			for r := lowest; r <= highest; r++ {
				for w := lowest; w <= highest; w += 2 {
					hundredths := 15*l + 15*s + 35*r + 35*w // of tenths
					want := hundredths / 100
					if hundredths%100 >= 50 {
						want++
					}
					if got := levels(l, s, r, w).Overall(); got == nil || *got != want {
						t.Fatalf("%v %v %v %v: %v, want %v", l, s, r, w, got, want)
					}
				}
			}
		}
	}
}

func TestLevel_Stage(t *testing.T) {
	t.Parallel()
	for level, want := range map[Level]ProficiencyStage{
		10: "ENTERING", 19: "ENTERING", 20: "EMERGING", 29: "EMERGING", 30: "DEVELOPING", 45: "EXPANDING", 50: "BRIDGING", 59: "BRIDGING", 60: "REACHING",
	} {
		if got := level.Stage(); got != want {
			t.Errorf("%v: %s, want %s", level, got, want)
		}
	}
}
