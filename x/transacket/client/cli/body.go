package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// Flags that make the body of an envelope.
const (
	FlagData      = "data"
	FlagJSON      = "json"
	FlagDataHex   = "data-hex"
	FlagFile      = "file"
	FlagFileHash  = "file-hash"
	FlagSize      = "size"
	FlagMediaType = "media-type"
	FlagLocator   = "locator"
)

// flagSet is what the command reads of pflag.FlagSet.
type flagSet interface {
	Changed(name string) bool
	GetString(name string) (string, error)
	GetUint64(name string) (uint64, error)
	GetDuration(name string) (time.Duration, error)
}

func addBodyFlags(set *pflag.FlagSet) {
	set.String(FlagData, "", "the message as text")
	set.String(FlagJSON, "", "the message as JSON: checked, and without needless spaces")
	set.String(FlagDataHex, "", "the message as hexadecimal bytes")
	set.String(FlagFile, "", "a file whose hash and size are sent; the file itself stays here")
	set.String(FlagFileHash, "", "SHA-256 of content stored elsewhere, 64 hexadecimal digits; needs --size")
	set.Uint64(FlagSize, 0, "with --file-hash: length of the content in bytes")
	set.String(FlagMediaType, "application/octet-stream", "with --file or --file-hash: type of the content")
	set.String(FlagLocator, "", "with --file or --file-hash: where the content may be found, up to 64 bytes")
}

// readBody makes an envelope of the one body that the flags give.
func readBody(set flagSet) (types.Envelope, error) {
	var given []string
	for _, name := range []string{FlagData, FlagJSON, FlagDataHex, FlagFile, FlagFileHash} {
		if set.Changed(name) {
			given = append(given, "--"+name)
		}
	}
	if len(given) != 1 {
		return types.Envelope{}, fmt.Errorf("the message is given %d times (%s): must be one of --%s, --%s, --%s, --%s, --%s",
			len(given), strings.Join(given, ", "), FlagData, FlagJSON, FlagDataHex, FlagFile, FlagFileHash)
	}
	inband := set.Changed(FlagData) || set.Changed(FlagJSON) || set.Changed(FlagDataHex)
	for _, name := range []string{FlagSize, FlagMediaType, FlagLocator} {
		if inband && set.Changed(name) {
			return types.Envelope{}, fmt.Errorf("--%s describes content stored elsewhere: must not come with %s", name, given[0])
		}
	}
	if set.Changed(FlagSize) && !set.Changed(FlagFileHash) {
		return types.Envelope{}, fmt.Errorf("--%s must come with --%s only: of a file it is measured", FlagSize, FlagFileHash)
	}

	value, err := set.GetString(strings.TrimPrefix(given[0], "--"))
	if err != nil {
		return types.Envelope{}, err
	}
	switch given[0] {
	case "--" + FlagData:
		return types.Inband([]byte(value)), nil
	case "--" + FlagJSON:
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(value)); err != nil {
			return types.Envelope{}, fmt.Errorf("--%s %q: %w", FlagJSON, value, err)
		}
		return types.Inband(compact.Bytes()), nil
	case "--" + FlagDataHex:
		message, err := hex.DecodeString(value)
		if err != nil {
			return types.Envelope{}, fmt.Errorf("--%s %q: must be an even number of hexadecimal digits: %w", FlagDataHex, value, err)
		}
		return types.Inband(message), nil
	case "--" + FlagFile:
		content, err := hashFile(value)
		if err != nil {
			return types.Envelope{}, fmt.Errorf("--%s: %w", FlagFile, err)
		}
		return describe(set, content)
	}
	hash, err := hex.DecodeString(value)
	if err != nil || len(hash) != sha256.Size {
		return types.Envelope{}, fmt.Errorf("--%s %q: must be a SHA-256, %d hexadecimal digits", FlagFileHash, value, 2*sha256.Size)
	}
	size, err := set.GetUint64(FlagSize)
	if err != nil {
		return types.Envelope{}, err
	}
	if size == 0 {
		return types.Envelope{}, fmt.Errorf("--%s needs --%s: must be the length of the content in bytes, at least 1", FlagFileHash, FlagSize)
	}
	return describe(set, types.OutOfBand{Sha256: hash, Size_: size})
}

// describe adds type and place to content that is named by its hash.
func describe(set flagSet, content types.OutOfBand) (types.Envelope, error) {
	var err error
	if content.MediaType, err = set.GetString(FlagMediaType); err != nil {
		return types.Envelope{}, err
	}
	if content.Locator, err = set.GetString(FlagLocator); err != nil {
		return types.Envelope{}, err
	}
	return types.OutOfBandBody(content), nil
}

func hashFile(name string) (types.OutOfBand, error) {
	file, err := os.Open(name)
	if err != nil {
		return types.OutOfBand{}, err
	}
	defer file.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	if err != nil {
		return types.OutOfBand{}, err
	}
	return types.OutOfBand{Sha256: hash.Sum(nil), Size_: uint64(size)}, nil // never negative
}
