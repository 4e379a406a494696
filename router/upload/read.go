package upload

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
)

// Limits bound one request.
type Limits struct {
	// Text is how many bytes the parts operations and map may have, each.
	Text int64
	// Files is how many files may come, FileSize how many bytes each may have.
	Files    int
	FileSize int64
}

// Request is a multipart request whose files have not been read yet.
type Request struct {
	// Operations is the JSON of the GraphQL request, with null where files belong.
	Operations []byte
	// Places are the paths of each file in Operations, by its key.
	Places map[string][]string
	Files  *Incoming
}

// Read reads the parts operations and map from the body of a request. Its error
// is a *Problem.
func Read(body io.Reader, boundary string, limits Limits) (*Request, error) {
	parts := multipart.NewReader(body, boundary)
	operations, err := readText(parts, "operations", "first", limits)
	if err != nil {
		return nil, err
	}
	text, err := readText(parts, "map", "second", limits)
	if err != nil {
		return nil, err
	}
	places, err := readMap(text, limits)
	if err != nil {
		return nil, err
	}
	return &Request{Operations: operations, Places: places, Files: newIncoming(body, parts, places, limits)}, nil
}

// readText reads a part that is no file.
func readText(parts *multipart.Reader, name, place string, limits Limits) ([]byte, error) {
	part, err := parts.NextPart()
	if errors.Is(err, io.EOF) {
		return nil, problem("The multipart request has no part %q.", name)
	}
	if err != nil {
		return nil, cutShort(err)
	}
	if part.FormName() != name {
		return nil, problem("The %s part of a multipart request must be %q, not %q.", place, name, part.FormName())
	}
	text, err := io.ReadAll(io.LimitReader(part, limits.Text+1))
	switch {
	case err != nil:
		return nil, cutShort(err)
	case int64(len(text)) > limits.Text:
		return nil, &Problem{TooLarge: true, Message: fmt.Sprintf("The part %q is larger than %d bytes.", name, limits.Text)}
	}
	return text, nil
}

// readMap reads the map of files: for each key the paths to where it belongs.
func readMap(text []byte, limits Limits) (map[string][]string, error) {
	var places map[string][]string
	if err := json.Unmarshal(text, &places); err != nil || places == nil {
		return nil, problem(`The part "map" must be a JSON object with a list of paths for each file, such as {"0": ["variables.file"]}.`)
	}
	if len(places) > limits.Files {
		return nil, &Problem{TooLarge: true, Message: fmt.Sprintf("The request has %d files; %d are allowed.", len(places), limits.Files)}
	}
	owner := map[string]string{}
	for key, paths := range places {
		if len(paths) == 0 {
			return nil, problem("The map has no path for the file %q.", key)
		}
		for _, path := range paths {
			if _, taken := owner[path]; taken {
				return nil, problem("The map has the path %q twice.", path)
			}
			owner[path] = key
		}
	}
	return places, nil
}

func problem(format string, args ...any) *Problem {
	return &Problem{Message: fmt.Sprintf(format, args...)}
}

// cutShort is a body that ended, or could not be read, before it was complete.
func cutShort(err error) *Problem {
	return &Problem{Message: "The multipart body could not be read to its end.", cause: err}
}
