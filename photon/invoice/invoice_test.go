package invoice_test

import (
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"github.com/cosmos/cosmos-sdk/types/bech32"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/invoice"
	"github.com/meshchain/meshchain/x/channels/types"
)

func sample(t testing.TB) (*invoice.Invoice, func([]byte) ([]byte, error)) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	return &invoice.Invoice{
		Domain: types.Hash{1}, ChainID: "mesh-main-1", Denom: "usmt", Amount: types.NewUint128(250), PaymentID: [16]byte{2},
		Expiry: time.Unix(1_800_000_000, 0).UTC(), NodeKey: [32]byte(public), Hash: types.Hash{3}, PacketKey: [32]byte{4}, Memo: "water, plot 7", Addresses: [][]byte{{4, 127, 0, 0, 1, 6, 1, 2}},
	}, func(m []byte) ([]byte, error) { return ed25519.Sign(private, m), nil }
}

func TestRoundTrip(t *testing.T) {
	v, sign := sample(t)
	text, err := v.Sign(sign)
	require.NoError(t, err)
	require.True(t, invoice.Is(text))
	for _, form := range []string{text, strings.ToUpper(text), " " + text + "\n"} {
		got, err := invoice.Parse(form)
		require.NoError(t, err)
		require.Equal(t, v, got)
	}
}

func TestExpiry(t *testing.T) {
	v, _ := sample(t)
	require.NoError(t, v.Check(v.Expiry))
	require.ErrorIs(t, v.Check(v.Expiry.Add(2*time.Second)), invoice.ErrExpired)
}

func TestForeignSignerIsRefused(t *testing.T) {
	v, _ := sample(t)
	_, sign := sample(t)
	_, err := v.Sign(sign)
	require.ErrorIs(t, err, invoice.ErrSignature)
}

// TestEveryChangedByteIsNoticed changes each byte under a correct checksum.
func TestEveryChangedByteIsNoticed(t *testing.T) {
	v, sign := sample(t)
	text, err := v.Sign(sign)
	require.NoError(t, err)
	hrp, b, err := bech32.DecodeAndConvert(text)
	require.NoError(t, err)
	for i := range b {
		changed := append([]byte(nil), b...)
		changed[i] ^= 0x41
		text, err := bech32.ConvertAndEncode(hrp, changed)
		require.NoError(t, err)
		_, err = invoice.Parse(text)
		require.Error(t, err, "byte %d", i)
	}
}

func TestRefused(t *testing.T) {
	v, sign := sample(t)
	for what, change := range map[string]func(*invoice.Invoice){
		"memo":      func(v *invoice.Invoice) { v.Memo = strings.Repeat("x", invoice.MaxMemo+1) },
		"chain-id":  func(v *invoice.Invoice) { v.ChainID = "" },
		"addresses": func(v *invoice.Invoice) { v.Addresses = make([][]byte, invoice.MaxAddresses+1) },
		"hash":      func(v *invoice.Invoice) { v.Hash = types.Hash{} },
		"packet":    func(v *invoice.Invoice) { v.PacketKey = [32]byte{} },
		"expiry":    func(v *invoice.Invoice) { v.Expiry = time.Time{} },
	} {
		bad := *v
		change(&bad)
		_, err := bad.Sign(sign)
		require.ErrorIs(t, err, invoice.ErrMalformed, what)
	}
	for _, text := range []string{"", "photon1", "mesh1qqqqqq", strings.Repeat("photon1", 300)} {
		_, err := invoice.Parse(text)
		require.ErrorIs(t, err, invoice.ErrMalformed, text)
	}
}

func FuzzParse(f *testing.F) {
	v, sign := sample(f)
	text, err := v.Sign(sign)
	require.NoError(f, err)
	_, b, err := bech32.DecodeAndConvert(text)
	require.NoError(f, err)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := bech32.ConvertAndEncode("photon", b)
		require.NoError(t, err)
		v, err := invoice.Parse(text)
		if err != nil {
			return
		}
		again, err := v.Sign(sign)
		require.NoError(t, err)
		require.True(t, strings.EqualFold(text, again))
	})
}
