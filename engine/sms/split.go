package sms

import (
	"errors"
	"fmt"
	"unicode/utf16"
)

// Coding is the alphabet of a message, by its code in SMPP's data_coding.
type Coding byte

// The alphabets.
const (
	GSM7 Coding = 0 // the default alphabet: septets, one an octet
	UCS2 Coding = 8 // UTF-16, big-endian
)

// Lengths of one message and of a part of several, whose header takes the place of the rest.
const (
	septetsAlone, septetsPart = 160, 153
	unitsAlone, unitsPart     = 70, 67
)

// MaxParts is what the header of a part can count.
const MaxParts = 255

// ErrTooLong says that a text does not fit into [MaxParts] parts.
var ErrTooLong = errors.New("the text is too long for a message of 255 parts")

// Message is a text as it is sent.
type Message struct {
	Coding Coding
	Parts  [][]byte // without their headers; one part needs none
}

// Encode chooses the alphabet and cuts the text into parts, never within a character.
func Encode(text string) (*Message, error) {
	characters, ok := in7(text)
	m := &Message{Coding: GSM7}
	alone, part := septetsAlone, septetsPart
	if !ok {
		m.Coding, alone, part = UCS2, 2*unitsAlone, 2*unitsPart
		characters = in16(text)
	}
	total := 0
	for _, c := range characters {
		total += len(c)
	}
	if total <= alone {
		part = alone
	}
	m.Parts = [][]byte{nil}
	for _, c := range characters {
		last := &m.Parts[len(m.Parts)-1]
		if len(*last)+len(c) > part {
			if len(m.Parts) == MaxParts {
				return nil, ErrTooLong
			}
			m.Parts = append(m.Parts, nil)
			last = &m.Parts[len(m.Parts)-1]
		}
		*last = append(*last, c...)
	}
	return m, nil
}

// in7 is each character in the default alphabet, if it has them all.
func in7(text string) ([][]byte, bool) {
	known := codes()
	out := make([][]byte, 0, len(text))
	for _, r := range text {
		c, ok := septets(nil, r, known)
		if !ok {
			return nil, false
		}
		out = append(out, c)
	}
	return out, true
}

// in16 is each character in UTF-16: one unit, or a pair that must stay together.
func in16(text string) [][]byte {
	out := make([][]byte, 0, len(text))
	for _, r := range text {
		var c []byte
		for _, u := range utf16.AppendRune(nil, r) {
			c = append(c, byte(u>>8), byte(u))
		}
		out = append(out, c)
	}
	return out
}

// Header is the user data header of part n, from 1, of a message of several: concatenation with an 8-bit reference.
func Header(reference byte, parts, n int) []byte {
	return []byte{5, 0, 3, reference, byte(parts), byte(n)}
}

// Part is what a header says.
type Part struct {
	Reference byte
	Parts, N  int
}

// ParseHeader takes the user data header off a part's octets. Without a concatenation in it the message is one of its own.
func ParseHeader(data []byte) (p Part, rest []byte, err error) {
	p = Part{Parts: 1, N: 1}
	if len(data) == 0 || int(data[0])+1 > len(data) {
		return p, nil, errors.New("the user data header is cut off")
	}
	end := int(data[0]) + 1 // as an int: a byte of 255 has no next one
	header, rest := data[1:end], data[end:]
	for len(header) > 0 {
		if len(header) < 2 || int(header[1])+2 > len(header) {
			return p, nil, errors.New("an element of the user data header is cut off")
		}
		end := int(header[1]) + 2
		value := header[2:end]
		if header[0] == 0 {
			if len(value) != 3 || value[1] == 0 || value[2] == 0 || value[2] > value[1] {
				return p, nil, fmt.Errorf("concatenation % x is none", value)
			}
			p = Part{value[0], int(value[1]), int(value[2])}
		}
		header = header[end:]
	}
	return p, rest, nil
}

// Decode reads a message without its header.
func Decode(c Coding, data []byte) (string, error) {
	switch c {
	case GSM7:
		if text, ok := decode7(data); ok {
			return text, nil
		}
		return "", errors.New("not in the default alphabet")
	case UCS2:
		if len(data)%2 != 0 {
			return "", errors.New("half a character at the end")
		}
		units := make([]uint16, len(data)/2)
		for i := range units {
			units[i] = uint16(data[2*i])<<8 | uint16(data[2*i+1])
		}
		return string(utf16.Decode(units)), nil
	}
	return "", fmt.Errorf("coding %d is not known", c)
}
