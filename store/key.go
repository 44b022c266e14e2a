package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"time"
)

// Key is an order-preserving tuple encoding: comparing Keys as bytes compares the tuples part by part,
// and a Key is a prefix of another exactly when its tuple is.
type Key []byte

// MaxKey is the largest primary key in bytes: index entries hold it whole, and PostgreSQL takes no more than 2,704
// bytes in one. Values of unique and look-up keys may be longer, they are hashed.
const MaxKey = 1536

// Each part starts with its tag. Parts of different types order by tag. No part's encoding is a prefix of another
// part's: strings and bytes end with a byte that cannot occur inside, the rest have a fixed length. That is what makes the prefix law hold.
const (
	tagBytes  = 0x01
	tagString = 0x02
	tagInt    = 0x03
	tagUint   = 0x04
	tagFalse  = 0x05
	tagTrue   = 0x06
	tagTime   = 0x07
)

// Inside strings and bytes, 0x00 ends the part; 0x00 and 0x01 are written as 0x01 followed by 0x01 or 0x02.
const (
	endByte    = 0x00
	escapeByte = 0x01
	escapeNul  = 0x01
	escapeSelf = 0x02
)

// K encodes a tuple. A part is a string, []byte, bool, time.Time, a signed or an unsigned integer, or a named type of
// one of these; a Key is spliced in, so K("a", K("b")) equals K("a", "b"). Signed integers of all sizes encode alike, and so do
// unsigned ones. Times keep their instant, not their zone. Any other type is a mistake in the program and panics.
func K(parts ...any) Key {
	k := make(Key, 0, sizeHint(parts))
	for _, p := range parts {
		k = k.append(p)
	}
	return k
}

// With returns k followed by more parts; k itself is not changed.
func (k Key) With(parts ...any) Key {
	out := make(Key, len(k), len(k)+sizeHint(parts))
	copy(out, k)
	for _, p := range parts {
		out = out.append(p)
	}
	return out
}

// Extend is With that may write into k's spare room, as the built-in append does.
func (k Key) Extend(parts ...any) Key {
	for _, p := range parts {
		k = k.append(p)
	}
	return k
}

func sizeHint(parts []any) int {
	n := 0
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			n += len(p) + 2
		case []byte:
			n += len(p) + 2
		case Key:
			n += len(p)
		default:
			n += 13
		}
	}
	return n
}

func (k Key) append(part any) Key {
	switch p := part.(type) {
	case string:
		return k.appendString(p)
	case Key:
		return append(k, p...)
	case []byte:
		return k.appendBytes(p)
	case int64:
		return k.appendInt(p)
	case int:
		return k.appendInt(int64(p))
	case uint64:
		return k.appendUint(p)
	case bool:
		if p {
			return append(k, tagTrue)
		}
		return append(k, tagFalse)
	case time.Time:
		k = append(k, tagTime)
		k = binary.BigEndian.AppendUint64(k, uint64(p.Unix())^(1<<63))
		return binary.BigEndian.AppendUint32(k, uint32(p.Nanosecond()))
	}
	return k.appendNamed(part)
}

// appendNamed takes the named types, which a type switch does not see.
func (k Key) appendNamed(part any) Key {
	v := reflect.ValueOf(part)
	switch v.Kind() {
	case reflect.String:
		return k.appendString(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return k.appendInt(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return k.appendUint(v.Uint())
	case reflect.Bool:
		return k.append(v.Bool())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return k.appendBytes(v.Bytes())
		}
	}
	panic(fmt.Sprintf("store: %T cannot be part of a key", part))
}

func (k Key) appendInt(n int64) Key {
	return binary.BigEndian.AppendUint64(append(k, tagInt), uint64(n)^(1<<63))
}

func (k Key) appendUint(n uint64) Key {
	return binary.BigEndian.AppendUint64(append(k, tagUint), n)
}

func (k Key) appendString(s string) Key {
	k = append(k, tagString)
	start := 0
	for i := 0; i < len(s); i++ {
		if s[i] <= escapeByte {
			k = append(k, s[start:i]...)
			k = append(k, escapeByte, s[i]+1) // 0x00 becomes escapeNul, 0x01 escapeSelf
			start = i + 1
		}
	}
	k = append(k, s[start:]...)
	return append(k, endByte)
}

func (k Key) appendBytes(b []byte) Key {
	k = append(k, tagBytes)
	start := 0
	for i, c := range b {
		if c <= escapeByte {
			k = append(k, b[start:i]...)
			k = append(k, escapeByte, c+1)
			start = i + 1
		}
	}
	k = append(k, b[start:]...)
	return append(k, endByte)
}

// Compare orders keys: -1, 0 or 1.
func (k Key) Compare(other Key) int { return bytes.Compare(k, other) }

// HasPrefix reports whether k's tuple starts with prefix's tuple.
func (k Key) HasPrefix(prefix Key) bool { return bytes.HasPrefix(k, prefix) }

// Next returns the least byte string greater than k: `>= Next` is `> k`.
func (k Key) Next() Key {
	out := make(Key, len(k)+1)
	copy(out, k)
	return out
}

// End returns the least byte string greater than every key that has the prefix k, or nil when there is none: the keys
// with the prefix k are those in [k, k.End()).
func (k Key) End() Key {
	n := len(k)
	for n > 0 && k[n-1] == 0xff {
		n--
	}
	if n == 0 {
		return nil
	}
	out := make(Key, n)
	copy(out, k)
	out[n-1]++
	return out
}

// String shows the tuple for logs and test failures.
func (k Key) String() string {
	parts, err := Decode(k)
	if err != nil {
		return fmt.Sprintf("%x", []byte(k))
	}
	var b bytes.Buffer
	b.WriteByte('(')
	for i, p := range parts {
		if i > 0 {
			b.WriteString(", ")
		}
		switch p := p.(type) {
		case string:
			fmt.Fprintf(&b, "%q", p)
		case []byte:
			fmt.Fprintf(&b, "0x%x", p)
		case time.Time:
			b.WriteString(p.Format(time.RFC3339Nano))
		default:
			fmt.Fprint(&b, p)
		}
	}
	b.WriteByte(')')
	return b.String()
}
