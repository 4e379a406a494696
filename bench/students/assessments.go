package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"heddle/internal/events"
	"heddle/internal/mongo"
	"heddle/internal/subgraph"
	"heddle/subgraphs/assessments"
)

// perStudent is how many assessments a student has.
const perStudent = 5

// atATime is how many are inserted at once.
const atATime = 1000

// tests are the assessments of the bench, as the domain keeps them.
type tests struct {
	*bench
	domain   *assessments.Resolvers
	kept     *driver.Collection
	students []string // the first ones
	one      string   // an assessment
	made     int
}

// assess asks for assessments among few and among many.
func (b *bench) assess(ctx context.Context) (err error) {
	const database = "education_elly_assessments"
	if err := b.empty(ctx, b.env.Mongo, database); err != nil {
		return err
	}
	t := tests{bench: b}
	if t.domain, err = assessments.Open(ctx, b.env); err != nil {
		return err
	}
	if err := t.domain.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.domain.Stop(context.WithoutCancel(ctx))) }()
	db, err := mongo.Server{URL: b.urls.Mongo}.Open(ctx, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Client().Disconnect(context.WithoutCancel(ctx))) }()
	t.kept = db.Collection("assessments")
	if err := t.fill(ctx, b.few); err != nil {
		return err
	}
	few, err := b.ask(t.questions(ctx))
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := t.fill(ctx, b.assessed); err != nil {
		return err
	}
	took := time.Since(begin)
	many, err := b.ask(t.questions(ctx))
	if err != nil {
		return err
	}
	fmt.Printf("\n%d assessments, %d a student, kept in %.0f s.\n\n", t.made, perStudent, took.Seconds())
	compare(t.made, b.few, few, many)
	return nil
}

func (t *tests) fill(ctx context.Context, upTo int) error {
	for t.made < upTo {
		var documents []any
		student := ""
		for n := range min(atATime, upTo-t.made) {
			if n%perStudent == 0 {
				student = subgraph.NewID()
				if len(t.students) < 100 {
					t.students = append(t.students, student)
				}
			}
			t.one = subgraph.NewID()
			documents = append(documents, document(t.one, student, t.person, n%perStudent))
		}
		if _, err := t.kept.InsertMany(ctx, documents); err != nil {
			return err
		}
		t.made += len(documents)
	}
	return nil
}

// document is an assessment as the domain keeps it, whose event has been sent.
func document(id, student, by string, nth int) bson.M {
	day, now := fmt.Sprintf("20%02d-02-03", 20+nth), time.Now()
	level := 20 + 8*nth // tenths
	return bson.M{
		"_id": id, "studentId": student, "testDate": day, "place": student + "/" + day, "people": bson.A{by}, "recordedBy": by, "statusSet": nil,
		"scores":    bson.M{"listening": level, "speaking": level, "reading": level, "writing": level},
		"changes":   bson.A{bson.M{"at": now, "by": by, "kind": "RECORDED", "number": 1, "fields": bson.A{bson.M{"field": "testDate", "from": nil, "to": day}}}},
		"createdAt": now, "updatedAt": now, "revision": 1, events.Outbox: bson.A{},
	}
}

func (t *tests) questions(ctx context.Context) []question {
	ofStudents := func(n int) func() (int, error) {
		return func() (int, error) {
			found, err := t.domain.Store.OfStudents(ctx, t.students[:n])
			rows := 0
			for _, all := range found {
				rows += len(all)
			}
			if err == nil && rows != n*perStudent {
				err = fmt.Errorf("%d assessments of %d students", rows, n)
			}
			return rows, err
		}
	}
	return []question{
		{"one assessment by its id, with its student's others", func() (int, error) {
			found, err := t.domain.Store.Assessments(ctx, []string{t.one})
			return len(found), err
		}},
		{"the assessments of one student (the limit)", ofStudents(1)},
		{"the assessments of 100 students", ofStudents(100)},
	}
}
