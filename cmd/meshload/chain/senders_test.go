package chain

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretIsPrivate(t *testing.T) {
	home := filepath.Join(t.TempDir(), "load")
	_, err := loadSecret(home)
	require.NoError(t, err)
	info, err := os.Stat(filepath.Join(home, secretFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestSecretThatIsNotOne(t *testing.T) {
	for name, text := range map[string]string{"not hex": "xyz", "too short": "abcd", "empty": ""} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			path := filepath.Join(home, secretFile)
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			_, err := loadSecret(home)
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, "32 bytes in hex")
			// What was there is not replaced: it may be a mistyped secret that holds money.
			kept, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, text, string(kept))
		})
	}
}
