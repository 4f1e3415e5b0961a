package segment

import "math/bits"

// aes128 is an AES-128 key schedule (FIPS 197) that its owner holds by value. crypto/aes
// allocates half a kilobyte per key, and a stream has a new key in every interval; a
// device with an AES engine uses that. It looks up a table by secret bytes: a key is
// secret for a few intervals, on a device that runs nothing else.
type aes128 [44]uint32

// sbox is the substitution table, computed by its definition, FIPS 197 §5.1.1.
var sbox = func() (s [256]byte) {
	// p runs through all powers of the generator 3, q through their inverses.
	for p, q := byte(1), byte(1); ; {
		p ^= double(p)
		q ^= q << 1
		q ^= q << 2
		q ^= q << 4
		if q&0x80 != 0 {
			q ^= 0x09
		}
		s[p] = 0x63 ^ q ^ bits.RotateLeft8(q, 1) ^ bits.RotateLeft8(q, 2) ^ bits.RotateLeft8(q, 3) ^ bits.RotateLeft8(q, 4)
		if p == 1 {
			break
		}
	}
	s[0] = 0x63
	return s
}()

// double multiplies by x modulo the AES polynomial.
func double(b byte) byte { return b<<1 ^ 0x1b&-(b>>7) }

// mixed is column 0 of MixColumns after SubBytes, for every byte: twice s, s and s again, thrice s.
var mixed = func() (m [256]uint32) {
	for i, s := range sbox {
		d := double(s)
		m[i] = uint32(d)<<24 | uint32(s)<<16 | uint32(s)<<8 | uint32(d^s)
	}
	return m
}()

func substitute(w uint32) uint32 {
	return uint32(sbox[w>>24])<<24 | uint32(sbox[byte(w>>16)])<<16 | uint32(sbox[byte(w>>8)])<<8 | uint32(sbox[byte(w)])
}

func word(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

func (a *aes128) expand(key *[16]byte) {
	for i := range 4 {
		a[i] = word(key[4*i:])
	}
	constant := byte(1)
	for i := 4; i < len(a); i++ {
		w := a[i-1]
		if i%4 == 0 {
			w = substitute(bits.RotateLeft32(w, 8)) ^ uint32(constant)<<24
			constant = double(constant)
		}
		a[i] = a[i-4] ^ w
	}
}

// encrypt encrypts one block in place.
func (a *aes128) encrypt(block *[16]byte) {
	var s, n [4]uint32
	for i := range s {
		s[i] = word(block[4*i:]) ^ a[i]
	}
	for round := 4; round < 40; round += 4 {
		for i := range s {
			n[i] = mixed[s[i]>>24] ^ bits.RotateLeft32(mixed[byte(s[(i+1)%4]>>16)], -8) ^
				bits.RotateLeft32(mixed[byte(s[(i+2)%4]>>8)], -16) ^ bits.RotateLeft32(mixed[byte(s[(i+3)%4])], -24) ^ a[round+i]
		}
		s = n
	}
	for i := range s {
		w := substitute(s[i]&0xff000000|s[(i+1)%4]&0x00ff0000|s[(i+2)%4]&0x0000ff00|s[(i+3)%4]&0x000000ff) ^ a[40+i]
		block[4*i], block[4*i+1], block[4*i+2], block[4*i+3] = byte(w>>24), byte(w>>16), byte(w>>8), byte(w)
	}
}
