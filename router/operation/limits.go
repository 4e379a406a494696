package operation

// Limits bound what one request may ask. A zero field means its default.
type Limits struct {
	// Size is the longest query text in bytes; default 1 MiB.
	Size int
	// Tokens is the largest number of lexical tokens; default 20,000.
	Tokens int
	// Depth is the deepest nesting of fields; default 40.
	Depth int
	// Aliases is the largest number of aliased fields; default 500.
	Aliases int
}

// WithDefaults fills the zero fields.
func (l Limits) WithDefaults() Limits {
	if l.Size == 0 {
		l.Size = 1 << 20
	}
	if l.Tokens == 0 {
		l.Tokens = 20_000
	}
	if l.Depth == 0 {
		l.Depth = 40
	}
	if l.Aliases == 0 {
		l.Aliases = 500
	}
	return l
}
