package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrBadKey is wrapped by the errors of Decode and Key.Parts.
var ErrBadKey = errors.New("store: not a key")

// Decode returns the tuple that K encoded. Parts are string, []byte, int64, uint64, bool and time.Time (in UTC).
// Only what K can have made is accepted: encoding the parts again gives the same bytes.
func Decode(k Key) ([]any, error) {
	var parts []any
	rest := []byte(k)
	for len(rest) > 0 {
		part, tail, err := decodePart(rest)
		if err != nil {
			return nil, fmt.Errorf("at byte %d: %w", len(k)-len(rest), err)
		}
		parts = append(parts, part)
		rest = tail
	}
	return parts, nil
}

// Parts decodes k into variables, one for each part: *string, *[]byte, *int64, *uint64, *bool or *time.Time.
func (k Key) Parts(into ...any) error {
	rest := []byte(k)
	for i, dst := range into {
		if len(rest) == 0 {
			return fmt.Errorf("%w: %d parts, want %d", ErrBadKey, i, len(into))
		}
		part, tail, err := decodePart(rest)
		if err != nil {
			return fmt.Errorf("part %d: %w", i, err)
		}
		if !assign(dst, part) {
			return fmt.Errorf("%w: part %d is %T, want %T", ErrBadKey, i, part, dst)
		}
		rest = tail
	}
	if len(rest) > 0 {
		return fmt.Errorf("%w: more than %d parts", ErrBadKey, len(into))
	}
	return nil
}

func assign(dst, part any) bool {
	switch d := dst.(type) {
	case *string:
		return set(d, part)
	case *[]byte:
		return set(d, part)
	case *int64:
		return set(d, part)
	case *uint64:
		return set(d, part)
	case *bool:
		return set(d, part)
	case *time.Time:
		return set(d, part)
	}
	return false
}

func set[T any](dst *T, part any) bool {
	v, ok := part.(T)
	if ok {
		*dst = v
	}
	return ok
}

// decodePart takes the first part off a non-empty key.
func decodePart(b []byte) (part any, rest []byte, err error) {
	tag, b := b[0], b[1:]
	switch tag {
	case tagFalse, tagTrue:
		return tag == tagTrue, b, nil
	case tagString:
		raw, rest, err := unescape(b)
		return string(raw), rest, err
	case tagBytes:
		raw, rest, err := unescape(b)
		return raw, rest, err
	case tagInt, tagUint:
		if len(b) < 8 {
			return nil, nil, fmt.Errorf("%w: short number", ErrBadKey)
		}
		n := binary.BigEndian.Uint64(b)
		if tag == tagUint {
			return n, b[8:], nil
		}
		return int64(n ^ (1 << 63)), b[8:], nil
	case tagTime:
		if len(b) < 12 {
			return nil, nil, fmt.Errorf("%w: short time", ErrBadKey)
		}
		sec := int64(binary.BigEndian.Uint64(b) ^ (1 << 63))
		nsec := binary.BigEndian.Uint32(b[8:])
		t := time.Unix(sec, int64(nsec)).UTC()
		if nsec >= 1e9 || t.Unix() != sec {
			return nil, nil, fmt.Errorf("%w: time out of range", ErrBadKey)
		}
		return t, b[12:], nil
	}
	return nil, nil, fmt.Errorf("%w: unknown tag 0x%02x", ErrBadKey, tag)
}

func unescape(b []byte) (raw, rest []byte, err error) {
	raw = []byte{}
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case endByte:
			return raw, b[i+1:], nil
		case escapeByte:
			i++
			if i == len(b) || b[i] != escapeNul && b[i] != escapeSelf {
				return nil, nil, fmt.Errorf("%w: bad escape", ErrBadKey)
			}
			raw = append(raw, b[i]-1)
		default:
			raw = append(raw, b[i])
		}
	}
	return nil, nil, fmt.Errorf("%w: string without end", ErrBadKey)
}
