package messages

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told makes happenings that carry what happened; only their numbers matter here.
func told(numbers ...int64) []Happening {
	all := []Happening{}
	for _, n := range numbers {
		all = append(all, Happening{Number: n, Deleted: "m"})
	}
	return all
}

func TestFollower_hear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		last  int64
		told  []Happening
		kept  []Happening // by the store
		want  []int64
		reads int
	}{
		{"in order", 0, told(1, 2, 3), nil, []int64{1, 2, 3}, 0},
		{"told twice", 0, told(1, 1, 2, 1), nil, []int64{1, 2}, 0},
		{"out of order", 0, told(2, 1, 3), told(1, 2, 3), []int64{1, 2, 3}, 1},
		{"one was not told", 4, told(6), told(5, 6, 7), []int64{5, 6}, 1},
		{"one was not told and is deleted by now", 4, told(6), told(6), []int64{6}, 1},
		{"everything is old", 9, told(7, 8, 9), nil, nil, 0},
		{"a number alone", 4, []Happening{{Number: 6}}, told(5, 6), []int64{5, 6}, 1},
		{"the next number alone", 4, []Happening{{Number: 5}}, told(5), []int64{5}, 1},
		{"a number alone that is old", 6, []Happening{{Number: 6}}, told(5, 6), nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			reads := 0
			f := follower{last: c.last, read: func(after, upTo int64, each func(Happening) error) error {
				reads++
				for _, h := range c.kept {
					if h.Number > after && h.Number <= upTo {
						if err := each(h); err != nil {
							return err
						}
					}
				}
				return nil
			}}
			var got []int64
			for _, h := range c.told {
				if err := f.hear(h, func(h Happening) error { got = append(got, h.Number); return nil }); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" || reads != c.reads {
				t.Errorf("heard (-want +got):\n%s\nwith %d reads, want %d", diff, reads, c.reads)
			}
		})
	}
}

func TestFollower_hear_store_fails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	f := follower{read: func(int64, int64, func(Happening) error) error { return broken }}
	if err := f.hear(Happening{Number: 3}, nil); !errors.Is(err, broken) || f.last != 0 {
		t.Errorf("error %v with last %d, want broken with last 0", err, f.last)
	}
}
