// Package upload knows the GraphQL multipart request specification
// (github.com/jaydenseric/graphql-multipart-request-spec): it reads such
// requests of clients and writes them for subgraphs, one file after the other,
// and keeps no file in memory.
package upload

import "io"

// File is one file of a request, while it comes.
type File struct {
	// Key is the name that the request's map has for it.
	Key string
	// Name and ContentType are what the client says of it; empty if nothing.
	Name, ContentType string
	// Content can be read until the next file is asked for.
	Content io.Reader
}

// Stream gives the files of a request in the order in which they come. Next
// waits for the next one; its error is io.EOF after the last.
type Stream interface {
	Next() (*File, error)
}

// Parcel is what of a request goes to one subgraph: files, and where in its
// operation they belong.
type Parcel struct {
	// Places are the paths of each file by its key, such as "variables.in.photo".
	Places map[string][]string
	Files  Stream
}

// Problem is why a multipart request cannot be taken; its text is for the
// client.
type Problem struct {
	// TooLarge tells that a limit was passed.
	TooLarge bool
	Message  string
	cause    error // why the body could not be read; nil when it could
}

func (p *Problem) Error() string { return p.Message }

func (p *Problem) Unwrap() error { return p.cause }
