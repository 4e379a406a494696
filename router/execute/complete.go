package execute

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"

	"heddle/router/operation"
	"heddle/router/plan"
)

// respond writes the response: the data in the client's shape, and the errors.
func (x *run) respond() []byte {
	x.errs = x.concerning(x.errs)
	sheet := sheets.Get().(*[]byte)
	c := &completer{run: x, out: (*sheet)[:0], errs: &x.errs, limit: int(x.g.opts.Response)}
	c.out = append(c.out, `{"data":`...)
	c.stamp++
	if !c.complete(x.p.shape.Root, x.root, x.root) {
		c.out = append(c.out, "null"...)
	}
	c.out = c.p.appendErrors(c.out, x.errs)
	if c.over() {
		c.out, c.deferred = append(c.out[:0], `{"data":null`...), nil
		c.out = c.p.appendErrors(c.out, x.overError(nil))
	}
	if x.later != nil {
		c.out = x.putOff(c.out, c.deferred)
	}
	c.out = append(c.out, '}')
	if cap(c.out) > keptBody {
		return c.out
	}
	*sheet = c.out
	defer sheets.Put(sheet)
	return bytes.Clone(c.out)
}

// sheets are what responses are written on, before they are copied: only then is
// it known how much room they take.
var sheets = sync.Pool{New: func() any { return new([]byte) }}

// over tells whether more has been written than a response may have. Then
// nothing more is.
func (c *completer) over() bool { return len(c.out) > c.limit }

// overError is the error of a response, or the part of it at a path, that would
// be too large.
func (x *run) overError(path []any) operation.Errors {
	return operation.Errors{{
		Message: fmt.Sprintf("The response is larger than the %d bytes that are allowed.", x.g.opts.Response), Path: path,
		Extensions: map[string]any{"code": "RESPONSE_TOO_LARGE"},
	}}
}

// completer completes values (specification, 6.4.3) straight into bytes: when a
// null has to travel up, what was written is taken back.
type completer struct {
	*run
	out  []byte
	path []step
	errs *operation.Errors
	// deferred are the parts that were left for later.
	deferred []delivery
	limit    int // how long out may get
}

// complete writes the value v of node n in the object owner. It is false when
// nothing was written because a null has to travel up.
func (c *completer) complete(n *plan.Node, v, owner *value) bool {
	switch n.Kind {
	case plan.Marker:
		return c.marker(n)
	case plan.Static:
		c.out = appendString(c.out, n.Text)
		return true
	}
	if v.isNull() {
		if n.Nullable {
			c.out = append(c.out, "null"...)
			return true
		}
		if !c.explained(owner) {
			c.report("SUBGRAPH_INVALID_RESPONSE", "Cannot return null for a non-nullable field.")
		}
		return false
	}
	start, left := len(c.out), len(c.deferred)
	if c.write(n, v) {
		return true
	}
	if c.over() { // all of it is given up
		return false
	}
	c.out, c.deferred = c.out[:start], c.deferred[:left]
	c.stamp++ // some of what was written has been taken back
	if n.Nullable {
		c.out = append(c.out, "null"...)
		return true
	}
	return false
}

func (c *completer) write(n *plan.Node, v *value) bool {
	switch n.Kind {
	case plan.Object:
		if v.shared {
			return c.again(n, v)
		}
		return c.object(n, v)
	case plan.List:
		return c.list(n, v)
	}
	out, ok := appendLeaf(c.out, n, v)
	if !ok {
		return c.reject(n)
	}
	c.out = out
	return true
}

// again writes an object that stands at several places: as it was written in
// the same shape before, if that went without an error and left nothing for
// later: both have the place in them.
func (c *completer) again(n *plan.Node, v *value) bool {
	if v.node == n && v.mark == c.stamp {
		c.out = append(c.out, v.raw...)
		return true
	}
	start, errs, left := len(c.out), len(*c.errs), len(c.deferred)
	if !c.object(n, v) {
		return false
	}
	if len(*c.errs) == errs && len(c.deferred) == left {
		v.node, v.mark, v.raw = n, c.stamp, c.out[start:len(c.out):len(c.out)]
	}
	return true
}

// reject notes that a subgraph gave a value that is not of its type.
func (c *completer) reject(n *plan.Node) bool {
	kind := n.Type
	if n.Kind == plan.List {
		kind = "list"
	}
	c.report("SUBGRAPH_INVALID_RESPONSE", fmt.Sprintf("The value that came for this field is no %s.", kind))
	return false
}

func (c *completer) list(n *plan.Node, v *value) bool {
	if v.kind != array {
		return c.reject(n)
	}
	c.out = append(c.out, '[')
	for i, item := range v.items {
		if i > 0 {
			c.out = append(c.out, ',')
		}
		c.path = append(c.path, step{index: i})
		ok := c.complete(n.Item, item, item)
		c.path = c.path[:len(c.path)-1]
		if !ok || c.over() {
			return false
		}
	}
	c.out = append(c.out, ']')
	return true
}

