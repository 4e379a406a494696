package page

import (
	"context"
	"slices"
)

// Slice makes a page of a list that is there as a whole, in its order. key gives
// a row's place; compare says which of two places comes first.
func Slice[E ~struct {
	Cursor string
	Node   T
}, T any](w Window, all []T, key func(T) Key, compare func(a, b Key) int) *Connection[E] {
	rows := slices.DeleteFunc(slices.Clone(all), func(row T) bool {
		return w.After != nil && compare(key(row), w.After) <= 0 || w.Before != nil && compare(key(row), w.Before) >= 0
	})
	if w.Backward {
		slices.Reverse(rows)
	}
	return Of[E](w, rows[:min(len(rows), w.Limit+1)], key, func(context.Context) (int, error) { return len(all), nil })
}
