package operation

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// File is the value of a variable, or of a part of one, that is an uploaded
// file: the file's key. In JSON it is null.
type File string

// MarshalJSON gives what stands in a request where the file belongs.
func (File) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// Place is where in a value a file stands.
type Place struct {
	// Path leads to it, such as ".photos.0"; it is empty for the value itself.
	Path string
	File File
}

// putFiles puts the files into the variables at their paths.
func putFiles(variables map[string]any, files map[string][]string) Errors {
	for _, key := range slices.Sorted(maps.Keys(files)) {
		for _, path := range files[key] {
			steps := strings.Split(path, ".")
			if len(steps) < 2 || steps[0] != "variables" {
				return Fail(BadUserInput, fmt.Sprintf(`The path %q of the file %q does not lead into the variables, as "variables.file" does.`, path, key))
			}
			if !put(variables, steps[1:], File(key)) {
				return Fail(BadUserInput, fmt.Sprintf("The path %q of the file %q does not lead to a null in the variables.", path, key))
			}
		}
	}
	return nil
}

// put puts a file where a null stands, and tells whether one did.
func put(at any, steps []string, file File) bool {
	switch at := at.(type) {
	case map[string]any:
		below, there := at[steps[0]]
		if len(steps) > 1 {
			return put(below, steps[1:], file)
		}
		if there && below == nil {
			at[steps[0]] = file
			return true
		}
	case []any:
		i, err := strconv.Atoi(steps[0])
		if err != nil || i < 0 || i >= len(at) {
			return false
		}
		if len(steps) > 1 {
			return put(at[i], steps[1:], file)
		}
		if at[i] == nil {
			at[i] = file
			return true
		}
	}
	return false
}

// filesIn finds the files in a value.
func filesIn(value any, path string, found []Place) []Place {
	switch v := value.(type) {
	case File:
		return append(found, Place{path, v})
	case []any:
		for i, item := range v {
			found = filesIn(item, path+"."+strconv.Itoa(i), found)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			found = filesIn(v[name], path+"."+name, found)
		}
	}
	return found
}
