package daemon

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// backup writes configuration and keys as a tar archive. The state of channels is not in it: a copy
// of it is worse than none, as a node that signs from an old copy loses everything. A node that is
// put back from this archive has no data and knows by it that some is lost; see lost.
func (d *Daemon) backup(ctx context.Context, to io.Writer) error {
	archive := tar.NewWriter(to)
	for _, file := range []string{ConfigFile(d.home), nodeKeyFile(d.home), channelKeyFile(d.home)} {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := add(archive, d.home, file); err != nil {
			return err
		}
	}
	return archive.Close()
}

func add(archive *tar.Writer, home, file string) error {
	bz, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	name, err := filepath.Rel(home, file)
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(bz))}); err != nil {
		return err
	}
	_, err = archive.Write(bz)
	return err
}

// lost tells that there is no data: in a new home, or in one that was put back from a backup. Then
// channels that are on chain already were used before, and nothing is signed in them until their peers
// agree to close or to begin a new epoch. An old copy of the data alone is known by the watermark. Of the
// home as a whole it is known when a peer or a tower shows what was signed since; the file restored in the
// home says so before.
func (d *Daemon) lost() (bool, error) {
	if _, err := os.Stat(restoredFile(d.home)); err == nil {
		return true, nil
	}
	entries, err := os.ReadDir(filepath.Join(dataDir(d.home), "log"))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return len(entries) == 0, err
}
