package supergraph

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// liveSpec is how the address of the specification of @live and @common ends,
// before its version; docs/live.md is the specification.
const liveSpec = "/live/v"

// Overflow is what happens to a client whose queue is full.
type Overflow string

// The ways of @live(full:).
const (
	End        Overflow = "end"         // the subscription ends
	DropOldest Overflow = "drop-oldest" // the messages that waited longest make room
	Latest     Overflow = "latest"      // only the latest message of each entity stays
)

// Live is what @live says of a field of Subscription.
type Live struct {
	Full Overflow
	// By leads from the field's value to what identifies its entity, as names
	// joined by dots.
	By string
	// State means that the stream begins with the state: nobody can join one
	// that has begun.
	State bool
}

// Live is how events of a field of Subscription are delivered.
func (s *Supergraph) Live(field string) Live {
	if l, told := s.live[field]; told {
		return l
	}
	return Live{Full: End}
}

// Common tells whether a field is the same for everybody who can reach it: @common
// is on the field or on its type.
func (s *Supergraph) Common(typeName, field string) bool {
	return field == "__typename" || s.common[typeName] || s.common[typeName+"."+field]
}

// liveNames are the names under which the supergraph links @live and @common;
// empty if it does not.
func liveNames(doc *ast.SchemaDocument) (live, common string) {
	for _, def := range doc.Schema {
		for _, d := range def.Directives {
			if d.Name != "link" || !strings.Contains(text(d, "url"), liveSpec) {
				continue
			}
			prefix := text(d, "as")
			if prefix == "" {
				prefix = "live"
			}
			live, common = prefix, prefix+"__common"
			list := d.Arguments.ForName("import")
			if list == nil {
				continue
			}
			for _, item := range list.Value.Children {
				name, as := item.Value.Raw, item.Value.Raw
				if item.Value.Kind == ast.ObjectValue {
					name, as = item.Value.Children.ForName("name").Raw, item.Value.Children.ForName("as").Raw
				}
				switch as = strings.TrimPrefix(as, "@"); name {
				case "@live":
					live = as
				case "@common":
					common = as
				}
			}
		}
	}
	return live, common
}

// readLive reads @live and @common.
func (s *Supergraph) readLive(doc *ast.SchemaDocument) error {
	live, common := liveNames(doc)
	s.live, s.common = map[string]Live{}, map[string]bool{}
	if live == "" {
		return nil
	}
	for _, def := range s.Definitions {
		s.common[def.Name] = def.Directives.ForName(common) != nil
		for _, f := range def.Fields {
			if f.Directives.ForName(common) != nil {
				s.common[def.Name+"."+f.Name] = true
			}
			d := f.Directives.ForName(live)
			if d == nil {
				continue
			}
			if def.Name != s.Roots["subscription"] {
				return fmt.Errorf("@%s is on %s.%s, which is no field of a subscription", live, def.Name, f.Name)
			}
			told, err := readLiveField(d, f)
			if err != nil {
				return err
			}
			s.live[f.Name] = told
		}
	}
	return nil
}

func readLiveField(d *ast.Directive, f *ast.FieldDefinition) (Live, error) {
	l := Live{Full: Overflow(text(d, "full")), By: text(d, "by")}
	switch l.Full {
	case "":
		l.Full = End
	case End, DropOldest:
	case Latest:
		if l.By == "" {
			return l, fmt.Errorf(`@%s(full: "latest") on %s needs "by": what identifies the entity of an event`, d.Name, f.Name)
		}
	default:
		return l, fmt.Errorf(`@%s(full: %q) on %s is none of "end", "drop-oldest" and "latest"`, d.Name, l.Full, f.Name)
	}
	switch begins := text(d, "begins"); begins {
	case "state":
		l.State = true
	case "", "events":
	default:
		return l, fmt.Errorf(`@%s(begins: %q) on %s is neither "events" nor "state"`, d.Name, begins, f.Name)
	}
	return l, nil
}
