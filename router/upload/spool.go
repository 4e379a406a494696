package upload

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// Spooled are files that were put on disk, because more than one subgraph asks
// for them. Nobody else can open them, and they are gone when they are closed.
type Spooled struct {
	kept []spooledFile
}

type spooledFile struct {
	File // its Content is nil
	disk *os.File
	size int64
}

// Spool reads all files into temporary ones.
func Spool(files Stream) (*Spooled, error) {
	s := &Spooled{}
	for {
		f, err := files.Next()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err == nil {
			err = s.keep(f)
		}
		if err != nil {
			s.Close()
			return nil, err
		}
	}
}

func (s *Spooled) keep(f *File) error {
	disk, err := os.CreateTemp("", "heddle-upload-")
	if err != nil {
		return fmt.Errorf("spool a file: %w", err)
	}
	kept := spooledFile{File: File{Key: f.Key, Name: f.Name, ContentType: f.ContentType}, disk: disk}
	s.kept = append(s.kept, kept)
	if err := os.Remove(disk.Name()); err != nil { // it lives on as long as it is open
		return fmt.Errorf("spool a file: %w", err)
	}
	s.kept[len(s.kept)-1].size, err = io.Copy(disk, f.Content)
	return err
}

// Only is a stream of the files with the keys. Several can be read at once.
func (s *Spooled) Only(keys map[string][]string) Stream {
	var rest []spooledFile
	for _, f := range s.kept {
		if len(keys[f.Key]) > 0 {
			rest = append(rest, f)
		}
	}
	return &respooled{slices.Clip(rest)}
}

// Close gives the space on disk back.
func (s *Spooled) Close() {
	for _, f := range s.kept {
		_ = f.disk.Close() // the file has no name any more
	}
}

type respooled struct{ rest []spooledFile }

func (r *respooled) Next() (*File, error) {
	if len(r.rest) == 0 {
		return nil, io.EOF
	}
	next := r.rest[0]
	r.rest = r.rest[1:]
	f := next.File
	f.Content = io.NewSectionReader(next.disk, 0, next.size)
	return &f, nil
}
