package assessments

import (
	"math"
	"strconv"

	"heddle/internal/fault"
)

// Level is a proficiency level on WIDA's scale, in tenths: 10 is 1.0, the
// lowest, and 60 is 6.0, the highest.
type Level int

// The ends of the scale.
const (
	lowest  Level = 10
	highest Level = 60
)

// NewLevel reads a level from 1.0 to 6.0 in steps of 0.1; field names the input.
func NewLevel(field string, value float64) (Level, error) {
	tenths := math.Round(value * 10)
	if math.Abs(value*10-tenths) > 1e-6 || !(tenths >= float64(lowest) && tenths <= float64(highest)) {
		return 0, fault.Field(field, "A proficiency level is between 1.0 and 6.0, in steps of 0.1; this one is %v.", value)
	}
	return Level(tenths), nil
}

// Float gives the level as a number such as 3.7.
func (l Level) Float() float64 { return float64(l) / 10 }

// String gives the level as it is printed, such as "3.7".
func (l Level) String() string { return strconv.FormatFloat(l.Float(), 'f', 1, 64) }

// Stage is the name of the level that the whole number stands for.
func (l Level) Stage() ProficiencyStage { return AllProficiencyStage[min(int(l)/10, 6)-1] }

// Scores are the levels of an assessment, by language domain; nil where the
// domain was not tested.
type Scores struct {
	ListeningLevel *Level `bson:"listening"`
	SpeakingLevel  *Level `bson:"speaking"`
	ReadingLevel   *Level `bson:"reading"`
	WritingLevel   *Level `bson:"writing"`
}

// weights are the shares of the domains in a composite, in percent.
type weights struct{ listening, speaking, reading, writing int }

// The composites of WIDA and their shares, as published in "ACCESS for ELLs
// Interpretive Guide for Score Reports, Grades K-12" (WIDA, Board of Regents of
// the University of Wisconsin System, 2024), section "Composite Scores", and on
// each Student Roster Report: oral language is 50 % listening and 50 % speaking;
// literacy 50 % reading and 50 % writing; comprehension 70 % reading and 30 %
// listening; the overall score 35 % reading, 35 % writing, 15 % listening and
// 15 % speaking. A composite is only given if all of its domains were tested.
//
// WIDA weights scale scores, rounds halves up to a whole score, and looks up the
// level of that. A school that has levels and no scale scores has the same
// shares of the levels, rounded halves up to a tenth: for the sample report's
// listening 6.0, speaking 6.0, reading 5.0 and writing 3.8 both give 4.9.
var (
	overall       = weights{listening: 15, speaking: 15, reading: 35, writing: 35}
	oralLanguage  = weights{listening: 50, speaking: 50}
	literacy      = weights{reading: 50, writing: 50}
	comprehension = weights{listening: 30, reading: 70}
)

// composite is the weighted mean of the levels, rounded to a tenth, halves up;
// nil if a domain that has a share was not tested.
func (s Scores) composite(w weights) *Level {
	sum := 0
	for _, part := range []struct {
		level *Level
		share int
	}{{s.ListeningLevel, w.listening}, {s.SpeakingLevel, w.speaking}, {s.ReadingLevel, w.reading}, {s.WritingLevel, w.writing}} {
		if part.share == 0 {
			continue
		}
		if part.level == nil {
			return nil
		}
		sum += part.share * int(*part.level)
	}
	level := Level((sum + 50) / 100)
	return &level
}

// Overall is WIDA's overall score.
func (s Scores) Overall() *Level { return s.composite(overall) }

// Listening is the level of listening.
func (s Scores) Listening() *float64 { return s.ListeningLevel.float() }

// Speaking is the level of speaking.
func (s Scores) Speaking() *float64 { return s.SpeakingLevel.float() }

// Reading is the level of reading.
func (s Scores) Reading() *float64 { return s.ReadingLevel.float() }

// Writing is the level of writing.
func (s Scores) Writing() *float64 { return s.WritingLevel.float() }

// OralLanguage is the composite of listening and speaking.
func (s Scores) OralLanguage() *float64 { return s.composite(oralLanguage).float() }

// Literacy is the composite of reading and writing.
func (s Scores) Literacy() *float64 { return s.composite(literacy).float() }

// Comprehension is the composite of reading and listening.
func (s Scores) Comprehension() *float64 { return s.composite(comprehension).float() }

func (l *Level) float() *float64 {
	if l == nil {
		return nil
	}
	f := l.Float()
	return &f
}
