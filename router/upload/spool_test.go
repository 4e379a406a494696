package upload_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"heddle/router/upload"
)

// list is a stream of files with their keys for content.
type list struct {
	keys []string
	last error
}

func (l *list) Next() (*upload.File, error) {
	if len(l.keys) == 0 {
		return nil, l.last
	}
	key := l.keys[0]
	l.keys = l.keys[1:]
	return &upload.File{Key: key, Name: key + ".txt", Content: strings.NewReader(key)}, nil
}

func TestSpool_gives_files_again_and_leaves_none(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	spooled, err := upload.Spool(&list{[]string{"a", "b", "c"}, io.EOF})
	if err != nil {
		t.Fatal(err)
	}
	defer spooled.Close()
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("others can open %v, %v", left, err)
	}
	for range 2 {
		files := spooled.Only(map[string][]string{"a": {"x"}, "c": {"y"}})
		for _, key := range []string{"a", "c"} {
			f, err := files.Next()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(f.Content)
			if f.Key != key || f.Name != key+".txt" || string(content) != key || err != nil {
				t.Errorf("got %s %s %q, %v", f.Key, f.Name, content, err)
			}
		}
		if _, err := files.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("after the last came %v", err)
		}
	}
}

func TestSpool_tells_why_files_do_not_come(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	lost := errors.New("lost")
	if _, err := upload.Spool(&list{[]string{"a"}, lost}); !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}
