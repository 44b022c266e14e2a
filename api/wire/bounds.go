package wire

import (
	"fmt"
)

// Bounds of one message. The body's length is the caller's to bound.
const (
	maxDepth    = 64      // nesting of structs, lists and maps; also of what is skipped as unknown
	maxElements = 1 << 16 // list elements and map entries of one request
	maxPairs    = 1 << 16 // key-value pairs of a form or query string
)

// decodeError is why a request could not be read: it is not well-formed, or a value is not of the member's type.
type decodeError struct {
	malformed bool
	message   string
}

func (e *decodeError) Error() string { return e.message }

func malformed(format string, args ...any) error {
	return &decodeError{malformed: true, message: fmt.Sprintf(format, args...)}
}

func mistyped(format string, args ...any) error {
	return &decodeError{message: fmt.Sprintf(format, args...)}
}

// budget counts what a request makes the decoder allocate.
type budget struct{ elements int }

func (b *budget) take() error {
	if b.elements++; b.elements > maxElements {
		return malformed("more than %d list elements and map entries", maxElements)
	}
	return nil
}

// typeNames are the words for kinds in error messages.
func (n *node) typeName() string {
	switch n.kind {
	case kindString:
		return "String"
	case kindBool:
		return "Boolean"
	case kindInt:
		switch n.bits {
		case 8:
			return "Byte"
		case 16:
			return "Short"
		case 32:
			return "Integer"
		}
		return "Long"
	case kindFloat:
		if n.bits == 32 {
			return "Float"
		}
		return "Double"
	case kindTime:
		return "Timestamp"
	case kindBlob, kindStream:
		return "Blob"
	case kindList:
		return "List"
	case kindMap:
		return "Map"
	case kindStruct:
		return "Structure"
	}
	return "Document"
}

// fits reports whether an integer is within the node's width.
func (n *node) fits(x int64) bool {
	switch n.bits {
	case 8:
		return x == int64(int8(x))
	case 16:
		return x == int64(int16(x))
	case 32:
		return x == int64(int32(x))
	}
	return true
}

// width is the bit size of a float.
func (n *node) width() int {
	if n.bits == 32 {
		return 32
	}
	return 64
}

// shown is how a message names a value that the client sent.
func (n *node) shown(s string) string {
	if n.sensitive {
		return "The value"
	}
	return clip(s)
}
