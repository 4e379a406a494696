package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
)

// Scratch is a PostgreSQL for tests: a cluster in a folder of its own, which is
// gone afterwards.
type Scratch struct {
	*Cluster
	folder *Folder
}

// StartScratch makes and starts one.
func StartScratch(ctx context.Context, log *slog.Logger) (*Scratch, error) {
	dir, err := os.MkdirTemp(ScratchPlace(), "heddle-test-")
	if err != nil {
		return nil, err
	}
	folder, err := OpenFolder(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s := &Scratch{NewScratchCluster(folder, log), folder}
	if err := s.Start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), s.End())
	}
	return s, nil
}

// End stops the server and removes all it had.
func (s *Scratch) End() error {
	return errors.Join(s.Stop(context.Background()), s.folder.Close(), os.RemoveAll(s.folder.Path()))
}

// memory is where Linux keeps files that are in memory alone, and scratchRoom
// how much has to be free there for tests, in bytes.
const (
	memory      = "/dev/shm"
	scratchRoom = 4 << 30
)

// ScratchPlace is where the stores of tests may lie: in memory if there is room,
// else where temporary files are. Tests make and drop hundreds of databases of
// hundreds of files each, which costs the file system of a disk more time than
// PostgreSQL, and every write of theirs would wait for the disk.
func ScratchPlace() string {
	var there syscall.Statfs_t
	if syscall.Statfs(memory, &there) == nil && there.Bavail*uint64(there.Bsize) >= scratchRoom {
		return memory
	}
	return os.TempDir()
}
