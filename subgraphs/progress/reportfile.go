package progress

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"heddle/internal/caller"
	"heddle/internal/enrolment"
	"heddle/internal/fault"
	"heddle/internal/page"
	"heddle/internal/subgraph"
	"heddle/internal/ticket"
)

const (
	reportsPath = "/progress/reports/"
	ticketKind  = "progress.report"
	ticketLife  = 15 * time.Minute
)

// ticketed is what the link to a file stands for. It holds the caller's token:
// when the file is fetched, the graph is asked anew what the caller may see, and
// nothing of the student lies with the link.
type ticketed struct {
	StudentID string `json:"studentId"`
	From      string `json:"from"`
	To        string `json:"to"`
	Kind      string `json:"kind"` // of fileKinds
	Token     string `json:"token"`
}

// fileKind is a form that a report can have as a file.
type fileKind struct {
	name, mime string
	write      func(*printed) ([]byte, error)
}

var (
	pdfFile   = fileKind{"pdf", "application/pdf", (*printed).pdf}
	csvFile   = fileKind{"csv", "text/csv; charset=utf-8", (*printed).csv}
	fileKinds = map[string]fileKind{pdfFile.name: pdfFile, csvFile.name: csvFile}
)

// filename names nobody: it is seen in histories and folders.
func (k fileKind) filename(from, to string) string {
	return "progress-" + from + "-" + to + "." + k.name
}

// files gives each report a link to itself in the form of the kind.
func (r *Resolvers) files(ctx context.Context, reports []*ProgressReport, kind fileKind) ([]*ReportFile, error) {
	c, err := caller.Require(ctx)
	if err != nil {
		return nil, err
	}
	now := r.Now()
	expires := now.Add(ticketLife)
	if c.ExpiresAt.Before(expires) {
		expires = c.ExpiresAt
	}
	files := make([]*ReportFile, len(reports))
	for i, report := range reports {
		token, err := ticket.Issue(ctx, r.Redis, ticketKind, ticketed{report.StudentID, report.From, report.To, kind.name, c.Token}, max(expires.Sub(now), time.Second))
		if err != nil {
			return nil, err
		}
		name := kind.filename(report.From, report.To)
		files[i] = &ReportFile{URL: r.Link(reportsPath + token + "/" + name), ExpiresAt: expires, Filename: name, MimeType: kind.mime}
	}
	return files, nil
}

// Routes are the domain's further paths: the files.
func (r *Resolvers) Routes() map[string]http.Handler {
	return map[string]http.Handler{reportsPath: http.HandlerFunc(r.serveFile)}
}

func (r *Resolvers) serveFile(w http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodGet && request.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "A report is fetched with GET.", http.StatusMethodNotAllowed)
		return
	}
	kind, file, err := r.file(request)
	if err != nil {
		r.refuse(w, request, err)
		return
	}
	w.Header().Set("Content-Type", kind.mime)
	w.Header().Set("Content-Disposition", `attachment; filename="`+file.name+`"`)
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.ServeContent(w, request, file.name, time.Time{}, bytes.NewReader(file.content))
}

type file struct {
	name    string
	content []byte
}

// file makes the file that the path's token stands for, as the caller who got
// it may see it now.
func (r *Resolvers) file(request *http.Request) (kind fileKind, made file, err error) {
	token, _, _ := strings.Cut(strings.TrimPrefix(request.URL.Path, reportsPath), "/")
	var t ticketed
	if err := ticket.Redeem(request.Context(), r.Redis, ticketKind, token, &t); err != nil {
		return kind, made, err
	}
	ctx, err := r.Callers.Authorize(request.Context(), "Bearer "+t.Token)
	if err != nil {
		return kind, made, err
	}
	p, err := r.printed(ctx, t)
	if err != nil {
		return kind, made, err
	}
	kind = fileKinds[t.Kind]
	content, err := kind.write(p)
	return kind, file{kind.filename(t.From, t.To), content}, err
}

// printed is a report with all that stands in its file.
type printed struct {
	*ProgressReport
	*record
	milestones []*Milestone // in the period, oldest first
}

func (r *Resolvers) printed(ctx context.Context, t ticketed) (*printed, error) {
	viewed, err := enrolment.View(ctx, r.Graph, []string{t.StudentID})
	if err != nil {
		return nil, err
	}
	if err := viewed[0].Access.Check(t.StudentID); err != nil {
		return nil, err
	}
	known, err := r.ask(ctx, t.StudentID, t.To)
	if err != nil {
		return nil, err
	}
	p := &printed{ProgressReport: r.compile(viewed[0], known, t.From, t.To), record: known}
	filter := ProgressFilter{Kinds: []ProgressKind{ProgressKindMilestone}, From: &t.From, To: &t.To}
	for w := (page.Window{Limit: page.Max, Backward: true}); ; { // from the oldest on
		read, err := r.Store.Entries(ctx, []string{t.StudentID}, filter, w)
		if err != nil {
			return nil, err
		}
		entries := read[t.StudentID]
		for _, e := range entries[:min(len(entries), w.Limit)] {
			p.milestones = append(p.milestones, e.Milestone)
		}
		if len(entries) <= w.Limit {
			return p, nil
		}
		w.Before = keyOfEntry(entries[w.Limit-1])
	}
}

// refuse says why there is no file: in the words of a fault, or in none.
func (r *Resolvers) refuse(w http.ResponseWriter, request *http.Request, err error) {
	status, text := http.StatusInternalServerError, "Internal error."
	switch known := subgraph.Known(err); {
	case known == nil:
		r.Log.ErrorContext(request.Context(), "a report could not be made", "error", err)
	case known.Code == fault.NotFound, known.Code == fault.Unauthenticated, known.Code == fault.Forbidden: // the link no longer stands for anything
		status, text = http.StatusNotFound, "This link is not valid, or no longer."
	case known.Code == fault.Unavailable:
		status, text = http.StatusServiceUnavailable, "The report cannot be made now. Try again."
	}
	http.Error(w, text, status)
}
