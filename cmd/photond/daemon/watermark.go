package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// watermarkEvery is how often the watermark is written while something changes: a copy of the data that is
// older is known as such.
const watermarkEvery = 10 * time.Second

// The watermark is how far the store was at least. It lies beside the data, not in it, so that who puts back an
// old copy of the data does not put it back, too.

// readWatermark returns 0 in a home without one.
func readWatermark(home string) (uint64, error) {
	bz, err := os.ReadFile(watermarkFile(home))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	mark, err := strconv.ParseUint(strings.TrimSpace(string(bz)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %.40q: must be a number; delete the file if data/ is the newest there is, and make a file named %s if it is not", watermarkFile(home), bz, restoredFile(home))
	}
	return mark, nil
}

func writeWatermark(home string, mark uint64) error {
	path := watermarkFile(home)
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, mark)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

// noteBackup makes sure that a copy that was put back counts as one until its channels know, even if this run ends
// before. Only then the watermark may fall.
func (d *Daemon) noteBackup() error {
	if d.node.FromBackup() {
		f, err := os.OpenFile(restoredFile(d.home), os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	if err := writeWatermark(d.home, d.node.Sequence()); err != nil {
		d.log.Error("the watermark cannot be written: an older copy of the data would not be noticed", "error", err)
	}
	return nil
}

// keepWatermark writes the watermark now and then until ctx ends. A disk that does not take it is no reason to stop:
// the store sees to that.
func (d *Daemon) keepWatermark(ctx context.Context) error {
	ticker := time.NewTicker(watermarkEvery)
	defer ticker.Stop()
	written, failed := d.node.Sequence(), false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		mark := d.node.Sequence()
		if mark == written {
			continue
		}
		err := writeWatermark(d.home, mark)
		if err == nil {
			written = mark
		} else if !failed {
			d.log.Error("the watermark cannot be written: an older copy of the data would not be noticed", "error", err)
		}
		failed = err != nil
	}
}
