package subscribe

import (
	"bytes"
	"encoding/json"
	"strings"
)

// entity is what an event of a subgraph is about: the value at the path below
// the one field of its data; empty if there is none.
func entity(message []byte, path string) string {
	var event struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	if json.Unmarshal(message, &event) != nil || len(event.Data) != 1 {
		return ""
	}
	var at json.RawMessage
	for _, value := range event.Data {
		at = value
	}
	for name := range strings.SplitSeq(path, ".") {
		var object map[string]json.RawMessage
		if json.Unmarshal(at, &object) != nil || object[name] == nil {
			return ""
		}
		at = object[name]
	}
	return string(bytes.TrimSpace(at))
}
