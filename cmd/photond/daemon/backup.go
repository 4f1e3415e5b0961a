package daemon

import (
	"archive/tar"
	"context"
	"io"
	"os"
	"path/filepath"
)

// backup writes configuration and keys as a tar archive. The state of channels is not in it: a copy
// of it is worse than none, as a node that signs from an old copy loses everything. A node that is
// restored from this archive asks its peers and towers, or closes as one that lost its data.
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
