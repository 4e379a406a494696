package students

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"heddle/internal/events"
	"heddle/internal/fold"
	"heddle/internal/mongo"
	"heddle/internal/page"
)

// schoolDocument is a school with what it is found by.
type schoolDocument struct {
	School   `bson:",inline"`
	NameKey  string   `bson:"nameKey"`
	Prefixes []string `bson:"prefixes"`
}

func (s *School) document() schoolDocument {
	return schoolDocument{School: *s, NameKey: fold.Text(s.Name), Prefixes: prefixes(s.Name)}
}

func (s *mongoStore) SchoolsOf(ctx context.Context, teacher string) ([]string, error) {
	return s.ids(ctx, s.schools, bson.M{"teachers": teacher})
}

// byName is the order of schools.
var byName = mongo.Order{Fields: []string{"nameKey", "_id"}}

func (s *mongoStore) ListSchools(ctx context.Context, ids, words []string, w page.Window) ([]*School, error) {
	filter, how := byName.Window(schoolFilter(ids, words), w)
	var found []*School
	cursor, err := s.schools.Find(ctx, filter, how)
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	if err != nil {
		return nil, fmt.Errorf("list schools: %w", err)
	}
	return found, nil
}

func (s *mongoStore) CountSchools(ctx context.Context, ids, words []string) (int, error) {
	n, err := s.schools.CountDocuments(ctx, schoolFilter(ids, words))
	if err != nil {
		return 0, fmt.Errorf("count schools: %w", err)
	}
	return int(n), nil
}

func schoolFilter(ids, words []string) bson.D {
	filter := bson.D{}
	if ids != nil {
		filter = append(filter, bson.E{Key: "_id", Value: bson.M{"$in": ids}})
	}
	return append(filter, alsoBegin(words)...)
}

func (s *mongoStore) CreateSchool(ctx context.Context, school *School, request mongo.Request) (string, error) {
	id, _, err := mongo.Once(ctx, s.db, request, school.ID, func(id string) error {
		made := *school
		made.ID, made.Version = id, 1
		document, err := with(made.document(), bson.E{Key: events.Outbox, Value: bson.A{}})
		if err != nil {
			return err
		}
		_, err = s.schools.InsertOne(ctx, document)
		if mongo.IsDuplicate(err) { // by an earlier try
			return nil
		}
		return err
	})
	return id, err
}

func (s *mongoStore) ChangeSchool(ctx context.Context, id string, rule func(*School) (*events.Event, error)) (*School, error) {
	for {
		var school School
		err := s.schools.FindOne(ctx, bson.M{"_id": id}).Decode(&school)
		if errors.Is(err, driver.ErrNoDocuments) {
			return nil, missingSchool(id)
		}
		if err != nil {
			return nil, fmt.Errorf("read school %s: %w", id, err)
		}
		e, err := rule(&school)
		if err != nil {
			return nil, err
		}
		version := school.Version
		school.Version++
		update, err := saving(school.document(), e)
		if err != nil {
			return nil, err
		}
		result, err := s.schools.UpdateOne(ctx, bson.M{"_id": id, "version": version}, update)
		if err != nil {
			return nil, fmt.Errorf("save school %s: %w", id, err)
		}
		if result.MatchedCount == 1 {
			return &school, nil
		}
	}
}
