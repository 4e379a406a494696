package batch

import (
	"errors"
	"fmt"
	"slices"
)

// Errors are the errors of a field that was resolved for several objects at
// once: one for each object, nil for those that have a value. The code
// generator shows each at its object's path.
type Errors []error

// Error names all of them.
func (e Errors) Error() string { return fmt.Sprint(errors.Join(e...)) }

// Errors gives them in the order of the objects.
func (e Errors) Errors() []error { return e }

// Unwrap lets errors.Is and errors.As find each of them.
func (e Errors) Unwrap() []error {
	return slices.DeleteFunc(slices.Clone(e), func(err error) bool { return err == nil })
}

// Any is e if there is an error in it, and nil otherwise.
func (e Errors) Any() error {
	if len(e.Unwrap()) == 0 {
		return nil
	}
	return e
}
