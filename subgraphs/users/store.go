package users

import (
	"context"

	"heddle/internal/events"
	"heddle/internal/page"
)

// Store keeps the people. What is read for many is given in the order of the
// keys, nil for what is missing.
type Store interface {
	// Users reads people by their ids.
	Users(ctx context.Context, ids []string) ([]*User, error)
	// Named reads the person with the username, whatever its case; nil if there is none.
	Named(ctx context.Context, username string) (*User, error)
	// Search reads a page of those who match the folded text, best first.
	Search(ctx context.Context, text string, w page.Window) ([]*User, error)
	CountMatches(ctx context.Context, text string) (int, error)

	// Create keeps a new person. If their id is there already, the record is
	// made to say what the new one says.
	Create(ctx context.Context, u *User) error
	// Change reads a person, applies the rule, and keeps what it changed, in one transaction.
	Change(ctx context.Context, id string, rule func(*User) error) (*User, error)
	// Delete deletes a person if the rule agrees, and tells the graph of it in the same transaction.
	Delete(ctx context.Context, id string, rule func(*User) error, deleted events.Event) error
}
