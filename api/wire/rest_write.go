package wire

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"reflect"
	"strings"
)

// encodeBound writes the members of a REST output that are headers or the status code.
func encodeBound(resp *Response, v reflect.Value, plan *structPlan) {
	if !plan.bound {
		return
	}
	for i := range plan.fields {
		f := &plan.fields[i]
		fv := v.Field(f.index)
		if f.absent(fv) {
			continue
		}
		switch f.place {
		case inHeader:
			if text, ok := f.headerText(fv); ok {
				resp.Header[f.bound] = []string{text}
				resp.typed = resp.typed || f.bound == headerType
			}
		case inPrefix:
			for _, key := range sortedKeys(fv) {
				name := f.bound + strings.ToLower(key.String()) // clients make keys of the names, in the case that S3 writes: x-amz-meta-
				if f.bound == "" || f.bound != strings.ToLower(f.bound) {
					name = textproto.CanonicalMIMEHeaderKey(f.bound + key.String())
				}
				if value := headerSafe(f.elem.deref(fv.MapIndex(key)).String()); validHeaderName(name) && resp.Header[name] == nil {
					resp.Header[name] = []string{value}
				}
			}
		case inStatus:
			if code := f.deref(fv).Int(); code >= 200 && code <= 599 {
				resp.Status = int(code)
			}
		}
	}
}

// headerText renders a header value; an empty list has no header.
func (f *field) headerText(v reflect.Value) (string, bool) {
	if f.kind != kindList {
		v = f.deref(v)
		if f.kind == kindString && f.media != "" {
			return base64.StdEncoding.EncodeToString([]byte(v.String())), true
		}
		return headerSafe(string(appendText(nil, v, &f.node, formatHTTPDate))), true
	}
	var b strings.Builder
	for i := range v.Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		e := v.Index(i)
		if f.elem.absent(e) {
			continue
		}
		text := headerSafe(string(appendText(nil, f.elem.deref(e), f.elem, formatHTTPDate)))
		if f.elem.kind == kindString && (text == "" || strings.ContainsAny(text, ",\"") || strings.TrimSpace(text) != text) {
			text = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
		}
		b.WriteString(text)
	}
	return b.String(), b.Len() > 0
}

// headerSafe keeps a value inside its header line.
func headerSafe(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' || r == 0x7F {
			return ' '
		}
		return r
	}, s)
}

func validHeaderName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// encodePayload writes the member that is the body.
func encodePayload(p Protocol, op *Operation, resp *Response, v reflect.Value, f *field) error {
	fv := v.Field(f.index)
	setType := func(fallback string) {
		if !resp.typed {
			resp.Header[headerType] = []string{or(f.media, fallback)}
		}
	}
	if f.absent(fv) {
		if f.kind == kindStruct && p == RESTJSON1 {
			resp.Body = []byte("{}")
		}
		return nil
	}
	switch f.kind {
	case kindStream:
		resp.Stream = fv.Interface().(io.ReadCloser)
		setType("application/octet-stream")
	case kindBlob:
		resp.Body = fv.Bytes()
		setType("application/octet-stream")
	case kindString:
		resp.Body = []byte(f.deref(fv).String())
		setType("text/plain")
	case kindStruct, kindDocument, kindList, kindMap:
		if p == RESTJSON1 {
			resp.Body = jsonWriter{rest: true}.value(nil, fv, &f.node)
			return nil
		}
		if f.kind != kindStruct {
			return fmt.Errorf("encode %s: payload %s has no XML form", op.Name, f.name)
		}
		resp.Body = appendXMLPayload(nil, op, fv, f)
	default:
		return fmt.Errorf("encode %s: payload %s cannot be a body", op.Name, f.name)
	}
	return nil
}

// appendXMLPayload writes a struct as a document. The generator put the name of its root element into the member's xml tag.
func appendXMLPayload(dst []byte, op *Operation, v reflect.Value, f *field) []byte {
	dst = append(dst, xmlHeader...)
	dst = append(dst, '<')
	dst = append(dst, f.xml...)
	dst = append(dst, or(f.ns, namespaceAttr("", op.Service.XMLNamespace))...)
	dst = append(dst, '>')
	w := xmlWriter{}
	dst = w.attributes(dst, v, &f.node)
	dst = w.value(dst, v, &f.node)
	return append(dst, f.closeTag...)
}

// bodyless reports whether an answer of this kind has no body whatever the output.
func bodyless(method string, status int) bool {
	return method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified
}
