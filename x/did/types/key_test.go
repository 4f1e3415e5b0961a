package types_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"testing"

	dcrec "github.com/decred/dcrd/dcrec/secp256k1/v4"
	dcrecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/multiformats/go-multibase"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/types"
)

// Published Multikeys: vc-di-eddsa appendix B and did:key (W3C CCG) test vectors.
func TestPublishedMultikeys(t *testing.T) {
	for text, want := range map[string]struct {
		keyType types.KeyType
		key     string
	}{
		"z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2":  {types.KEY_TYPE_ED25519, ""},
		"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp":  {types.KEY_TYPE_ED25519, "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"},
		"zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169": {types.KEY_TYPE_P256, ""},
		"zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme": {types.KEY_TYPE_SECP256K1, ""},
	} {
		k, err := types.ParseMultibaseKey(text)
		require.NoError(t, err, text)
		require.Equal(t, want.keyType, k.Type)
		require.Equal(t, text, k.Multibase())
		if want.key != "" {
			require.Equal(t, want.key, hex.EncodeToString(k.Key))
		}
	}
}

// RFC 8037, appendix A.2, and RFC 7515, appendix A.3.
func TestPublishedJWKs(t *testing.T) {
	for _, text := range []string{
		`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`,
	} {
		var j types.JWK
		require.NoError(t, json.Unmarshal([]byte(text), &j))
		k, err := j.PublicKey()
		require.NoError(t, err)
		again, err := json.Marshal(k.JWK())
		require.NoError(t, err)
		require.JSONEq(t, text, string(again))
	}
}

// The multihash of "Merkle–Damgård", multiformats' example of SHA-256, in multibase
// base58btc, is what the form of identifiers is taken from.
func TestIdentifierIsAMultihash(t *testing.T) {
	did := types.DID{Namespace: "farm", ID: sha256.Sum256([]byte("Merkle–Damgård"))}
	_, hash, err := multibase.Decode(did.ID.String())
	require.NoError(t, err)
	require.Equal(t, "122041dd7b6443542e75701aa98a0c235951a28a0d851b11564d20022ab11d2589a8", hex.EncodeToString(hash))
	parsed, err := types.ParseDID(did.String())
	require.NoError(t, err)
	require.Equal(t, did, parsed)
	require.Len(t, types.DID{Namespace: "abcdefghijklmnopqrstuvwxyz01234", ID: did.ID}.String(), types.MaxDIDLength)
}

func TestKeysAreRefused(t *testing.T) {
	valid := types.Ed25519Key(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	require.NoError(t, valid.Validate())
	// y = 1 has small order; 2^255-18 is 1 again, not canonical; y = 2 is no point.
	small := append([]byte{1}, make([]byte, 31)...)
	unreduced, _ := hex.DecodeString("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
	noPoint := append([]byte{2}, make([]byte, 31)...)
	for name, c := range map[string]struct {
		key  types.PublicKey
		want error
	}{
		"no type":          {types.PublicKey{Key: valid.Key}, types.ErrKeyType},
		"RSA":              {types.PublicKey{Type: 9, Key: valid.Key}, types.ErrKeyType},
		"short":            {types.PublicKey{Type: types.KEY_TYPE_ED25519, Key: valid.Key[:31]}, types.ErrKey},
		"small order":      {types.PublicKey{Type: types.KEY_TYPE_ED25519, Key: small}, types.ErrKey},
		"not canonical":    {types.PublicKey{Type: types.KEY_TYPE_ED25519, Key: unreduced}, types.ErrKey},
		"no point":         {types.PublicKey{Type: types.KEY_TYPE_ED25519, Key: noPoint}, types.ErrKey},
		"P-256 no point":   {types.PublicKey{Type: types.KEY_TYPE_P256, Key: append([]byte{2}, bytes.Repeat([]byte{0xff}, 32)...)}, types.ErrKey},
		"P-256 infinity":   {types.PublicKey{Type: types.KEY_TYPE_P256, Key: make([]byte, 33)}, types.ErrKey},
		"P-256 full":       {types.PublicKey{Type: types.KEY_TYPE_P256, Key: make([]byte, 65)}, types.ErrKey},
		"secp256k1 prefix": {types.PublicKey{Type: types.KEY_TYPE_SECP256K1, Key: append([]byte{4}, bytes.Repeat([]byte{1}, 32)...)}, types.ErrKey},
		"secp256k1 field":  {types.PublicKey{Type: types.KEY_TYPE_SECP256K1, Key: append([]byte{2}, bytes.Repeat([]byte{0xff}, 32)...)}, types.ErrKey},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, c.key.Validate(), c.want) })
	}
	for text, want := range map[string]error{
		"":                              types.ErrKey,
		"u7QEAAAA":                      types.ErrKey,
		valid.Multibase() + "1":         types.ErrKeyType, // other bytes altogether
		"z" + string(make([]byte, 100)): types.ErrKey,
		"z4MXj1wBzi9jUstyPMS4jQqB6KdJaiatPkAtVtGc6bQEQEEsKTic4G7Rou3iBf9vPmT5dbkm9qsZsuVNjq8HCuW1w24nhBFGkRE4cd2Uf2tfrB3N7h4mnyPp1BF3ZttHTYv3DLUPi1zMdkULiow3M1GfXkoC6DoxDUm1jmN6GBj22SjVsr6dxezRVQc7aj9TxE7JLbMH1wh5X3kA58H3DFW8rnYMakFGbca5CB2Jf6CnGQZmL7o5uJAdTwXfy2iiiyPxXEGerMhHwhjTA1mKYobyk2CpeEcmvynADfNZ5MBvcCS7m3XkFCMNUYBS9NQ3fze6vMSUPsNa6GVYmKx2x6JrdEjCk3qRMMmyjnjCMfR4pXbRMZa3i": types.ErrKey, // did:key of RSA
	} {
		_, err := types.ParseMultibaseKey(text)
		require.ErrorIs(t, err, want, text)
	}
	unknown, err := multibase.Encode(multibase.Base58BTC, append([]byte{0xec, 0x01}, valid.Key...)) // X25519
	require.NoError(t, err)
	_, err = types.ParseMultibaseKey(unknown)
	require.ErrorIs(t, err, types.ErrKeyType)
}