func (c *completer) object(n *plan.Node, v *value) bool {
	if v.kind != object {
		return c.reject(n)
	}
	fields := fieldsOf(n, v.get("__typename"))
	if fields == nil {
		if c.explained(v) {
			return false // the error was told for which its type is not known
		}
		return c.reject(n)
	}
	if !c.fields(fields.Fields, v) {
		return false
	}
	c.leave(fields.Deferred, v)
	return true
}

// fields writes an object.
func (c *completer) fields(fields []plan.Field, v *value) bool {
	c.out = append(c.out, '{')
	first := true
	for i := range fields {
		f := &fields[i]
		if !c.included(f) {
			continue
		}
		if !first {
			c.out = append(c.out, ',')
		}
		first = false
		c.out = append(c.out, c.p.label(f)...)
		if !c.field(f, v, i) || c.over() {
			return false
		}
	}
	c.out = append(c.out, '}')
	return true
}

// included tells whether the conditions let a field be there.
func (x *run) included(f *plan.Field) bool {
	return (f.If == 0 || x.p.holds[f.If-1]) && (f.Unless == 0 || !x.p.holds[f.Unless-1])
}

// fieldsOf is the case of an object: by the type that it tells, or the only one
// that it can have.
func fieldsOf(n *plan.Node, typename *value) *plan.Case {
	if typename.isNull() {
		if n.Single() {
			return &n.Cases[0]
		}
		return nil
	}
	for i := range n.Cases {
		if oneOf(typename, n.Cases[i].On) {
			return &n.Cases[i]
		}
	}
	return nil
}

func (c *completer) field(f *plan.Field, v *value, place int) bool {
	if f.Value.Kind == plan.TypeName {
		c.out = appendString(c.out, f.Value.Type)
		return true
	}
	c.path = append(c.path, step{key: f.Key})
	ok := c.complete(f.Value, v.find(f.From, place), v)
	c.path = c.path[:len(c.path)-1]
	return ok
}

// marker writes what is answered without a subgraph.
func (c *completer) marker(n *plan.Node) bool {
	if local := c.p.locals[n.Index]; local != nil {
		c.out = append(c.out, local...)
		return true
	}
	m := c.p.markers[n.Index]
	c.report(string(m.Denied), refusal(m))
	if n.Nullable {
		c.out = append(c.out, "null"...)
	}
	return n.Nullable
}

// report notes an error at the current path.
func (c *completer) report(code, message string) {
	*c.errs = append(*c.errs, operation.Error{Message: message, Path: c.place(), Extensions: map[string]any{"code": code}})
}

// step is a step of a path: a key, or the index of a list.
type step struct {
	key   string
	index int
}

// place is the current path as an error shows it.
func (c *completer) place() []any {
	path := make([]any, len(c.path))
	for i, s := range c.path {
		path[i] = s.shown()
	}
	return path
}

func (s step) shown() any {
	if s.key != "" {
		return s.key
	}
	return s.index
}

// explained tells whether an error that came earlier says why the current value
// is missing: one of the owner's fetch, or one above or below the path.
func (c *completer) explained(owner *value) bool {
	if owner != nil && owner.failed {
		return true
	}
	for _, e := range *c.errs {
		if len(e.Path) == 0 {
			continue
		}
		same := true
		for i := range min(len(e.Path), len(c.path)) {
			same = same && e.Path[i] == c.path[i].shown()
		}
		if same {
			return true
		}
	}
	return false
}

// appendLeaf writes a scalar or enum value if it is of the type of the node.
func appendLeaf(out []byte, n *plan.Node, v *value) ([]byte, bool) {
	switch n.Kind {
	case plan.String:
		return append(out, v.raw...), v.kind == text
	case plan.Boolean:
		return append(out, v.raw...), v.kind == boolean
	case plan.Float:
		return append(out, v.raw...), v.kind == number
	case plan.Int:
		if v.kind != number {
			return out, false
		}
		return appendInt(out, v.raw)
	case plan.ID:
		switch {
		case v.kind == text:
			return append(out, v.raw...), true
		case v.kind == number && !bytes.ContainsAny(v.raw, ".eE"):
			return append(append(append(out, '"'), v.raw...), '"'), true
		}
		return out, false
	case plan.Enum:
		return append(out, v.raw...), v.kind == text && slices.ContainsFunc(n.Values, v.is)
	}
	return v.append(out), true
}

// appendInt writes a number that is a 32-bit integer, however it is spelled.
func appendInt(out, raw []byte) ([]byte, bool) {
	if i, err := strconv.ParseInt(string(raw), 10, 32); err == nil {
		return strconv.AppendInt(out, i, 10), true
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != math.Trunc(f) || f > math.MaxInt32 || f < math.MinInt32 {
		return out, false
	}
	return strconv.AppendInt(out, int64(f), 10), true
}
