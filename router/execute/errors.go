package execute

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/plan"
)

// failure is a way in which a fetch can fail as a whole.
type failure struct {
	code    string
	message string
	named   string // with the subgraph's name, where names may be shown
}

var (
	unavailable = failure{"SUBGRAPH_UNAVAILABLE", "A part of the graph could not be reached.", "Subgraph %q could not be reached."}
	timedOut    = failure{"SUBGRAPH_TIMEOUT", "A part of the graph did not answer in time.", "Subgraph %q did not answer in time."}
	tooLarge    = failure{"SUBGRAPH_RESPONSE_TOO_LARGE", "A part of the graph gave an answer that is too large.", "Subgraph %q gave an answer that is too large."}
	badAnswer   = failure{"SUBGRAPH_INVALID_RESPONSE", "A part of the graph gave an answer that cannot be used.", "Subgraph %q gave an answer that cannot be used."}
)

// answerError is an answer that is no GraphQL response.
type answerError struct {
	status int
	body   string
}

func (e answerError) Error() string {
	return fmt.Sprintf("answer with status %d is no GraphQL response: %s", e.status, e.body)
}

func (x *run) fail(f *plan.Fetch, t targets, how failure, cause error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.failLocked(f, t, how, cause)
}

// failLocked notes that a fetch failed: one error for the client, the cause for
// the log.
func (x *run) failLocked(f *plan.Fetch, t targets, how failure, cause error) {
	markFailed(f, t)
	if x.ctx.Err() != nil {
		return // nobody waits for the answer any more
	}
	switch {
	case errors.Is(cause, context.DeadlineExceeded):
		how = timedOut
	case errors.As(cause, new(fetch.TooLarge)):
		how = tooLarge
	}
	x.g.opts.Log.WarnContext(x.ctx, "A fetch failed.", slog.String("subgraph", f.Subgraph), slog.String("code", how.code), slog.Any("error", cause))
	e := operation.Error{Message: how.message, Path: x.fetchPath(f, t), Extensions: map[string]any{"code": how.code}}
	if x.g.opts.SubgraphNames {
		e.Message = fmt.Sprintf(how.named, f.Subgraph)
		e.Extensions["service"] = f.Subgraph
	}
	x.note(f.Group, e)
}

// note keeps an error for the answer, or the part of it, that it belongs to.
func (x *run) note(group int, e operation.Error) {
	if group == 0 || x.later == nil {
		x.errs = append(x.errs, e)
		return
	}
	x.later[group-1].errs = append(x.later[group-1].errs, e)
}

// groupOf is the group that an error of a fetch belongs to, by the subgraph's
// path: the innermost deferred fragment that it goes through.
func groupOf(f *plan.Fetch, path []*value) int {
	for _, step := range slices.Backward(path) {
		if group, _, _, ok := operation.Deferred(step.str()); ok {
			return group
		}
	}
	return f.Group
}

// fetchPath is where in the response a fetch belongs: its one root field, or
// the objects it completes, as far as they share a path.
func (x *run) fetchPath(f *plan.Fetch, t targets) []any {
	if len(f.At) == 0 {
		if len(f.Roots) == 1 {
			return []any{operation.Plain(f.Roots[0])}
		}
		return nil
	}
	path := pathTo(x.p.shape.Root, x.root, t[0][0], f.At)
	if len(t) == 1 && len(t[0]) == 1 {
		return path
	}
	for i, step := range path {
		if _, index := step.(int); index {
			return path[:i]
		}
	}
	return path
}

// subgraphError hands on one error of a subgraph.
func (x *run) subgraphError(f *plan.Fetch, t targets, e *value) {
	out := operation.Error{Message: e.get("message").str(), Extensions: x.extensions(e.get("extensions"))}
	if out.Message == "" {
		out.Message = badAnswer.message
	}
	if x.g.opts.SubgraphNames {
		out.Extensions["service"] = f.Subgraph
	}
	var path []*value
	if p := e.get("path"); p != nil && p.kind == array {
		path = p.items
	}
	out.Path = x.errorPath(f, t, path)
	x.note(groupOf(f, path), out)
}

// errorPath turns a subgraph's path into the client's. An error without a path
// may be why anything of the fetch is missing.
func (x *run) errorPath(f *plan.Fetch, t targets, path []*value) []any {
	if f.Entity == nil {
		if len(path) == 0 {
			markFailed(f, t)
			return x.fetchPath(f, t)
		}
		return x.pathBelow(f, t[0][0], path)
	}
	if len(path) < 2 || path[1].kind != number {
		markFailed(f, t)
		return x.fetchPath(f, t)
	}
	var index int
	if err := json.Unmarshal(path[1].raw, &index); err != nil || index < 0 || index >= len(t) {
		markFailed(f, t)
		return x.fetchPath(f, t)
	}
	for _, o := range t[index][1:] {
		o.failed = true
	}
	if len(path) == 2 || t[index][0].shared { // at its other places there is no other error
		t[index][0].failed = true
	}
	return x.pathBelow(f, t[index][0], path[2:])
}

// pathBelow is the client's path to what stands at the end of a subgraph's path
// below an object of a fetch.
func (x *run) pathBelow(f *plan.Fetch, object *value, path []*value) []any {
	keys, nodes := follow(x.p.shape.Root, f.At)
	base, _ := search(nil, keys, x.root, object, f.At)
	return translate(base, nodes, path)
}

// markFailed notes that a fetch did not complete its objects, or what is in them.
func markFailed(f *plan.Fetch, t targets) {
	for _, objects := range t {
		for _, o := range objects {
			if o.failed = true; f.Entity != nil {
				o.failBelow()
			}
		}
	}
}

func (v *value) failBelow() {
	for _, item := range v.items {
		item.failBelow()
	}
	for i := range v.members {
		if m := v.members[i].value; !m.failed {
			m.failed = m.kind == object
			m.failBelow()
		}
	}
}

// extensions keeps the keys that clients may see; every error has a code.
func (x *run) extensions(v *value) map[string]any {
	out := map[string]any{"code": "SUBGRAPH_ERROR"}
	if v == nil {
		return out
	}
	for _, m := range v.members {
		if x.g.visible[m.key] && m.value.kind != null {
			out[m.key] = json.RawMessage(m.value.raw)
			if m.value.kind == array || m.value.kind == object {
				out[m.key] = json.RawMessage(m.value.append(nil))
			}
		}
	}
	return out
}
