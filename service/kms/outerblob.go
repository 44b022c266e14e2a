package kms

import (
	"slices"

	"vauban/service/kms/xks"
)

// appendOuter appends what an external key has encrypted to the head of a ciphertext.
func appendOuter(b []byte, s *xks.Sealed) []byte {
	b = slices.Grow(b, 2+len(s.IV)+len(s.Tag)+len(s.Metadata)+len(s.Ciphertext))
	b = append(append(b, byte(len(s.IV))), s.IV...)
	b = append(b, s.Tag...)
	b = append(append(b, byte(len(s.Metadata))), s.Metadata...)
	return append(b, s.Ciphertext...)
}

// parseOuter reads what appendOuter appended: nil when that cannot have been it.
func parseOuter(b []byte) *xks.Sealed {
	const tag = 16
	s, ok := &xks.Sealed{}, true
	take := func(n int) (out []byte) {
		if ok = ok && n <= len(b); ok {
			out, b = b[:n:n], b[n:]
		}
		return out
	}
	length := func() int {
		if n := take(1); ok {
			return int(n[0])
		}
		return 0
	}
	s.IV = take(length())
	s.Tag = take(tag)
	s.Metadata = take(length())
	s.Ciphertext = b
	if !ok || !s.WellFormed() {
		return nil
	}
	return s
}
