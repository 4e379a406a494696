package operation

import "strings"

// Form is a combination under which a document was asked for: the values of the
// variables that @defer depends on, which fields were denied, and whether what is
// deferred could come later.
type Form struct {
	Variables   map[string]any
	Denied      Denied
	Incremental bool
}

// Forms are the combinations under which the document was asked for so far.
func (d *Document) Forms() []Form {
	d.mu.Lock()
	defer d.mu.Unlock()
	forms := make([]Form, 0, len(d.forms))
	for key, n := range d.forms {
		form := Form{Variables: map[string]any{}}
		deferrals, incremental := strings.CutPrefix(key, deferring)
		form.Denied, form.Incremental = n.denied, incremental
		for i, name := range d.deferrals {
			if incremental {
				form.Variables[name] = deferrals[i] == '1'
			}
		}
		forms = append(forms, form)
	}
	return forms
}
