package students

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"heddle/internal/fault"
	"heddle/internal/ticket"
)

const (
	exportPath = "/students/export/"
	exportLife = 10 * time.Minute
	exportKind = "students.export"
)

// exportTicket is what a link to a file was given for.
type exportTicket struct {
	Person    string    `json:"person"`
	Admin     bool      `json:"admin"`
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
	now := m.Now()
	t := exportTicket{Person: v.id, Admin: v.admin, Selection: selection, Filename: "students-" + now.Format("20060102-150405") + ".csv"}
	token, err := ticket.Issue(ctx, m.Redis, exportKind, t, exportLife)
	if err != nil {
		return nil, err
	}
	return &ExportStudentsPayload{File: &StudentFile{
		URL: m.Link(exportPath + token), ExpiresAt: now.Add(exportLife), Filename: t.Filename, MimeType: "text/csv",
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
	v := viewer{id: t.Person, admin: t.Admin}
	if !v.admin {
		var err error
		if v.schools, err = r.Store.SchoolsOf(ctx, v.id); err != nil {
			r.refuseFile(w, request, err)
			return
		}
		t.Selection.Schools = slices.DeleteFunc(t.Selection.Schools, func(id string) bool { return !v.teaches(id) })
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="`+t.Filename+`"`)
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	err := writeSheet(w, func(write func(*Student) error) error {
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

func (r *Resolvers) refuseFile(w http.ResponseWriter, request *http.Request, err error) {
	switch fault.CodeOf(err) {
	case fault.NotFound:
		http.Error(w, err.Error(), http.StatusNotFound)
	case fault.Unavailable:
		http.Error(w, "The file cannot be made now. Try again.", http.StatusServiceUnavailable)
	default:
		r.Log.ErrorContext(request.Context(), "a file of students could not be made", "error", err)
		http.Error(w, "Internal error.", http.StatusInternalServerError)
	}
}
