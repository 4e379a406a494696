package students

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/fold"
	"heddle/internal/mongo"
	"heddle/internal/page"
)

// List reads one school, or several one by one: FerretDB looks up the students of
// one school, but reads all there are to put those of several in order. A list of
// all students in another order than by school is left to the store.
func (s *mongoStore) List(ctx context.Context, sel Selection, o ordering, w page.Window) ([]*Record, error) {
	if o.Fields[0] != "schoolId" && sel.Schools == nil || len(sel.Schools) == 1 {
		return s.page(ctx, sel, o, w)
	}
	schools, err := s.schoolsIn(ctx, sel)
	if err != nil {
		return nil, err
	}
	if o.Fields[0] == "schoolId" {
		return s.walk(ctx, sel, schools, o, w)
	}
	var all []*Record
	for _, school := range schools {
		sel.Schools = []string{school}
		found, err := s.page(ctx, sel, o, w)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, o.compare(w))
	return all[:min(len(all), w.Limit+1)], nil
}

// page reads a page of a selection.
func (s *mongoStore) page(ctx context.Context, sel Selection, o ordering, w page.Window) ([]*Record, error) {
	filter, how := mongo.Order(o).Window(sel.filter(), w)
	var found []*Record
	cursor, err := s.students.Find(ctx, filter, how)
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	if err != nil {
		return nil, fmt.Errorf("list students: %w", err)
	}
	return found, nil
}

// walked is how many schools are read one by one before it matters how many
// students they have given, and thin the number of schools that one of them has
// to do for, lest the rest be read together.
const (
	walked = 16
	thin   = 8
)

// walk reads school by school until there is enough. When schools give hardly
// any students, what matches is rare, and the rest is read at once.
func (s *mongoStore) walk(ctx context.Context, sel Selection, schools []string, o ordering, w page.Window) ([]*Record, error) {
	near, far := w.After, w.Before
	if w.Backward {
		near, far = far, near
	}
	if o.Descending != w.Backward {
		slices.Reverse(schools)
	}
	before := func(a, b string) bool { return a != b && (a < b) != (o.Descending != w.Backward) }
	schools = slices.DeleteFunc(schools, func(id string) bool {
		return near != nil && before(id, near[0]) || far != nil && before(far[0], id)
	})
	equal := len(sel.Equal) > 0 || len(sel.Words) > 0
	var all []*Record
	for n, school := range schools {
		sel.Schools = []string{school}
		rest := equal && n >= walked && len(all)*thin < n
		if rest {
			sel.Schools = schools[n:]
		}
		found, err := s.page(ctx, sel, o, w)
		if err != nil {
			return nil, err
		}
		if all = append(all, found...); len(all) > w.Limit || rest {
			break
		}
	}
	return all[:min(len(all), w.Limit+1)], nil
}

// Count counts school by school, too, where the schools are given.
func (s *mongoStore) Count(ctx context.Context, sel Selection) (int, error) {
	if sel.Schools == nil {
		return s.count(ctx, sel)
	}
	total := 0
	for _, school := range sel.Schools {
		of := sel
		of.Schools = []string{school}
		n, err := s.count(ctx, of)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

func (s *mongoStore) count(ctx context.Context, sel Selection) (int, error) {
	n, err := s.students.CountDocuments(ctx, sel.filter())
	if err != nil {
		return 0, fmt.Errorf("count students: %w", err)
	}
	return int(n), nil
}

// filter is the selection in the store's words.
func (s Selection) filter() bson.D {
	filter := bson.D{}
	switch {
	case len(s.Schools) == 1:
		filter = append(filter, bson.E{Key: "schoolId", Value: s.Schools[0]})
	case s.Schools == nil: // but for what is left of those who are gone
		filter = append(filter, bson.E{Key: "schoolId", Value: bson.M{"$ne": ""}})
	default:
		filter = append(filter, bson.E{Key: "schoolId", Value: bson.M{"$in": s.Schools}})
	}
	for _, f := range fields {
		value, there := s.Equal[f.name]
		if !there {
			continue
		}
		key := f.name
		switch key {
		case "cityOfBirth":
			key, value = "cityKey", fold.Text(value)
		case "gradeLevel":
			key = "grade"
		}
		filter = append(filter, bson.E{Key: key, Value: value})
	}
	if s.Grades != nil {
		filter = append(filter, bson.E{Key: "grade", Value: bson.M{"$in": s.Grades}})
	}
	return append(filter, s.ranges()...)
}

func (s Selection) ranges() bson.D {
	filter := bson.D{}
	born := bson.D{}
	if s.BornFrom != "" {
		born = append(born, bson.E{Key: "$gte", Value: s.BornFrom})
	}
	if s.BornTo != "" {
		born = append(born, bson.E{Key: "$lte", Value: s.BornTo}, bson.E{Key: "$gt", Value: ""})
	}
	if len(born) > 0 {
		filter = append(filter, bson.E{Key: "dateOfBirth", Value: born})
	}
	if len(s.Words) == 0 {
		return filter
	}
	// The longest word is looked up; the others are looked for in what it gives.
	filter = append(filter, bson.E{Key: "prefixes", Value: prefix(s.Words[0])})
	return append(filter, alsoBegin(s.Words[1:])...)
}

// alsoBegin asks for documents of which each word begins a word.
func alsoBegin(words []string) bson.D {
	if len(words) == 0 {
		return nil
	}
	each := make(bson.A, len(words))
	for i, word := range words {
		each[i] = bson.D{{Key: "prefixes", Value: prefix(word)}}
	}
	return bson.D{{Key: "$and", Value: each}}
}

// Each reads school by school, so that no store has to put all students in order.
func (s *mongoStore) Each(ctx context.Context, sel Selection, each func(*Record) error) error {
	schools, err := s.schoolsIn(ctx, sel)
	if err != nil {
		return err
	}
	for _, school := range schools {
		if err := s.eachAt(ctx, school, sel, each); err != nil {
			return fmt.Errorf("read students: %w", err)
		}
	}
	return nil
}

func (s *mongoStore) eachAt(ctx context.Context, school string, sel Selection, each func(*Record) error) error {
	sel.Schools = []string{school}
	cursor, err := s.students.Find(ctx, sel.filter(), options.Find().SetSort(bson.D{{Key: "nameKey", Value: 1}, {Key: "_id", Value: 1}}))
	if err != nil {
		return err
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	for cursor.Next(ctx) {
		var r Record
		if err := cursor.Decode(&r); err != nil {
			return err
		}
		if err := each(&r); err != nil {
			return err
		}
	}
	return cursor.Err()
}

// schoolsIn are the schools of a selection, in order.
func (s *mongoStore) schoolsIn(ctx context.Context, sel Selection) ([]string, error) {
	if sel.Schools != nil {
		return slices.Sorted(slices.Values(sel.Schools)), nil
	}
	return s.ids(ctx, s.schools, bson.M{})
}
