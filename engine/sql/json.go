package sql

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

var errDocument = errors.New("the document is not valid JSON")

// raw is a value that is still JSON: a row, map, array or json.
type raw []byte

// members calls fn for the members of an object, until it returns false. Names and values are parts of the document. It checks no more
// than it must to find their ends.
func members(doc []byte, fn func(key string, value raw) bool) error {
	i := space(doc, 0)
	if i >= len(doc) || doc[i] != '{' {
		return errDocument
	}
	i = space(doc, i+1)
	if i < len(doc) && doc[i] == '}' {
		return nil
	}
	for {
		if i >= len(doc) || doc[i] != '"' {
			return errDocument
		}
		j, err := value(doc, i)
		if err != nil {
			return err
		}
		key := unquote(doc[i:j])
		i = space(doc, j)
		if i >= len(doc) || doc[i] != ':' {
			return errDocument
		}
		i = space(doc, i+1)
		if j, err = value(doc, i); err != nil {
			return err
		}
		if !fn(key, raw(doc[i:j:j])) {
			return nil
		}
		i = space(doc, j)
		if i >= len(doc) || doc[i] != ',' {
			if i < len(doc) && doc[i] == '}' {
				return nil
			}
			return errDocument
		}
		i = space(doc, i+1)
	}
}

// elements calls fn for the elements of an array, until it returns false.
func elements(doc []byte, fn func(raw) bool) error {
	i := space(doc, 0)
	if i >= len(doc) || doc[i] != '[' {
		return errDocument
	}
	i = space(doc, i+1)
	if i < len(doc) && doc[i] == ']' {
		return nil
	}
	for {
		j, err := value(doc, i)
		if err != nil {
			return err
		}
		if !fn(raw(doc[i:j:j])) {
			return nil
		}
		i = space(doc, j)
		if i >= len(doc) || doc[i] != ',' {
			if i < len(doc) && doc[i] == ']' {
				return nil
			}
			return errDocument
		}
		i = space(doc, i+1)
	}
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// value returns the end of the value that begins at i.
func value(b []byte, i int) (int, error) {
	if i >= len(b) {
		return 0, errDocument
	}
	switch b[i] {
	case '"':
		return quotedEnd(b, i)
	case '{', '[':
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				j, err := quotedEnd(b, i)
				if err != nil {
					return 0, err
				}
				i = j
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1, nil
				}
			}
			i++
		}
		return 0, errDocument
	}
	j := i
	for j < len(b) && strings.IndexByte(",]}: \n\r\t", b[j]) < 0 {
		j++
	}
	if j == i {
		return 0, errDocument
	}
	return j, nil
}

func quotedEnd(b []byte, i int) (int, error) {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1, nil
		}
	}
	return 0, errDocument
}

// unquote is the text of a JSON string.
func unquote(b []byte) string {
	in := b[1 : len(b)-1]
	plain := utf8.Valid(in)
	for _, c := range in {
		if c == '\\' || c < ' ' {
			plain = false
		}
	}
	if plain {
		return string(in)
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return string(in)
	}
	return s
}

// field is the member of an object, in whatever case its name is written; nil when there is none.
func field(doc raw, name string) raw {
	var out raw
	err := members(doc, func(key string, v raw) bool {
		if strings.EqualFold(key, name) {
			out = v
		}
		return out == nil
	})
	if err != nil {
		return nil
	}
	return out
}

func isNullJSON(v raw) bool { return len(v) == 0 || string(v) == "null" }
