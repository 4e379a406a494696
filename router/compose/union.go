package compose

// mergeUnion unites the members of a union.
func mergeUnion(t *mergedType) {
	for _, part := range t.parts {
		t.members = appendNew(t.members, part.members...)
	}
}
