package s3

import (
	"encoding/binary"
	"hash/crc32"
)

// nvmePolynomial is CRC-64/NVME's, reflected.
const nvmePolynomial = 0x9a6c9329ac4bc9b5

// crcField is the arithmetic of a reflected CRC: polynomials over GF(2) modulo its own. The CRC of two texts in a row follows from those of
// the texts: crc(A·B) = crc(A)·x^(8·|B|) + crc(B).
type crcField struct {
	polynomial uint64
	one        uint64 // x^0: the highest bit
}

func crcFieldOf(algorithm string) (f crcField, ok bool) {
	switch algorithm {
	case algorithmCRC32:
		return crcField{crc32.IEEE, 1 << 31}, true
	case algorithmCRC32C:
		return crcField{crc32.Castagnoli, 1 << 31}, true
	case algorithmCRC64NVME:
		return crcField{nvmePolynomial, 1 << 63}, true
	}
	return f, false
}

func (f crcField) times(a, b uint64) uint64 {
	product := uint64(0)
	for bit := f.one; bit != 0 && a != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
			a ^= bit
		}
		if b&1 != 0 {
			b = b>>1 ^ f.polynomial
		} else {
			b >>= 1
		}
	}
	return product
}

// power is x^n.
func (f crcField) power(n uint64) uint64 {
	result, base := f.one, f.one>>1
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			result = f.times(result, base)
		}
		base = f.times(base, base)
	}
	return result
}

// combine is the CRC of two texts in a row, of which the second has size bytes.
func (f crcField) combine(first, second uint64, size int64) uint64 {
	return f.times(first, f.power(uint64(size)*8)) ^ second
}

// combined is the CRC of parts in a row, as a hash answers it.
func (f crcField) combined(sums [][]byte, sizes []int64) []byte {
	var all uint64
	for i, sum := range sums {
		all = f.combine(all, crcValue(sum), sizes[i])
	}
	if f.one == 1<<31 {
		return binary.BigEndian.AppendUint32(nil, uint32(all))
	}
	return binary.BigEndian.AppendUint64(nil, all)
}

func crcValue(sum []byte) uint64 {
	if len(sum) == 4 {
		return uint64(binary.BigEndian.Uint32(sum))
	}
	return binary.BigEndian.Uint64(sum)
}