func TestSignaturesOfEveryType(t *testing.T) {
	message := []byte("moisture 0.21")
	hash := sha256.Sum256(message)
	flip := func(order *big.Int, signature []byte) []byte {
		s := new(big.Int).Sub(order, new(big.Int).SetBytes(signature[32:]))
		return append(bytes.Clone(signature[:32]), s.FillBytes(make([]byte, 32))...)
	}
	t.Run("Ed25519", func(t *testing.T) {
		private := ed25519.NewKeyFromSeed(make([]byte, 32))
		k := types.Ed25519Key(private.Public().(ed25519.PublicKey))
		signature := ed25519.Sign(private, message)
		require.True(t, k.Verify(message, signature))
		require.False(t, k.Verify(message[1:], signature))
		require.False(t, k.Verify(message, signature[:63]))
		order, _ := new(big.Int).SetString("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed", 16)
		s := bytes.Clone(signature[32:])
		for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
			s[i], s[j] = s[j], s[i]
		}
		more := new(big.Int).Add(order, new(big.Int).SetBytes(s)).FillBytes(make([]byte, 32))
		for i, j := 0, len(more)-1; i < j; i, j = i+1, j-1 {
			more[i], more[j] = more[j], more[i]
		}
		require.False(t, k.Verify(message, append(bytes.Clone(signature[:32]), more...)), "S above the group order")
	})
	t.Run("P-256 takes either S", func(t *testing.T) {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		r, s, err := ecdsa.Sign(rand.Reader, private, hash[:])
		require.NoError(t, err)
		signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		k := types.P256Key(&private.PublicKey)
		require.True(t, k.Verify(message, signature))
		require.True(t, k.Verify(message, flip(elliptic.P256().Params().N, signature)))
		require.False(t, k.Verify(message, make([]byte, 64)))
		require.False(t, k.Verify(message[1:], signature))
	})
	t.Run("secp256k1 takes the lower S", func(t *testing.T) {
		private, err := dcrec.GeneratePrivateKey()
		require.NoError(t, err)
		signature := dcrecdsa.SignCompact(private, hash[:], true)[1:]
		k := types.Secp256k1Key(private.PubKey().SerializeCompressed())
		require.True(t, k.Verify(message, signature))
		order, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16) // SEC 2, 2.4.1
		require.False(t, k.Verify(message, flip(order, signature)))
		require.False(t, k.Verify(message[1:], signature))
	})
}

func FuzzMultibaseKey(f *testing.F) {
	f.Add("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
	f.Add("zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := types.ParseMultibaseKey(text)
		if err != nil {
			return
		}
		require.NoError(t, k.Validate())
		require.Equal(t, text, k.Multibase())
		again, err := k.JWK().PublicKey()
		require.NoError(t, err)
		require.Equal(t, k, again)
	})
}

func FuzzJWK(f *testing.F) {
	f.Add(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`)
	f.Add(`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var j types.JWK
		if json.Unmarshal([]byte(text), &j) != nil {
			return
		}
		if k, err := j.PublicKey(); err == nil {
			require.Equal(t, &j, k.JWK())
		}
	})
}
