package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockHome keeps a second process from the same home: two that sign with one key lose everything.
func lockHome(home string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(home, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another photond runs on %s", home), f.Close())
	}
	return f, nil
}

// lastRun is when this program wrote to its data directory last; zero if never.
func (d *Daemon) lastRun() time.Time {
	info, err := os.Stat(AddressFile(d.home))
	if err != nil {
		if info, err = os.Stat(dataDir(d.home)); err != nil {
			return time.Time{}
		}
	}
	// A file cannot be younger than the moment it was written, whatever the clock says now.
	return info.ModTime()
}
