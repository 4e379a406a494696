package students

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/subgraph"
	"heddle/internal/ticket"
)

const (
	exportPath = "/students/exports/"
	exportLife = 10 * time.Minute // if the caller's token lives as long
	exportKind = "students.export"
)

// exportTicket is what a link to a file was given for. It holds the token of who
// got it, so that the file is what they may see when they fetch it.
type exportTicket struct {
	Token     string    `json:"token"`
	Selection Selection `json:"selection"`
	Filename  string    `json:"filename"`
}

func (m mutation) ExportStudents(ctx context.Context, in ExportStudentsInput) (*ExportStudentsPayload, error) {
	v, err := m.keeper(ctx)
	if err != nil {
		return nil, err
	}
	selection, err := v.selection(in.Filter, nil)
	if err != nil {
		return nil, err
	}
	c, err := caller.Require(ctx)
	if err != nil {
		return nil, err
	}
	now := m.Now()
	expires := now.Add(exportLife)
	if c.ExpiresAt.Before(expires) {
		expires = c.ExpiresAt
	}
	t := exportTicket{Token: c.Token, Selection: selection, Filename: "students-" + now.Format("20060102-150405") + ".csv"}
	token, err := ticket.Issue(ctx, m.Redis, exportKind, t, max(expires.Sub(now), time.Second))
	if err != nil {
		return nil, err
	}
	return &ExportStudentsPayload{File: &StudentFile{
		URL: m.Link(exportPath + token), ExpiresAt: expires, Filename: t.Filename, MimeType: "text/csv",
	}}, nil
}

// Routes are the domain's own paths: files that somebody has a link to.
func (r *Resolvers) Routes() map[string]http.Handler {
	return map[string]http.Handler{exportPath: http.HandlerFunc(r.serveExport)}
}

// serveExport streams the file of a link, as the person whom it was given to
// sees the students now.
func (r *Resolvers) serveExport(w http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "A file is fetched with GET.", http.StatusMethodNotAllowed)
		return
	}
	ctx := request.Context()
	var t exportTicket
	if err := ticket.Redeem(ctx, r.Redis, exportKind, strings.TrimPrefix(request.URL.Path, exportPath), &t); err != nil {
		r.refuseFile(w, request, err)
		return
	}
	v, err := r.bearer(ctx, t.Token)
	if err != nil {
		r.refuseFile(w, request, err)
		return
	}
	if !v.admin {
		t.Selection.Schools = slices.DeleteFunc(t.Selection.Schools, func(id string) bool { return !v.teaches(id) })
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="`+t.Filename+`"`)
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	err = writeSheet(w, func(write func(*Student) error) error {
		return r.Store.Each(ctx, t.Selection, func(record *Record) error {
			if s := v.seeing([]*Record{record})[0]; s != nil {
				return write(s)
			}
			return nil
		})
	})
	if err != nil {
		r.Log.WarnContext(ctx, "a file of students broke off", "error", err)
		panic(http.ErrAbortHandler) // so that nobody takes what there is for the whole
	}
}

// bearer reads whose token it is, who must still be somebody to whom lists are open.
func (r *Resolvers) bearer(ctx context.Context, token string) (viewer, error) {
	ctx, err := r.Callers.Authorize(ctx, "Bearer "+token)
	if err != nil {
		return viewer{}, err
	}
	v, err := r.keeper(ctx)
	if err == nil && !v.admin && len(v.schools) == 0 {
		err = fault.New(fault.Forbidden, "You are a teacher of no school now.")
	}
	return v, err
}

func (r *Resolvers) refuseFile(w http.ResponseWriter, request *http.Request, err error) {
	known := subgraph.Known(err)
	if known == nil {
		known = fault.New(fault.Internal, "Internal error.")
		r.Log.ErrorContext(request.Context(), "a file of students could not be made", "error", err)
	}
	switch known.Code {
	case fault.NotFound:
		http.Error(w, known.Message, http.StatusNotFound)
	case fault.Unauthenticated, fault.Forbidden:
		http.Error(w, "Whoever got this link may not see the students now.", http.StatusForbidden)
	case fault.Unavailable:
		http.Error(w, "The file cannot be made now. Try again.", http.StatusServiceUnavailable)
	default:
		http.Error(w, known.Message, http.StatusInternalServerError)
	}
}
