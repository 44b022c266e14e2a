package wire

import (
	"fmt"
	"net/textproto"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// place is where in a message a member stands.
type place uint8

const (
	inBody place = iota
	inHeader
	inPrefix
	inQuery
	inParams
	inLabel
	inStatus
	inPayload
)

// inAnswer reports whether a member is in the body of a REST answer: the bindings to path and query only mean requests.
func (p place) inAnswer() bool {
	return p == inBody || p == inQuery || p == inParams || p == inLabel
}

// readTag fills a field's plan from its struct tag and returns the name of its shape row, or "".
func (f *field) readTag(sf reflect.StructField) (is string, err error) {
	parts := strings.Split(sf.Tag.Get("api"), ",")
	f.name = sf.Name
	if parts[0] != "" {
		f.name = parts[0]
	}
	var xml, json, ec2, ns, prefix string
	for _, part := range parts[1:] {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "required":
			f.required = true
		case "header":
			f.place, f.bound = inHeader, textproto.CanonicalMIMEHeaderKey(value)
		case "prefix":
			f.place, f.bound = inPrefix, value
		case "query":
			f.place, f.bound = inQuery, value
		case "params":
			f.place = inParams
		case "label":
			f.place = inLabel
		case "status":
			f.place = inStatus
		case "payload":
			f.place = inPayload
		case "events":
			f.events = true
		case "xml":
			xml = value
		case "json":
			json = value
		case "ec2":
			ec2 = value
		case "flat":
			f.flat = true
		case "attr":
			f.attr = true
		case "xmlns":
			ns = value
		case "xmlprefix":
			prefix = value
		case "sensitive":
			f.sensitive = true
		case "ts":
			if f.format, err = parseFormat(value); err != nil {
				return "", err
			}
		case "media":
			f.media = value
		case "i8":
			f.bits = 8
		case "i16":
			f.bits = 16
		case "i32", "f32":
			f.bits = 32
		case "is":
			is = value
		default:
			return "", fmt.Errorf("unknown tag part %q", part)
		}
	}
	f.json, f.xml = or(json, f.name), or(xml, f.name)
	f.ec2 = or(ec2, capital(f.xml))
	f.ns = namespaceAttr(prefix, ns)
	return is, nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// capital raises the first letter, as ec2Query names members.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// lowerFirst lowers the first letter, as validation messages and CloudTrail records name members.
func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// namespaceAttr returns ` xmlns="uri"`, or "".
func namespaceAttr(prefix, uri string) string {
	switch {
	case uri == "":
		return ""
	case prefix == "":
		return ` xmlns="` + uri + `"`
	}
	return ` xmlns:` + prefix + `="` + uri + `"`
}
