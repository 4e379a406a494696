package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// owner is the user that PostgreSQL runs as: it refuses to be root.
type owner struct {
	uid, gid uint32
	drop     bool // we are root and become this user for the child
}

// ownerOf decides who runs the cluster in the folder: whoever owns it already,
// else this user, or when that is root, the machine's postgres or nobody.
func ownerOf(folder string) (owner, error) {
	me := owner{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}
	info, err := os.Stat(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return owner{}, err
	}
	if err == nil {
		has := info.Sys().(*syscall.Stat_t)
		if me.uid == 0 && has.Uid != 0 {
			return owner{uid: has.Uid, gid: has.Gid, drop: true}, nil
		}
		if has.Uid != me.uid {
			return owner{}, fmt.Errorf("the folder %s belongs to %s: start heddle as that user or as root, or choose another data folder", folder, nameOf(has.Uid))
		}
	}
	if me.uid != 0 {
		return me, nil
	}
	return unprivileged()
}

// unprivileged is the user that root becomes.
func unprivileged() (owner, error) {
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if errUID == nil && errGID == nil && uid != 0 {
			return owner{uid: uint32(uid), gid: uint32(gid), drop: true}, nil
		}
	}
	return owner{}, errors.New("PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody: start heddle as an ordinary user")
}

func nameOf(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return fmt.Sprintf("user %s (uid %s)", u.Username, id)
	}
	return "uid " + id
}

// makeFolder makes a folder that belongs to the owner alone.
func (o owner) makeFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if o.drop {
		return os.Chown(path, int(o.uid), int(o.gid))
	}
	return nil
}
