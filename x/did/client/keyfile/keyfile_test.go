package keyfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/client/keyfile"
)

func TestKeysAreWrittenReadAndSign(t *testing.T) {
	for _, kind := range []string{keyfile.Ed25519, keyfile.Secp256k1, keyfile.P256} {
		t.Run(kind, func(t *testing.T) {
			drawn, err := keyfile.Draw(kind)
			require.NoError(t, err)
			derived, err := keyfile.FromHardwareID(kind, "MB-0001")
			require.NoError(t, err)
			again, err := keyfile.FromHardwareID(kind, "MB-0001")
			require.NoError(t, err)
			require.Equal(t, derived.Public(), again.Public())
			require.NotEqual(t, drawn.Public(), derived.Public())

			path := filepath.Join(t.TempDir(), "device.key")
			require.NoError(t, drawn.Write(path))
			require.ErrorContains(t, drawn.Write(path), "exists")
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			read, err := keyfile.Read(path)
			require.NoError(t, err)
			require.Equal(t, drawn.Public(), read.Public())
			require.NoError(t, read.Public().Validate())
			signature, err := read.Sign([]byte("message"))
			require.NoError(t, err)
			require.True(t, drawn.Public().Verify([]byte("message"), signature))
			require.False(t, drawn.Public().Verify([]byte("another"), signature))

			require.NoError(t, os.Chmod(path, 0o644))
			_, err = keyfile.Read(path)
			require.ErrorContains(t, err, "has mode 0644: must be 0600")
		})
	}
}

func TestKeyFileNamesWhatIsWrong(t *testing.T) {
	_, err := keyfile.Draw("rsa")
	require.ErrorContains(t, err, `key type "rsa": must be ed25519, secp256k1 or p256`)
	_, err = keyfile.New(keyfile.P256, make([]byte, 31))
	require.ErrorContains(t, err, "private key has 31 bytes: must have 32")
	for _, kind := range []string{keyfile.Secp256k1, keyfile.P256} {
		_, err = keyfile.New(kind, make([]byte, 32))
		require.ErrorContains(t, err, "must be 1 to the group order less 1")
	}
	for text, want := range map[string]string{
		"no json": "invalid character",
		`{"kind":"ed25519","public":"z1","private":"zz"}`:                                                                 "private must be 64 hexadecimal digits",
		`{"kind":"ed25519","public":"z1","private":"0000000000000000000000000000000000000000000000000000000000000001"}`:   "public is z1, and private belongs to z6Mk",
		`{"kind":"secp256k1","public":"z1","private":"0000000000000000000000000000000000000000000000000000000000000000"}`: "group order",
	} {
		path := filepath.Join(t.TempDir(), "device.key")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := keyfile.Read(path)
		require.ErrorContains(t, err, want, text)
	}
	_, err = keyfile.Read(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
