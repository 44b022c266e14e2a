package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// place is a JSON value and where it stands. AWS's errors name a place as its parser does: behind the token that was read last, but of a string only
// behind its first quote.
type place struct {
	kind   placeKind
	value  any // of a scalar: string, json.Number, bool or nil
	items  []*place
	fields []placeField

	begin, end int // in the text
	at         int // as AWS names the place
}

type placeKind uint8

const (
	placeScalar placeKind = iota
	placeArray
	placeObject
)

type placeField struct {
	name  string
	value *place
}

// written is the value as it stands in the text, shortened.
func (p *place) written(text []byte) string {
	const most = 100
	return string(text[p.begin:min(p.end, p.begin+most)])
}

// places reads values with their places.
type places struct {
	text    []byte
	decoder *json.Decoder
}

// maxPlaces is how deep values can be nested.
const maxPlaces = 64

// parsePlaces reads one JSON value and nothing behind it.
func parsePlaces(text []byte) (*place, error) {
	p := &places{text: text, decoder: json.NewDecoder(bytes.NewReader(text))}
	p.decoder.UseNumber()
	v, err := p.value(0)
	if err == nil {
		if _, more := p.decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more after the object")
		}
	}
	if err != nil {
		return nil, &FilterError{p.notJSON(err)}
	}
	return v, nil
}

// notJSON words an error of syntax.
func (p *places) notJSON(err error) string {
	offset := int(p.decoder.InputOffset())
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = int(syntax.Offset)
	}
	before := p.text[:min(max(offset, 0), len(p.text))]
	line, column := bytes.Count(before, []byte{'\n'})+1, len(before)-bytes.LastIndexByte(before, '\n')
	return fmt.Sprintf("failed to parse JSON. %s at line: %d, column: %d", strings.TrimPrefix(err.Error(), "json: "), line, column)
}

// begins is where the next token begins.
func (p *places) begins() int {
	i := int(p.decoder.InputOffset())
	for i < len(p.text) && strings.IndexByte(" \t\r\n,:", p.text[i]) >= 0 {
		i++
	}
	return i
}

func (p *places) value(depth int) (*place, error) {
	if depth > maxPlaces {
		return nil, fmt.Errorf("it is nested more than %d levels deep", maxPlaces)
	}
	v := &place{begin: p.begins()}
	token, err := p.decoder.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	v.end = int(p.decoder.InputOffset())
	v.at = v.end
	switch token := token.(type) {
	case json.Delim:
		err = p.inside(v, token, depth)
		v.end = int(p.decoder.InputOffset())
	case string:
		v.value, v.at = token, v.begin+1
	default:
		v.value = token
	}
	return v, err
}

// inside reads what an array or an object holds, to its end.
func (p *places) inside(v *place, opening json.Delim, depth int) error {
	v.kind = placeArray
	if opening == '{' {
		v.kind = placeObject
	}
	for p.decoder.More() {
		name := ""
		if v.kind == placeObject {
			token, err := p.decoder.Token()
			if err != nil {
				return err
			}
			name, _ = token.(string)
		}
		one, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		if v.kind == placeArray {
			v.items = append(v.items, one)
		} else {
			v.add(name, one)
		}
	}
	_, err := p.decoder.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// add adds a field. Of several of one name the last counts, as in all JSON here.
func (p *place) add(name string, value *place) {
	for i := range p.fields {
		if p.fields[i].name == name {
			p.fields[i].value = value
			return
		}
	}
	p.fields = append(p.fields, placeField{name, value})
}
