package wire

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// CBOR (RFC 8949) as rpcv2Cbor uses it: well-formed data only, definite and indefinite lengths, half, single and double floats, tag 1.

// The major types.
const (
	cborUint   = 0
	cborNegint = 1
	cborBytes  = 2
	cborText   = 3
	cborArray  = 4
	cborMap    = 5
	cborTag    = 6
	cborSimple = 7
)

const (
	cborIndefinite = 31
	cborBreak      = 0xFF
	cborNull       = 0xF6
	cborUndefined  = 0xF7
)

// cborScanner reads CBOR heads and values from a body.
type cborScanner struct {
	data  []byte
	pos   int
	depth int
	budget
}

func (s *cborScanner) bad(what string) error {
	return malformed("%s at byte %d of the CBOR input", what, s.pos)
}

// peek returns the next initial byte without consuming it; ok is false at the end.
func (s *cborScanner) peek() (byte, error) {
	if s.pos >= len(s.data) {
		return 0, s.bad("unexpected end")
	}
	return s.data[s.pos], nil
}

// head reads an initial byte and its argument. info is 31 for indefinite lengths and the break.
func (s *cborScanner) head() (major, info byte, arg uint64, err error) {
	c, err := s.peek()
	if err != nil {
		return 0, 0, 0, err
	}
	major, info = c>>5, c&31
	size := 0
	switch {
	case info < 24:
		s.pos++
		return major, info, uint64(info), nil
	case info <= 27:
		size = 1 << (info - 24)
	case info == cborIndefinite && major != cborUint && major != cborNegint && major != cborTag:
		s.pos++
		return major, info, 0, nil
	default:
		return 0, 0, 0, s.bad("reserved head")
	}
	if len(s.data)-s.pos-1 < size {
		return 0, 0, 0, s.bad("unexpected end")
	}
	b := s.data[s.pos+1:]
	switch size {
	case 1:
		arg = uint64(b[0])
	case 2:
		arg = uint64(binary.BigEndian.Uint16(b))
	case 4:
		arg = uint64(binary.BigEndian.Uint32(b))
	default:
		arg = binary.BigEndian.Uint64(b)
	}
	if major == cborSimple && size == 1 && arg < 32 {
		return 0, 0, 0, s.bad("badly encoded simple value")
	}
	s.pos += 1 + size
	return major, info, arg, nil
}

// null consumes null or undefined and reports whether one was there.
func (s *cborScanner) null() bool {
	if s.pos < len(s.data) && (s.data[s.pos] == cborNull || s.data[s.pos] == cborUndefined) {
		s.pos++
		return true
	}
	return false
}

func (s *cborScanner) enter() error {
	if s.depth++; s.depth > maxDepth {
		return malformed("CBOR nested deeper than %d", maxDepth)
	}
	return nil
}

// length checks a definite length against what is left: every element takes at least one byte.
func (s *cborScanner) length(arg uint64, perElement uint64) (int, error) {
	if left := uint64(len(s.data) - s.pos); arg > left/perElement {
		return 0, s.bad("length beyond the end")
	}
	return int(arg), nil
}

// container reads the head of an array or map. n is -1 when the length is indefinite.
func (s *cborScanner) container(major byte, perElement uint64) (n int, err error) {
	m, info, arg, err := s.head()
	if err != nil {
		return 0, err
	}
	if m != major {
		return 0, s.bad("unexpected type")
	}
	if err := s.enter(); err != nil {
		return 0, err
	}
	if info == cborIndefinite {
		return -1, nil
	}
	return s.length(arg, perElement)
}

// more reports whether element i of a container of n follows, consuming the break of an indefinite one. At the end it leaves the container.
func (s *cborScanner) more(i, n int) (bool, error) {
	if n >= 0 {
		if i == n {
			s.depth--
		}
		return i < n, nil
	}
	c, err := s.peek()
	if err != nil {
		return false, err
	}
	if c == cborBreak {
		s.pos++
		s.depth--
		return false, nil
	}
	return true, nil
}

// str reads a byte or text string of either form. The result may share memory with the body.
func (s *cborScanner) str(major byte) ([]byte, error) {
	m, info, arg, err := s.head()
	if err != nil {
		return nil, err
	}
	if m != major {
		return nil, s.bad("unexpected type")
	}
	if info != cborIndefinite {
		return s.chunk(major, arg)
	}
	var whole []byte
	for {
		m, info, arg, err := s.head()
		if err != nil {
			return nil, err
		}
		if m == cborSimple && info == cborIndefinite {
			return whole, nil
		}
		if m != major || info == cborIndefinite {
			return nil, s.bad("bad chunk of a string")
		}
		part, err := s.chunk(major, arg)
		if err != nil {
			return nil, err
		}
		whole = append(whole, part...)
	}
}

func (s *cborScanner) chunk(major byte, arg uint64) ([]byte, error) {
	n, err := s.length(arg, 1)
	if err != nil {
		return nil, err
	}
	b := s.data[s.pos : s.pos+n]
	if major == cborText && !utf8.Valid(b) {
		return nil, s.bad("text that is not UTF-8")
	}
	s.pos += n
	return b, nil
}

// number reads an integer or a float: exactly one of the results is meant.
func (s *cborScanner) number() (i int64, f float64, isFloat bool, err error) {
	major, info, arg, err := s.head()
	if err != nil {
		return 0, 0, false, err
	}
	switch {
	case major == cborUint && arg <= math.MaxInt64:
		return int64(arg), 0, false, nil
	case major == cborNegint && arg <= math.MaxInt64:
		return -1 - int64(arg), 0, false, nil
	case major == cborSimple && info == 25:
		return 0, half(uint16(arg)), true, nil
	case major == cborSimple && info == 26:
		return 0, float64(math.Float32frombits(uint32(arg))), true, nil
	case major == cborSimple && info == 27:
		return 0, math.Float64frombits(arg), true, nil
	}
	return 0, 0, false, s.bad("number expected")
}

// half decodes an IEEE 754 half-precision float (RFC 8949, appendix D).
func half(h uint16) float64 {
	exp, mant := int(h>>10)&31, float64(h&0x3FF)
	var x float64
	switch exp {
	case 0:
		x = math.Ldexp(mant, -24)
	case 31:
		if x = math.Inf(1); mant != 0 {
			x = math.NaN()
		}
	default:
		x = math.Ldexp(mant+1024, exp-25)
	}
	if h&0x8000 != 0 {
		return -x
	}
	return x
}

// skip reads over any value.
func (s *cborScanner) skip() error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	switch major := c >> 5; major {
	case cborBytes, cborText:
		_, err := s.str(major)
		return err
	case cborArray, cborMap:
		perElement := uint64(major - cborArray + 1)
		n, err := s.container(major, perElement)
		if err != nil {
			return err
		}
		for i := 0; ; i++ {
			more, err := s.more(i, n)
			if err != nil || !more {
				return err
			}
			for range perElement {
				if err := s.skip(); err != nil {
					return err
				}
			}
		}
	case cborTag:
		if _, _, _, err := s.head(); err != nil {
			return err
		}
		if err := s.enter(); err != nil {
			return err
		}
		err := s.skip()
		s.depth--
		return err
	}
	_, info, _, err := s.head()
	if err == nil && info == cborIndefinite {
		err = s.bad("unexpected break")
	}
	return err
}

// key reads a map key, which must be text.
func (s *cborScanner) key() ([]byte, error) {
	return s.str(cborText)
}
