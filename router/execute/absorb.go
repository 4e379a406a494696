package execute

import (
	"bytes"

	"heddle/router/fetch"
	"heddle/router/plan"
)

// absorb merges the answer to a fetch into the data and notes its errors.
func (x *run) absorb(f *plan.Fetch, q question, r fetch.Response) {
	data, errs, ok := x.parse(r)
	if !ok {
		x.fail(f, q.targets, invalid(r), describeAnswer(r))
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.place(f, q, "_entities", data, errs, r)
}

// parse reads the data and the errors of an answer; ok tells that it has either.
func (x *run) parse(r fetch.Response) (data, errs *value, ok bool) {
	memory := arenas.Get().(*arena)
	read := readAnswer
	if x.p.plan.Apart {
		read = readJSON
	}
	answer, err := read(memory, r.Body)
	x.keep(memory)
	if err != nil || answer.kind != object {
		return nil, nil, false
	}
	data, errs = answer.get("data"), answer.get("errors")
	if errs != nil && (errs.kind != array || len(errs.items) == 0) {
		errs = nil
	}
	return data, errs, errs != nil || !data.isNull()
}

// place merges the data of an answer, its entities under the key, and notes its
// errors, which may be nil. The caller holds mu.
func (x *run) place(f *plan.Fetch, q question, key string, data, errs *value, r fetch.Response) {
	t, failing := q.targets, errs != nil
	if failing {
		for _, e := range errs.items {
			x.subgraphError(f, t, e)
		}
	}
	if data.isNull() { // what was null where none may be took all else with it
		markFailed(f, t)
		return
	}
	if f.Entity == nil {
		x.mergeRoot(f, t, data, r)
		return
	}
	entities := data.get(key)
	if entities.isNull() && failing {
		markFailed(f, t)
		return
	}
	if entities == nil || entities.kind != array || len(entities.items) != len(t) {
		x.failLocked(f, t, badAnswer, describeAnswer(r))
		return
	}
	q.asking.keep(entities.items, errs)
	for i, entity := range entities.items {
		if entity.kind != object {
			continue
		}
		for _, target := range t[i] {
			x.merge(target, entity)
		}
	}
}

// keep notes an arena that is given back at the end.
func (x *run) keep(a *arena) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.read = append(x.read, a)
}

func (x *run) mergeRoot(f *plan.Fetch, t targets, data *value, r fetch.Response) {
	if data.kind != object {
		x.failLocked(f, t, badAnswer, describeAnswer(r))
		return
	}
	for _, target := range t[0] {
		x.merge(target, data)
	}
}

// invalid tells apart a subgraph that is down, behind whatever answers for it,
// from one that answers nonsense.
func invalid(r fetch.Response) failure {
	if r.Status >= 400 {
		return unavailable
	}
	return badAnswer
}

// describeAnswer is for the log: the beginning of an answer that is none.
func describeAnswer(r fetch.Response) error {
	return answerError{status: r.Status, body: string(bytes.TrimSpace(r.Body[:min(len(r.Body), 300)]))}
}
