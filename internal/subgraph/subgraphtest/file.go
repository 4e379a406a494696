package subgraphtest

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"slices"
	"strconv"
)

// File is a file among the variables of an operation, which is then sent as a
// multipart request (GraphQL multipart request specification).
type File struct{ Name, Text string }

// body writes a request's body, and says what it is.
func body(operation string, variables Variables) (text []byte, kind string, err error) {
	var files []File
	paths := map[string][]string{}
	bare := takeFiles(variables, "variables", &files, paths)
	operations, err := json.Marshal(map[string]any{"query": operation, "variables": bare})
	if err != nil || len(files) == 0 {
		return operations, "application/json", err
	}
	places, err := json.Marshal(paths)
	if err != nil {
		return nil, "", err
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if err := form.WriteField("operations", string(operations)); err != nil {
		return nil, "", err
	}
	if err := form.WriteField("map", string(places)); err != nil {
		return nil, "", err
	}
	for i, file := range files {
		part, err := form.CreateFormFile(strconv.Itoa(i), file.Name)
		if err != nil {
			return nil, "", err
		}
		if _, err := io.WriteString(part, file.Text); err != nil {
			return nil, "", err
		}
	}
	if err := form.Close(); err != nil {
		return nil, "", err
	}
	return b.Bytes(), form.FormDataContentType(), nil
}

// takeFiles takes the files out of variables and notes where they belong.
func takeFiles(v any, path string, files *[]File, paths map[string][]string) any {
	switch v := v.(type) {
	case File:
		paths[strconv.Itoa(len(*files))] = []string{path}
		*files = append(*files, v)
		return nil
	case map[string]any:
		bare := maps.Clone(v)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			bare[name] = takeFiles(v[name], path+"."+name, files, paths)
		}
		return bare
	}
	return v
}
