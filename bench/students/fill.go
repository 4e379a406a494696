package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"go.mongodb.org/mongo-driver/v2/bson"

	"heddle/internal/mongo"
	"heddle/internal/subgraph"
	"heddle/subgraphs/students"
)

var (
	given     = []string{"José", "María", "Łukasz", "Amina", "Wei", "Fatima", "Ivan", "Sofia", "Minh", "Aisha", "Marek", "Chloé", "Omar", "Yuki", "Zoë", "Daniyar"}
	family    = []string{"Núñez", "Kowalski", "Warsame", "Li", "Haddad", "Petrov", "Rossi", "Nguyễn", "Okafor", "Novák", "Dubois", "Tanaka", "Martínez", "Bekov", "García", "Silva", "Marin"}
	languages = []string{"es", "pl", "so", "zh-Hans", "ar", "ru", "it", "vi", "ig", "cs", "fr", "ja"}
)

// fields are those of the student with a place among all.
func fields(n int) students.Fields {
	name := fmt.Sprintf("%s %s %s", given[n%len(given)], given[n/7%len(given)], family[n/3%len(family)])
	if n%50_000 == 77 {
		name += " Quillfeather"
	}
	return students.Fields{
		"studentId": fmt.Sprint("N-", n), "fullName": name, "gender": []string{"FEMALE", "MALE"}[n%2], "gradeLevel": fmt.Sprintf("GRADE_%d", n%12+1),
		"nativeLanguage": languages[n%len(languages)], "race": "ASIAN", "dateOfBirth": fmt.Sprintf("20%02d-%02d-%02d", 8+n%10, n%12+1, n%28+1),
		"cityOfBirth": "Mérida", "countryOfBirth": "MX",
	}
}

// fill keeps records until there are so many. Nobody is told of them.
func (b *bench) fill(ctx context.Context, upTo int) error {
	for b.made < upTo {
		school, err := b.school(ctx)
		if err != nil {
			return err
		}
		var records []*students.Record
		for range min(perSchool, upTo-b.made) {
			r, err := students.NewRecord(subgraph.NewID(), school, fields(b.made), b.person, time.Now())
			if err != nil {
				return err
			}
			records = append(records, r)
			b.made++
		}
		refused, err := b.students.Store.Enrol(ctx, records, nil)
		if err := errors.Join(append(refused, err)...); err != nil {
			return err
		}
	}
	return nil
}

// school makes the next school; the teacher is at the first one.
func (b *bench) school(ctx context.Context) (string, error) {
	s, err := students.NewSchool(subgraph.NewID(), fmt.Sprint("School ", len(b.schools)), time.Now())
	if err != nil {
		return "", err
	}
	if len(b.schools) == 0 {
		s.Add(b.person)
	}
	id, err := b.students.Store.CreateSchool(ctx, s, mongo.Request{})
	b.schools = append(b.schools, id)
	return id, err
}

// imports takes a file in, and inserts as many bare documents.
func (b *bench) imports(ctx context.Context) error {
	school, err := b.school(ctx)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	file.WriteString("studentId,fullName,gender,gradeLevel,nativeLanguage,dateOfBirth\n")
	var bare []any
	for n := range b.rows {
		f := fields(n)
		fmt.Fprintf(&file, "%s,%s,%s,%s,%s,%s\n", f["studentId"], f["fullName"], f["gender"], f["gradeLevel"], f["nativeLanguage"], f["dateOfBirth"])
		bare = append(bare, bson.M{"_id": subgraph.NewID(), "fullName": f["fullName"], "studentId": f["studentId"], "gender": f["gender"], "language": f["nativeLanguage"]})
	}
	begin := time.Now()
	made, err := b.students.Mutation().ImportStudents(b.admin, students.ImportStudentsInput{
		SchoolID: school, Existing: students.ImportExistingRefuse, File: graphql.Upload{File: bytes.NewReader(file.Bytes()), Filename: "class.csv", Size: int64(file.Len())},
	})
	if err != nil {
		return err
	}
	accepted := time.Since(begin)
	progress, err := b.students.Subscription().ImportProgress(b.admin, made.Import.ID)
	if err != nil {
		return err
	}
	last := made.Import
	for last = range progress {
	}
	settled := time.Since(begin)
	if last.State != students.ImportStateDone || last.Created != b.rows {
		return fmt.Errorf("the import of %d rows has state %s, with %d created", b.rows, last.State, last.Created)
	}
	limit, err := b.insert(ctx, bare)
	if err != nil {
		return err
	}
	fmt.Printf("\nImport of %d rows: accepted after %.2f s, settled after %.1f s, %.0f rows a second.\n", b.rows, accepted.Seconds(), settled.Seconds(), float64(b.rows)/settled.Seconds())
	fmt.Printf("Bare insert of as many documents: %.1f s; the import takes %.1f times as long.\n", limit.Seconds(), settled.Seconds()/limit.Seconds())
	return nil
}

// insert inserts documents a hundred at a time, as an import does.
func (b *bench) insert(ctx context.Context, documents []any) (time.Duration, error) {
	db, err := mongo.Server{URL: b.urls.Mongo}.Open(ctx, "bench_students")
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	for len(documents) > 0 {
		n := min(100, len(documents))
		if _, err := db.Collection("bare").InsertMany(ctx, documents[:n]); err != nil {
			return 0, err
		}
		documents = documents[n:]
	}
	took := time.Since(begin)
	return took, errors.Join(db.Drop(ctx), db.Client().Disconnect(ctx))
}
