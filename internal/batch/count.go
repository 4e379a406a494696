package batch

import (
	"context"
	"sync"
)

// Count makes the functions that give the lengths of several lists from one
// that counts them all: it is called once, by whichever list is asked first.
func Count(all func(context.Context) (map[string]int, error)) func(key string) func(context.Context) (int, error) {
	var once sync.Once
	var counts map[string]int
	var err error
	return func(key string) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			once.Do(func() { counts, err = all(ctx) })
			return counts[key], err
		}
	}
}
