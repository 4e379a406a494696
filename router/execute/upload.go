package execute

import (
	"context"
	"net/http"

	"heddle/router/operation"
	"heddle/router/plan"
	"heddle/router/upload"
)

// uploads are the files of one execution.
type uploads struct {
	files  map[string][]operation.Place // by the input's name
	stream upload.Stream
	// spooled are the files where more than one fetch takes some; else nil.
	spooled *upload.Spooled
}

// Upload answers a query or mutation that files came with. They are streamed to
// the subgraph that takes them; only where several fetches take files are they
// put on disk before. The error is set when ctx is done before there is an
// answer, or when the files cannot be put on disk.
func (g *Graph) Upload(ctx context.Context, p *Prepared, header http.Header, files upload.Stream) ([]byte, error) {
	u := &uploads{files: p.files, stream: files}
	takers := 0
	p.plan.Each(func(f *plan.Fetch) {
		if u.places(f) != nil {
			takers++
		}
	})
	if takers > 1 {
		var err error
		if u.spooled, err = upload.Spool(files); err != nil {
			return nil, err
		}
		defer u.spooled.Close()
	}
	x := g.newRun(ctx, p, header)
	x.files = u
	body, err := x.answer(func() {})
	if p.Kind() == operation.Mutation {
		g.renew()
	}
	return body, err
}

// of are the files that a fetch takes, or nil.
func (u *uploads) of(f *plan.Fetch) *upload.Parcel {
	if u == nil {
		return nil
	}
	places := u.places(f)
	switch {
	case places == nil:
		return nil
	case u.spooled != nil:
		return &upload.Parcel{Places: places, Files: u.spooled.Only(places)}
	}
	return &upload.Parcel{Places: places, Files: u.stream}
}

// places are where files belong in the request of a fetch.
func (u *uploads) places(f *plan.Fetch) map[string][]string {
	var places map[string][]string
	for _, v := range f.Variables {
		for _, place := range u.files[v.From] {
			if places == nil {
				places = map[string][]string{}
			}
			key := string(place.File)
			places[key] = append(places[key], "variables."+v.Name+place.Path)
		}
	}
	return places
}
