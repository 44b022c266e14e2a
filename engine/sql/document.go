package sql

import "strings"

// document is the document that a query looks at, with what has been read of it.
type document struct {
	columns []Column
	used    map[string]int // columns that the query uses, by their names in lower case
	doc     []byte
	parts   []raw
	values  []any
	state   []bool // whether values[i] has been read
	scanned bool
}

func newDocument(columns []Column, used []int) *document {
	d := &document{columns: columns, used: map[string]int{}, parts: make([]raw, len(columns)), values: make([]any, len(columns)), state: make([]bool, len(columns))}
	for _, i := range used {
		d.used[strings.ToLower(columns[i].Name)] = i
	}
	return d
}

func (d *document) set(doc []byte) {
	d.doc, d.scanned = doc, false
	clear(d.parts)
	clear(d.state)
}

func (d *document) column(i int) (any, error) {
	if d.state[i] {
		return d.values[i], nil
	}
	if d.columns[i].Document {
		d.values[i], d.state[i] = string(d.doc), true
		return d.values[i], nil
	}
	if !d.scanned {
		d.scanned = true
		if err := members(d.doc, func(key string, v raw) bool {
			if i, ok := d.used[strings.ToLower(key)]; ok {
				d.parts[i] = v
			}
			return true
		}); err != nil {
			return nil, err
		}
	}
	v, err := decode(d.parts[i], d.columns[i].Type)
	d.values[i], d.state[i] = v, err == nil
	return v, err
}
