package segment

import (
	"crypto/aes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

// RFC 4231 §4, but for keys longer than a block, which no chain has.
func TestRFC4231(t *testing.T) {
	for name, c := range map[string]struct{ key, data, want string }{
		"4.2": {strings.Repeat("0b", 20), "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		"4.3": {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		"4.4": {strings.Repeat("aa", 20), strings.Repeat("dd", 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
		"4.5": {"0102030405060708090a0b0c0d0e0f10111213141516171819", strings.Repeat("cd", 50), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
		"4.6": {strings.Repeat("0c", 20), "546573742057697468205472756e636174696f6e", "a3b6167473100ee06e0c796c2955552b"},
	} {
		t.Run(name, func(t *testing.T) {
			var mac [MaxHMAC]byte
			hmacSHA256(unhex(t, c.key), unhex(t, c.data), &mac)
			want := unhex(t, c.want)
			require.Equal(t, want, mac[:len(want)])
		})
	}
}

// RFC 4493 §4: subkeys are covered by the lengths 0, 16, 40 and 64.
func TestRFC4493(t *testing.T) {
	const message = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
	key := [16]byte(unhex(t, "2b7e151628aed2a6abf7158809cf4f3c"))
	for length, want := range map[int]string{
		0:  "bb1d6929e95937287fa37d129b756746",
		16: "070a16b46b4d4144f79bdd9dd04a287c",
		40: "dfa66747de9ae63030ca32611497c827",
		64: "51f0bebf7e3b9d92fc49741779363cfe",
	} {
		var mac [16]byte
		cmacAES(&key, unhex(t, message)[:length], &mac)
		require.Equal(t, want, hex.EncodeToString(mac[:]), "length %d", length)
	}
}

// FIPS 197, appendix C.1.
func TestFIPS197(t *testing.T) {
	var cipher aes128
	key := [16]byte(unhex(t, "000102030405060708090a0b0c0d0e0f"))
	block := [16]byte(unhex(t, "00112233445566778899aabbccddeeff"))
	cipher.expand(&key)
	cipher.encrypt(&block)
	require.Equal(t, "69c4e0d86a7b0430d8cdb78070b4c55a", hex.EncodeToString(block[:]))
}

func TestAESAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key"))
		block := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "block"))
		standard, err := aes.NewCipher(key[:])
		require.NoError(t, err)
		want := block
		standard.Encrypt(want[:], want[:])
		var cipher aes128
		cipher.expand(&key)
		cipher.encrypt(&block)
		require.Equal(t, want, block)
	})
}

// gst is Galileo System Time: week number in 12 bits, time of week in 20.
func gst(week, second uint32) uint32 { return week<<20 | second }

// The chains of Galileo OSNMA, the TESLA in daily use, whose index is the system time of
// the key's subframe instead of a counter. Keys of 128 bits, SHA-256.
//
// Chain A: OSNMA Receiver Guidelines 1.3, annex A.4 and A.5 (KROOT, K3, K4, K14, K120).
// Chain B: keys broadcast on 2022-03-07 in week 1176.
func TestGalileoOSNMA(t *testing.T) {
	type key struct {
		second uint32
		value  string
	}
	for name, c := range map[string]struct {
		week uint32
		salt string
		keys []key
	}{
		"guidelines": {1248, "610bdf26d77b", []key{
			{345570, "5bf8c9cbfcf70422081475fd445df0ff"},
			{345660, "2e9c651c410cff23d370497d28ab4b14"},
			{345690, "69c00aa7364237a65ebf006ad8ddbc73"},
			{345990, "ed2b77aaed7b633b58a69551fc388421"},
			{349170, "01d3e3e2667a0a1894d04bdd98caba17"},
		}},
		"broadcast": {1176, "25d3964da3a2", []key{
			{118770, "841e1de4d458c0e9842476e004666cf3"},
			{120930, "42b419da6ada1c0a3d6f56a5e5dc59a7"},
			{120960, "9542aad47abf39bafe566861afe880b2"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			chain := Chain{Hash: SHA256, KeyLength: 16, Salt: unhex(t, c.salt)}
			for i := 1; i < len(c.keys); i++ {
				walked := unhex(t, c.keys[i].value)
				for at := c.keys[i].second; at > c.keys[i-1].second; at -= 30 {
					chain.Step(walked, gst(c.week, at-30))
				}
				require.Equal(t, c.keys[i-1].value, hex.EncodeToString(walked), "from %d to %d", c.keys[i].second, c.keys[i-1].second)
			}
		})
	}
}
