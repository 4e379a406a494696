package operation

// Form is a combination under which a document was asked for: the values of the
// variables that its conditions name, and whether fields were denied.
type Form struct {
	Variables map[string]any
	Denied    bool
}

// Forms are the combinations under which the document was asked for so far.
func (d *Document) Forms() []Form {
	d.mu.Lock()
	defer d.mu.Unlock()
	forms := make([]Form, 0, len(d.forms))
	for key := range d.forms {
		form := Form{Variables: map[string]any{}}
		for i, name := range d.conditions {
			form.Variables[name] = key[i] == '1'
		}
		form.Denied = len(key) > len(d.conditions)
		forms = append(forms, form)
	}
	return forms
}
