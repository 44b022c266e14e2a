package material

import (
	"bytes"
	"crypto/sha3"
	"encoding/binary"

	"filippo.io/mldsa"
)

// lattice is a parameter set of FIPS 204 (table 1).
type lattice struct {
	k, l       int
	tau        int
	gamma1Bits int // gamma1 is 2 to this power
	gamma2     uint32
	beta       uint32
	omega      int
	challenge  int // bytes
}

func latticeOf(p mldsa.Parameters) lattice {
	switch p {
	case mldsa.MLDSA44():
		return lattice{k: 4, l: 4, tau: 39, gamma1Bits: 17, gamma2: (ringQ - 1) / 88, beta: 78, omega: 80, challenge: 32}
	case mldsa.MLDSA65():
		return lattice{k: 6, l: 5, tau: 49, gamma1Bits: 19, gamma2: (ringQ - 1) / 32, beta: 196, omega: 55, challenge: 48}
	}
	return lattice{k: 8, l: 7, tau: 60, gamma1Bits: 19, gamma2: (ringQ - 1) / 32, beta: 120, omega: 75, challenge: 64}
}

// verifyRepresentative reports whether the signature is of the message that mu represents: FIPS 204 algorithm 8, from its step 8 on. The library signs
// representatives, but verifies whole messages only.
func verifyRepresentative(pub *mldsa.PublicKey, mu, signature []byte) bool {
	p := latticeOf(pub.Parameters())
	key := pub.Bytes()
	challenge, z, hint, ok := p.decode(signature)
	if !ok {
		return false
	}
	zetas := twiddles()
	c := p.ball(challenge)
	c.ntt(zetas)
	for i := range z {
		z[i].ntt(zetas)
	}
	h := sha3.NewSHAKE256()
	h.Write(mu)
	for r := range p.k {
		w := p.row(key[:32], r, z)
		t := poly(unpack(key[32+320*r:], 10))
		for i := range t {
			t[i] = mulQ(t[i], 1<<ringD)
		}
		t.ntt(zetas)
		w.subProduct(&c, &t)
		w.inverse(zetas)
		h.Write(p.commitment(&w, &hint[r]))
	}
	want := make([]byte, p.challenge)
	h.Read(want)
	return bytes.Equal(challenge, want)
}

// decode reads a signature (FIPS 204 algorithm 27), whose z must be short and whose hints must be in their only form.
func (p lattice) decode(sig []byte) (challenge []byte, z []poly, hint [][ringDegree]bool, ok bool) {
	width := p.gamma1Bits + 1
	size := ringDegree / 8 * width
	if len(sig) != p.challenge+p.l*size+p.omega+p.k {
		return nil, nil, nil, false
	}
	challenge, sig = sig[:p.challenge], sig[p.challenge:]
	z = make([]poly, p.l)
	gamma1 := uint32(1) << p.gamma1Bits
	for i := range z {
		for j, v := range unpack(sig[:size], width) {
			if v <= p.beta || v >= 2*gamma1-p.beta { // |gamma1 - v| must be below gamma1 - beta
				return nil, nil, nil, false
			}
			z[i][j] = subQ(gamma1, v)
		}
		sig = sig[size:]
	}
	hint, ok = p.hints(sig)
	return challenge, z, hint, ok
}

// hints reads the positions of the ones (FIPS 204 algorithm 21).
func (p lattice) hints(b []byte) ([][ringDegree]bool, bool) {
	out := make([][ringDegree]bool, p.k)
	at := 0
	for i := range out {
		end := int(b[p.omega+i])
		if end < at || end > p.omega {
			return nil, false
		}
		for first := at; at < end; at++ {
			if at > first && b[at-1] >= b[at] {
				return nil, false
			}
			out[i][b[at]] = true
		}
	}
	for _, rest := range b[at:p.omega] {
		if rest != 0 {
			return nil, false
		}
	}
	return out, true
}

// ball makes the challenge's polynomial: tau coefficients of 1 or -1 (FIPS 204 algorithm 29).
func (p lattice) ball(seed []byte) (c poly) {
	h := sha3.NewSHAKE256()
	h.Write(seed)
	var b [8]byte
	h.Read(b[:])
	signs := binary.LittleEndian.Uint64(b[:])
	for i := ringDegree - p.tau; i < ringDegree; i++ {
		for h.Read(b[:1]); int(b[0]) > i; h.Read(b[:1]) {
		}
		c[i], c[b[0]] = c[b[0]], 1
		if signs&1 == 1 {
			c[b[0]] = ringQ - 1
		}
		signs >>= 1
	}
	return c
}

// row returns one row of the public matrix (FIPS 204 algorithms 30 and 32) times z, transformed.
func (p lattice) row(seed []byte, r int, z []poly) (sum poly) {
	for s := range p.l {
		h := sha3.NewSHAKE128()
		h.Write(seed)
		h.Write([]byte{byte(s), byte(r)})
		var a poly
		var b [3]byte
		for j := 0; j < ringDegree; {
			h.Read(b[:])
			if v := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2]&0x7f)<<16; v < ringQ {
				a[j] = v
				j++
			}
		}
		sum.addProduct(&a, &z[s])
	}
	return sum
}

// commitment applies the hints (FIPS 204 algorithm 40) and encodes the high bits (algorithm 28).
func (p lattice) commitment(w *poly, hint *[ringDegree]bool) []byte {
	classes := uint32(ringQ-1) / (2 * p.gamma2)
	var high [ringDegree]uint32
	for i, v := range w {
		low := int64(v % (2 * p.gamma2)) // algorithm 36, Decompose
		if low > int64(p.gamma2) {
			low -= 2 * int64(p.gamma2)
		}
		if int64(v)-low == ringQ-1 {
			low--
		} else {
			high[i] = uint32(int64(v)-low) / (2 * p.gamma2)
		}
		switch {
		case hint[i] && low > 0:
			high[i] = (high[i] + 1) % classes
		case hint[i]:
			high[i] = (high[i] + classes - 1) % classes
		}
	}
	width := 4
	if classes == 44 {
		width = 6
	}
	return pack(nil, &high, width)
}
