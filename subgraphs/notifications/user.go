package notifications

// User is a person, of whom this domain knows no more than their id.
type User struct{ ID string }

// IsEntity says that the person is another domain's, known by their id.
func (*User) IsEntity() {}
