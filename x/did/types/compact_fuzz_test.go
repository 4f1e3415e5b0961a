package types_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/types"
)

// FuzzCompactCertificate: what other zones answer has one encoding, fits into an
// acknowledgement, and can be asked whether it holds.
func FuzzCompactCertificate(f *testing.F) {
	key := types.Ed25519Key(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	id := bytes.Repeat([]byte{7}, types.IDLength)
	for _, c := range []types.CompactCertificate{
		{Subject: id, Kind: types.CERTIFICATE_KIND_DEVICE, Checked: 1},
		{
			Subject: id, Kind: types.CERTIFICATE_KIND_NODE, Checked: 1, Status: types.CERTIFICATE_STATUS_VALID, Issuer: id, Serial: 1,
			ValidUntil: 2, Key: &key, AttributesHash: id, Cell: "u1wjq",
		},
	} {
		bz, err := c.Encode()
		require.NoError(f, err)
		f.Add(bz)
	}
	f.Fuzz(func(t *testing.T, bz []byte) {
		c, err := types.DecodeCompact(bz)
		if err != nil {
			return
		}
		again, err := c.Encode()
		require.NoError(t, err)
		require.Equal(t, bz, again)
		visitor := types.Visitor{Did: "did:mesh:farm:zQm", Answers: []types.VisitorAnswer{{Certificate: c, Expires: time.Unix(c.ValidUntil, 0)}}}
		if visitor.Holds(c.Kind, time.Unix(c.ValidFrom, 0)) == nil {
			require.Equal(t, types.CERTIFICATE_STATUS_VALID, c.Status)
			require.NotNil(t, c.Key)
		}
		require.Error(t, visitor.Holds(c.Kind, time.Unix(c.ValidUntil, 0)))
	})
}

// FuzzCertificateQuestion: what other zones ask has one encoding.
func FuzzCertificateQuestion(f *testing.F) {
	q := types.CertificateQuestion{Subject: bytes.Repeat([]byte{7}, types.IDLength), Kind: types.CERTIFICATE_KIND_DEVICE}
	bz, err := q.Marshal()
	require.NoError(f, err)
	f.Add(bz)
	f.Fuzz(func(t *testing.T, bz []byte) {
		q, err := types.DecodeQuestion(bz)
		if err != nil {
			return
		}
		require.Len(t, q.Subject, types.IDLength)
		again, err := q.Marshal()
		require.NoError(t, err)
		require.Equal(t, bz, again)
	})
}

// FuzzGenesis: a genesis is refused or accepted, whatever is in it.
func FuzzGenesis(f *testing.F) {
	bz, err := types.DefaultGenesis().Marshal()
	require.NoError(f, err)
	f.Add(bz)
	f.Fuzz(func(t *testing.T, bz []byte) {
		var gs types.GenesisState
		if gs.Unmarshal(bz) == nil {
			_ = gs.Validate() // must not panic
		}
	})
}
