package upload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
)

// Write makes the body of a multipart request of operations, the JSON of a
// GraphQL request, and files, which are read as the body is. Files that have no
// place in this request are left out.
func Write(operations []byte, parcel *Parcel) (contentType string, body io.Reader, err error) {
	w := &writer{parcel: parcel}
	w.parts = multipart.NewWriter(&w.text)
	places, err := json.Marshal(parcel.Places)
	if err != nil {
		return "", nil, err
	}
	if err := errors.Join(w.field("operations", operations), w.field("map", places)); err != nil {
		return "", nil, fmt.Errorf("write multipart request: %w", err)
	}
	return w.parts.FormDataContentType(), w, nil
}

// writer is the body of a multipart request on its way out: text that waits,
// and the file of which the content comes after it.
type writer struct {
	parcel *Parcel
	parts  *multipart.Writer
	text   bytes.Buffer
	file   io.Reader
	err    error
}

func (w *writer) field(name string, value []byte) error {
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q", name))
	header.Set("Content-Type", "application/json")
	part, err := w.parts.CreatePart(header)
	if err != nil {
		return err
	}
	_, err = part.Write(value)
	return err
}

func (w *writer) Read(p []byte) (int, error) {
	for {
		if w.text.Len() > 0 {
			return w.text.Read(p)
		}
		if w.err != nil {
			return 0, w.err
		}
		if w.file == nil {
			w.err = w.next()
			continue
		}
		n, err := w.file.Read(p)
		if errors.Is(err, io.EOF) {
			w.file, err = nil, nil
		}
		w.err = err
		if n > 0 {
			return n, nil
		}
	}
}

// next begins the next file, or ends the body.
func (w *writer) next() error {
	for {
		f, err := w.parcel.Files.Next()
		if errors.Is(err, io.EOF) {
			if err := w.parts.Close(); err != nil {
				return err
			}
			return io.EOF
		}
		if err != nil {
			return err
		}
		if len(w.parcel.Places[f.Key]) == 0 {
			continue
		}
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", multipart.FileContentDisposition(f.Key, f.Name))
		if f.ContentType != "" {
			header.Set("Content-Type", f.ContentType)
		}
		w.file = f.Content
		_, err = w.parts.CreatePart(header)
		return err
	}
}
