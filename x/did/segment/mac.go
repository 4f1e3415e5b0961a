package segment

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
)

// MAC is the function that authenticates a segment.
type MAC uint8

// The MAC functions, numbered as on the wire.
const (
	// HMACSHA256 is RFC 2104 with SHA-256.
	HMACSHA256 MAC = 1
	// AESCMAC is RFC 4493, with AES-128.
	AESCMAC MAC = 2
)

// What MACs may be cut to, in bytes.
const (
	// MinHMAC is 80 bits (RFC 2104 §5).
	MinHMAC = 10
	// MinCMAC is 64 bits (NIST SP 800-38B, appendix A.2).
	MinCMAC = 8
	// MaxHMAC is the whole HMAC-SHA256.
	MaxHMAC = sha256.Size
	// MaxCMAC is the whole AES-CMAC.
	MaxCMAC = 16
)

// DigestLength of a segment's data in bytes: SHA-256.
const DigestLength = sha256.Size

// What is authenticated begins with a text that says what for.
const (
	macDomain = "mesh/did/segment/v1"
	keyDomain = "mesh/did/mac-key/v1"
)

// inputLength of a segment's MAC: domain, schema id, t, digest.
const inputLength = len(macDomain) + IDLength + 4 + DigestLength

// authenticate leaves the MAC of a segment, uncut, in mac: 32 bytes of HMAC-SHA256 or
// 16 of AES-CMAC. key is k_t.
func authenticate(function MAC, key []byte, schema *ID, t uint32, digest *[DigestLength]byte, mac *[MaxHMAC]byte) {
	// F'(k_t): who sees MACs learns nothing about the chain, and the other way round.
	var secret [MaxHMAC]byte
	hmacSHA256(key, []byte(keyDomain), &secret)

	var input [inputLength]byte
	n := copy(input[:], macDomain)
	n += copy(input[n:], schema[:])
	binary.BigEndian.PutUint32(input[n:], t)
	copy(input[n+4:], digest[:])
	if function == AESCMAC {
		cmacAES((*[16]byte)(secret[:16]), input[:], (*[16]byte)(mac[:16]))
		return
	}
	hmacSHA256(secret[:], input[:], mac)
}

// verify tells whether mac, possibly cut, is that of the segment.
func verify(function MAC, key []byte, schema *ID, t uint32, digest *[DigestLength]byte, mac []byte) bool {
	var full [MaxHMAC]byte
	authenticate(function, key, schema, t, digest, &full)
	return subtle.ConstantTimeCompare(full[:len(mac)], mac) == 1
}

const hmacBlock = sha256.BlockSize

// hmacSHA256 is RFC 2104 for keys of at most a block and messages of at most
// inputLength. crypto/hmac allocates for every key.
func hmacSHA256(key, message []byte, mac *[MaxHMAC]byte) {
	var inner [hmacBlock + inputLength]byte
	var outer [hmacBlock + sha256.Size]byte
	copy(inner[:hmacBlock], key)
	copy(outer[:hmacBlock], key)
	for i := range hmacBlock {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	n := hmacBlock + copy(inner[hmacBlock:], message)
	sum := sha256.Sum256(inner[:n])
	copy(outer[hmacBlock:], sum[:])
	*mac = sha256.Sum256(outer[:])
}

// cmacAES is RFC 4493.
func cmacAES(key *[16]byte, message []byte, mac *[16]byte) {
	var cipher aes128
	cipher.expand(key)
	var subkey [16]byte
	cipher.encrypt(&subkey)
	shift(&subkey) // K1

	var state [16]byte
	for len(message) > 16 {
		subtle.XORBytes(state[:], state[:], message[:16])
		cipher.encrypt(&state)
		message = message[16:]
	}
	subtle.XORBytes(state[:], state[:], message)
	if len(message) < 16 {
		shift(&subkey) // K2
		state[len(message)] ^= 0x80
	}
	subtle.XORBytes(state[:], state[:], subkey[:])
	cipher.encrypt(&state)
	*mac = state
}

// shift doubles in GF(2^128), RFC 4493 §2.3.
func shift(b *[16]byte) {
	high, low := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	carry := high >> 63
	binary.BigEndian.PutUint64(b[:8], high<<1|low>>63)
	binary.BigEndian.PutUint64(b[8:], low<<1^0x87&-carry)
}
