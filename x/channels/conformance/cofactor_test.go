package conformance_test

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWithoutCofactor tries ed25519 signatures over "message" on which verifiers that follow
// RFC 8032 in different ways disagree. The specification multiplies by no cofactor and so
// computes R anew and compares its bytes.
func TestWithoutCofactor(t *testing.T) {
	for _, c := range []struct {
		name, key, signature string
		valid                bool
	}{
		{
			"holds only with the cofactor: the key has a torsion part",
			"ed25519:c73a3e2baf634cfac6fa599a8aa02eb95d1864183aa9a5885507fa77742f422f",
			"7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572" +
				"63f24918f706d4e7716f7b6161fc9ae043fe8f910d6a94a2ba53a284c8945c09",
			false,
		},
		{
			"R not canonical: R is the identity, encoded as y = p + 1",
			"ed25519:f5ad45aa02645d8455839d9ee0e6c3d4e8658d249044392ecd271f76ee5c0554",
			"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" +
				"b6d77d539282bb54073576ed2162a2c6ab19635e0977d29d2afe405e8000690f",
			false,
		},
		{
			"R is the identity, encoded as it must be",
			"ed25519:f5ad45aa02645d8455839d9ee0e6c3d4e8658d249044392ecd271f76ee5c0554",
			"0100000000000000000000000000000000000000000000000000000000000000" +
				"86a7f698b85f755f4c482bc93854d91651847de0de342cfe056475f8e450e70f",
			true,
		},
	} {
		key, err := parseKeyText(c.key)
		require.NoError(t, err, c.name)
		signature, err := hex.DecodeString(c.signature)
		require.NoError(t, err, c.name)
		err = key.verify([]byte("message"), signature)
		require.Equal(t, c.valid, err == nil, "%s: %v", c.name, err)
		require.Equal(t, !c.valid, errors.Is(err, ruleVerify), "%s: %v", c.name, err)
	}
}
