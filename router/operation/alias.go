package operation

import (
	"slices"
	"strconv"
)

// Operations that differ only in the aliases of their fields share a plan: an
// alias stands in the normalised text under a key that counts aliases in the
// order in which they are met. The same alias has the same key everywhere, and
// no other has it, so that what merges under the client's response keys
// (specification, 5.3.2) merges under these.

// Alias is a response key that a client gave to fields with another name.
type Alias struct {
	// Name is the response key, Label how it stands in a response: "name":
	Name, Label string
	// Key is how it stands in the normalised text.
	Key string
}

// key is the response key that a field has in the normalised text: its own name,
// which no alias is the key of, or that of its alias.
func (w *writer) key(alias, name string) string {
	if alias == name {
		return name
	}
	i, known := w.aliases[alias]
	if !known {
		if w.aliases == nil {
			w.aliases = map[string]int{}
		}
		i = len(w.out.Aliases)
		w.aliases[alias] = i
		w.out.Aliases = append(w.out.Aliases, Alias{Name: alias, Label: `"` + alias + `":`, Key: w.document.aliasKey(i)})
	}
	return w.out.Aliases[i].Key
}

// aliasKey is the key of the alias with an index: short, since subgraphs repeat
// it in each object, and the name of no field, since the planner adds fields of
// its own under their names.
func (d *Document) aliasKey(index int) string {
	key := "_" + strconv.Itoa(index)
	if d.names[key] {
		return renamed + strconv.Itoa(index)
	}
	return key
}

// AliasOf is the index of the alias that has a key in the text; ok is false
// where the key is a field's own name.
func (n *Normalized) AliasOf(key string) (index int, ok bool) {
	index = slices.IndexFunc(n.Aliases, func(a Alias) bool { return a.Key == key })
	return index, index >= 0
}
