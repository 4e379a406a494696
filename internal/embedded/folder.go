package embedded

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	random "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A Folder is a data folder that belongs to this process alone. It keeps what
// the stores must find again: one password for all of them, and the port of
// each.
type Folder struct {
	path string
	lock *os.File

	mu   sync.Mutex
	kept kept
}

// kept is what stores.json holds.
type kept struct {
	Password string         `json:"password"`
	Ports    map[string]int `json:"ports"`
}

// OpenFolder makes the folder if need be and locks it. The lock ends with the
// process, however that ends.
func OpenFolder(path string) (*Folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("the data folder cannot be used: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, unusable(path, err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unusable(path, err)
	}
	f := &Folder{path: path, lock: lock}
	if err := f.take(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return f, nil
}

func (f *Folder) take() error {
	err := syscall.Flock(int(f.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder := make([]byte, 20)
		n, _ := f.lock.ReadAt(holder, 0)
		return fmt.Errorf("the data folder %s is in use by another heddle (process %s)", f.path, strings.TrimSpace(string(holder[:n])))
	}
	if err != nil {
		return unusable(f.path, err)
	}
	if err := f.lock.Truncate(0); err != nil {
		return unusable(f.path, err)
	}
	if _, err := f.lock.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0); err != nil {
		return unusable(f.path, err)
	}
	return f.read()
}

func unusable(path string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("the data folder %s cannot be used: %w", path, err)
}

// Close gives the folder to whoever wants it next.
func (f *Folder) Close() error {
	if err := f.lock.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// Path is the place of something in the folder.
func (f *Folder) Path(names ...string) string {
	return filepath.Join(append([]string{f.path}, names...)...)
}

// Password is the secret that the stores ask for, made up when the folder was
// first used.
func (f *Folder) Password() string { return f.kept.Password }

// Port gives the port that the store had before, or a free one when it had
// none or somebody else has taken it since.
func (f *Folder) Port(store string) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if port := f.kept.Ports[store]; port != 0 && freeSoon(port) {
		return port, nil
	}
	port, err := freePort()
	if err != nil {
		return 0, err
	}
	f.kept.Ports[store] = port
	return port, f.write()
}

// Forget makes the next Port of the store a new one.
func (f *Folder) forgetPort(store string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.kept.Ports, store)
}

func (f *Folder) read() error {
	data, err := os.ReadFile(f.Path("stores.json"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unusable(f.path, err)
	}
	if err == nil {
		if err := json.Unmarshal(data, &f.kept); err != nil {
			return fmt.Errorf("the data folder %s cannot be used: stores.json: %w", f.path, err)
		}
	}
	if f.kept.Ports == nil {
		f.kept.Ports = map[string]int{}
	}
	if f.kept.Password == "" {
		f.kept.Password = rand.Text()
		return f.write()
	}
	return nil
}

// write replaces stores.json in one step that a crash cannot split.
func (f *Folder) write() error {
	data, err := json.MarshalIndent(f.kept, "", "  ")
	if err != nil {
		return err
	}
	next, err := os.OpenFile(f.Path("stores.json.next"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return unusable(f.path, err)
	}
	_, err = next.Write(append(data, '\n'))
	if err = errors.Join(err, next.Sync(), next.Close()); err != nil {
		return unusable(f.path, err)
	}
	return os.Rename(next.Name(), f.Path("stores.json"))
}

func free(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// freeSoon is free, for a port that whoever had it may be just about to leave: a
// listener that is closed goes when nobody is in the midst of accepting.
func freeSoon(port int) bool {
	for begin := time.Now(); !free(port); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > time.Second {
			return false
		}
	}
	return true
}

// Ports below those that systems give to connections that go out (from 32768 on
// Linux, from 49152 elsewhere): one of those could be taken while a store is
// away for a moment, and who knows the store's URL would look in vain.
const (
	lowestPort  = 20000
	highestPort = 32000
)

func freePort() (int, error) {
	for range 100 {
		if port := lowestPort + random.IntN(highestPort-lowestPort); free(port) {
			return port, nil
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
