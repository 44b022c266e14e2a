package material

import "math/bits"

// The ring of FIPS 204: polynomials of 256 coefficients modulo q. All of this works on public values (a public key and a signature), so it need not
// run in constant time.

const (
	ringDegree = 256
	ringQ      = 8380417 // 2^23 - 2^13 + 1
	ringRoot   = 1753    // of order 512
	ringD      = 13      // bits dropped from t
)

// poly has its coefficients in [0, q).
type poly [ringDegree]uint32

func mulQ(a, b uint32) uint32 { return uint32(uint64(a) * uint64(b) % ringQ) }
func addQ(a, b uint32) uint32 { return (a + b) % ringQ }
func subQ(a, b uint32) uint32 { return (a + ringQ - b) % ringQ }

// twiddles returns the powers of the root in the order in which the transforms use them (FIPS 204 appendix B).
func twiddles() *poly {
	var powers, out poly
	powers[0] = 1
	for i := 1; i < ringDegree; i++ {
		powers[i] = mulQ(powers[i-1], ringRoot)
	}
	for i := range out {
		out[i] = powers[bits.Reverse8(uint8(i))]
	}
	return &out
}

// ntt transforms in place (FIPS 204 algorithm 41).
func (p *poly) ntt(z *poly) {
	m := 0
	for size := ringDegree / 2; size >= 1; size /= 2 {
		for start := 0; start < ringDegree; start += 2 * size {
			m++
			for j := start; j < start+size; j++ {
				t := mulQ(z[m], p[j+size])
				p[j+size], p[j] = subQ(p[j], t), addQ(p[j], t)
			}
		}
	}
}

// inverse transforms back in place (FIPS 204 algorithm 42).
func (p *poly) inverse(z *poly) {
	m := ringDegree
	for size := 1; size < ringDegree; size *= 2 {
		for start := 0; start < ringDegree; start += 2 * size {
			m--
			for j := start; j < start+size; j++ {
				t := p[j]
				p[j], p[j+size] = addQ(t, p[j+size]), mulQ(ringQ-z[m], subQ(t, p[j+size]))
			}
		}
	}
	const inverse256 = 8347681
	for j := range p {
		p[j] = mulQ(p[j], inverse256)
	}
}

// addProduct adds a times b, all transformed.
func (p *poly) addProduct(a, b *poly) {
	for i := range p {
		p[i] = addQ(p[i], mulQ(a[i], b[i]))
	}
}

// subProduct subtracts a times b, all transformed.
func (p *poly) subProduct(a, b *poly) {
	for i := range p {
		p[i] = subQ(p[i], mulQ(a[i], b[i]))
	}
}

// unpack reads 256 little-endian values of the width.
func unpack(b []byte, width int) (out [ringDegree]uint32) {
	var held uint64
	have := 0
	for i := range out {
		for have < width {
			held |= uint64(b[0]) << have
			b, have = b[1:], have+8
		}
		out[i] = uint32(held & (1<<width - 1))
		held, have = held>>width, have-width
	}
	return out
}

// pack writes them.
func pack(dst []byte, values *[ringDegree]uint32, width int) []byte {
	var held uint64
	have := 0
	for _, v := range values {
		held |= uint64(v) << have
		for have += width; have >= 8; have -= 8 {
			dst, held = append(dst, byte(held)), held>>8
		}
	}
	return dst
}
