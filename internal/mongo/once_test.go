package mongo_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"heddle/internal/fault"
	"heddle/internal/mongo"
)

// maker makes threads, whose ids count.
type maker struct {
	t    *testing.T
	ask  func(person, key string, colour string, create func(id string) error) (string, bool, error)
	make func(id string) error
	made func() int
}

func newMaker(t *testing.T) *maker {
	c := threads(t)
	var mu sync.Mutex
	ids := 0
	m := &maker{t: t}
	m.make = func(id string) error {
		_, err := c.InsertOne(t.Context(), bson.M{"_id": id})
		if mongo.IsDuplicate(err) {
			return nil
		}
		return err
	}
	m.ask = func(person, key, colour string, create func(id string) error) (string, bool, error) {
		mu.Lock()
		ids++
		id := fmt.Sprint(ids)
		mu.Unlock()
		return mongo.Once(t.Context(), c.Database(), mongo.Request{Person: person, Operation: "dye", Key: &key, Input: colour}, id, create)
	}
	m.made = func() int {
		n, err := c.CountDocuments(t.Context(), bson.M{})
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	return m
}

func TestOnce_many_at_once(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	var all sync.WaitGroup
	things := make([]string, 20)
	for i := range things {
		all.Go(func() {
			var err error
			if things[i], _, err = m.ask("ada", "k", "red", m.make); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, thing := range things {
		if thing != things[0] || m.made() != 1 {
			t.Fatalf("things %v, %d made; want one", things, m.made())
		}
	}
}

func TestOnce_another_input_or_person(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	first, made, err := m.ask("ada", "k", "red", m.make)
	if err != nil || !made {
		t.Fatalf("%t, %v", made, err)
	}
	if again, made, err := m.ask("ada", "k", "red", m.make); again != first || made || err != nil {
		t.Errorf("again: %s, %t, %v; want %s", again, made, err, first)
	}
	if _, _, err := m.ask("ada", "k", "blue", m.make); !fault.Is(err, fault.Conflict) {
		t.Errorf("another input: %v, want a conflict", err)
	}
	if other, made, err := m.ask("grace", "k", "blue", m.make); other == first || !made || err != nil {
		t.Errorf("another person: %s, %t, %v", other, made, err)
	}
	if _, _, err := m.ask("ada", "", "red", m.make); !fault.Is(err, fault.BadInput) {
		t.Errorf("an empty key: %v", err)
	}
}

// TestOnce_failure asks again after what was refused, with another input, and
// after what failed, whether or not the thing was made.
func TestOnce_failure(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	refuse := func(string) error { return fault.Field("colour", "There is no such colour.") }
	if _, _, err := m.ask("ada", "refused", "rde", refuse); !fault.Is(err, fault.BadInput) {
		t.Fatal(err)
	}
	if _, made, err := m.ask("ada", "refused", "red", m.make); !made || err != nil {
		t.Errorf("after a refusal: %t, %v", made, err)
	}
	for _, makes := range []bool{true, false} {
		var first string
		fail := func(id string) error {
			first = id
			if makes {
				if err := m.make(id); err != nil {
					t.Error(err)
				}
			}
			return errors.New("the connection is gone")
		}
		key, before := fmt.Sprint("failed", makes), m.made()
		if _, _, err := m.ask("ada", key, "red", fail); err == nil {
			t.Fatal("no error")
		}
		if thing, _, err := m.ask("ada", key, "red", m.make); thing != first || err != nil || m.made() != before+1 {
			t.Errorf("made %t: then %s, %v, %d made; want %s", makes, thing, err, m.made()-before, first)
		}
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	c := threads(t)
	key := "k"
	made := func(id string) error { return nil }
	for i, person := range []string{"ada", "grace"} {
		if _, _, err := mongo.Once(t.Context(), c.Database(), mongo.Request{Person: person, Operation: "dye", Key: &key}, fmt.Sprint(i), made); err != nil {
			t.Fatal(err)
		}
	}
	if err := mongo.Forget(t.Context(), c.Database(), "ada"); err != nil {
		t.Fatal(err)
	}
	var left []struct{ Person string }
	found, err := c.Database().Collection("idempotency_keys").Find(t.Context(), bson.M{})
	if err == nil {
		err = found.All(t.Context(), &left)
	}
	if err != nil || len(left) != 1 || left[0].Person != "grace" {
		t.Errorf("left %v, %v; want grace's", left, err)
	}
}
