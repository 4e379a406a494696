package execute

import (
	"slices"
	"strconv"
	"strings"

	"heddle/router/operation"
	"heddle/router/plan"
)

// joint is one request for the entities of several fetches that begin at the
// same time and ask the same subgraph.
type joint struct {
	fetches   []*plan.Fetch
	questions []question
	done      chan struct{} // closed when the answer is merged
}

// join gives the questions at the beginning of steps that are about entities of
// the same subgraph one request. No fetch waits for it that would not have asked
// at the same time. The parts of a deferred answer, and files, go alone.
func (x *run) join(steps []*plan.Step, begun []question) {
	if x.p.plan.Kind == operation.Mutation || len(x.p.plan.Later) > 0 || x.files != nil {
		return
	}
	for i := range begun {
		f := beginning(steps[i])
		if begun[i].body == nil || begun[i].joint != nil || f.Entity == nil {
			continue
		}
		j := &joint{done: make(chan struct{})}
		for other := i; other < len(begun); other++ {
			o := beginning(steps[other])
			if begun[other].body != nil && o.Entity != nil && o.Subgraph == f.Subgraph {
				j.fetches, j.questions = append(j.fetches, o), append(j.questions, begun[other])
				begun[other].joint = j
			}
		}
		if len(j.fetches) == 1 {
			begun[i].joint = nil
		}
	}
}

// sendJoint sends the request, if the fetch is its first, or waits for who does.
func (x *run) sendJoint(f *plan.Fetch, j *joint) {
	if f != j.fetches[0] {
		select {
		case <-j.done:
		case <-x.ctx.Done():
		}
		return
	}
	defer close(j.done)
	for _, q := range j.questions {
		q.asking.fail(len(q.targets))
		defer q.asking.end()
	}
	response, err := x.exchange(f, x.jointBody(j), j.questions[0].after)
	if err != nil {
		for i, q := range j.questions {
			x.fail(j.fetches[i], q.targets, unavailable, err)
		}
		return
	}
	data, errs, ok := x.parse(response)
	if !ok {
		for i, q := range j.questions {
			x.fail(j.fetches[i], q.targets, invalid(response), describeAnswer(response))
		}
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, q := range j.questions {
		key := entitiesKey(i)
		own := errorsOf(errs, key, i == 0)
		if own == nil && errs != nil && data.get(key).isNull() {
			markFailed(j.fetches[i], q.targets) // an error was told that says why
			continue
		}
		x.place(j.fetches[i], q, key, data, own, response)
	}
}

// entitiesKey is the response key of the entities of the i-th fetch.
func entitiesKey(i int) string { return "_e" + strconv.Itoa(i) }

// errorsOf are the errors below a key, and those below none if so wanted; nil
// when there are none.
func errorsOf(errs *value, key string, others bool) *value {
	if errs == nil {
		return nil
	}
	own := &value{kind: array}
	for _, e := range errs.items {
		below := ""
		if path := e.get("path"); path != nil && path.kind == array && len(path.items) > 0 {
			below = path.items[0].str()
		}
		if below == key || others && !strings.HasPrefix(below, "_e") {
			own.items = append(own.items, e)
		}
	}
	if len(own.items) == 0 {
		return nil
	}
	return own
}

// jointBody writes the request: the entities of each fetch under a key of their
// own, and a list of representations for each.
func (x *run) jointBody(j *joint) []byte {
	size := 64
	for i, q := range j.questions {
		size += 128 + len(q.body) + len(j.fetches[i].Entity.Selection)
	}
	out := append(make([]byte, 0, size), `{"query":"query(`...)
	var variables []plan.Variable
	for i, f := range j.fetches {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(append(append(out, '$'), listName(i)...), ": [_Any!]!"...)
		for _, v := range f.Variables {
			if !slices.Contains(variables, v) {
				variables = append(variables, v)
			}
		}
	}
	for _, v := range variables {
		out = append(append(out, ", "...), v.Definition...)
	}
	out = append(out, ") {"...)
	for i, f := range j.fetches {
		out = append(append(append(out, entitiesKey(i)...), ": _entities(representations: $"...), listName(i)...)
		out = append(append(append(out, ") "...), f.Entity.Selection...), ' ')
	}
	out = append(out, `}","variables":{`...)
	first := true
	for _, v := range variables {
		if given := x.p.values[v.From]; given != nil {
			out = append(appendName(out, v.Name, &first), given...)
		}
	}
	for i, q := range j.questions {
		out = append(appendName(out, listName(i), &first), q.list...)
	}
	return append(out, "}}"...)
}

// listName is the variable with the representations of the i-th fetch.
func listName(i int) string { return "representations" + strconv.Itoa(i) }
