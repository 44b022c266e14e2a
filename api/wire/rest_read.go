package wire

import (
	"encoding/base64"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"
)

// decodeREST reads the parts of a restJson1 or restXml request into the struct v.
func decodeREST(p Protocol, r *Request, v reflect.Value, plan *structPlan) error {
	if plan.bound {
		if err := decodeBound(r, v, plan); err != nil {
			return err
		}
	}
	if plan.payload >= 0 {
		return decodePayload(p, r, v, &plan.fields[plan.payload])
	}
	if !plan.hasBody || len(r.Body) == 0 {
		return nil
	}
	if p == RESTXML {
		return decodeXML(r.Body, v, plan)
	}
	return decodeJSON(r.Body, v, plan, true)
}

// decodeBound reads what stands in the path, the query string and the headers.
func decodeBound(r *Request, v reflect.Value, plan *structPlan) error {
	query, err := parseForm(r.RawQuery)
	if err != nil {
		return err
	}
	for i := range plan.fields {
		f := &plan.fields[i]
		fv := v.Field(f.index)
		switch f.place {
		case inLabel:
			if s, ok := r.Labels[f.name]; ok {
				err = f.setBound(fv, s, formatDateTime)
			}
		case inQuery:
			err = f.fromQuery(fv, query)
		case inParams:
			err = f.fromParams(fv, query)
		case inHeader:
			if values := r.Header[f.bound]; len(values) > 0 {
				err = f.fromHeader(fv, values)
			}
		case inPrefix:
			err = f.fromPrefix(fv, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// setBound stores one value of a header, label or query key.
func (f *field) setBound(v reflect.Value, s string, d timeFormat) error {
	n := &f.node
	if f.kind == kindList {
		n = f.elem
	}
	if !utf8.ValidString(s) {
		return malformed("a value that is not UTF-8")
	}
	if f.kind == kindString && f.place == inHeader && f.media != "" { // text with a media type is base64 in a header
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return mistyped("The value is not valid base64")
		}
		s = string(b)
	}
	if err := setText(v, n, s, d); err != nil {
		e := err.(*decodeError)
		return &decodeError{malformed: e.malformed, message: or(f.bound, f.name) + ": " + e.message}
	}
	return nil
}

func (f *field) fromQuery(v reflect.Value, query []pair) error {
	b := budget{}
	for i := range query {
		if query[i].key != f.bound {
			continue
		}
		to := v
		if f.kind == kindList {
			if err := b.take(); err != nil {
				return err
			}
			to = grow(v)
		}
		if err := f.setBound(to, query[i].value, formatDateTime); err != nil {
			return err
		}
	}
	return nil
}

// fromParams collects all query keys, also those that other members are bound to, as smithy.api#httpQueryParams says for servers.
func (f *field) fromParams(v reflect.Value, query []pair) error {
	b := budget{}
	for i := range query {
		if err := b.take(); err != nil {
			return err
		}
		present(v)
		key := reflect.ValueOf(query[i].key).Convert(v.Type().Key())
		elem := reflect.New(v.Type().Elem()).Elem()
		to, n := elem, f.elem
		if f.elem.kind == kindList {
			if old := v.MapIndex(key); old.IsValid() {
				elem.Set(old)
			}
			to, n = grow(elem), f.elem.elem
		}
		if err := setText(to, n, query[i].value, formatDateTime); err != nil {
			return err
		}
		v.SetMapIndex(key, elem)
	}
	return nil
}

func (f *field) fromHeader(v reflect.Value, values []string) error {
	if f.kind != kindList {
		return f.setBound(v, strings.Trim(values[0], " \t"), formatHTTPDate)
	}
	present(v)
	b := budget{}
	for _, value := range values {
		parts, err := splitHeader(value, f.elem.kind == kindTime && f.elem.format.or(formatHTTPDate) == formatHTTPDate)
		if err != nil {
			return err
		}
		for _, part := range parts {
			if err := b.take(); err != nil {
				return err
			}
			if err := f.setBound(grow(v), part, formatHTTPDate); err != nil {
				return err
			}
		}
	}
	return nil
}

// splitHeader splits a header list at its commas; a part in double quotes may hold commas and \-escapes. An HTTP date has a comma of its own.
func splitHeader(s string, dates bool) ([]string, error) {
	var out []string
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return out, nil
		}
		if s[0] == '"' {
			var part strings.Builder
			i := 1
			for ; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' && i+1 < len(s) {
					i++
				}
				part.WriteByte(s[i])
			}
			if i >= len(s) {
				return nil, malformed("a quoted header value without end")
			}
			out = append(out, part.String())
			if s = strings.TrimLeft(s[i+1:], " \t"); s != "" && s[0] != ',' {
				return nil, malformed("text after a quoted header value")
			}
			s = strings.TrimPrefix(s, ",")
			continue
		}
		end := strings.IndexByte(s, ',')
		if dates && end >= 0 {
			if next := strings.IndexByte(s[end+1:], ','); next >= 0 {
				end += 1 + next
			} else {
				end = -1
			}
		}
		if end < 0 {
			return append(out, strings.TrimRight(s, " \t")), nil
		}
		out = append(out, strings.TrimRight(s[:end], " \t"))
		s = s[end+1:]
	}
}

// fromPrefix collects the headers that start with the prefix. Header names have no case; the rest of the name is lower-cased where the model's
// prefix is (S3's x-amz-meta-), and canonical otherwise.
func (f *field) fromPrefix(v reflect.Value, r *Request) error {
	lower := f.bound != "" && f.bound == strings.ToLower(f.bound)
	b := budget{}
	for name, values := range r.Header {
		if len(name) < len(f.bound) || !strings.EqualFold(name[:len(f.bound)], f.bound) || len(values) == 0 {
			continue
		}
		if err := b.take(); err != nil {
			return err
		}
		key := name[len(f.bound):]
		if lower {
			key = strings.ToLower(key)
		}
		present(v)
		elem := reflect.New(v.Type().Elem()).Elem()
		if err := setText(elem, f.elem, strings.Join(values, ","), formatHTTPDate); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), elem)
	}
	return nil
}

// decodePayload reads the member that is the body.
func decodePayload(p Protocol, r *Request, v reflect.Value, f *field) error {
	fv := v.Field(f.index)
	switch f.kind {
	case kindStream:
		fv.Set(reflect.ValueOf(http.NoBody))
		if r.Stream != nil {
			fv.Set(reflect.ValueOf(r.Stream))
		}
		return nil
	case kindBlob:
		if len(r.Body) > 0 {
			fv.SetBytes(r.Body)
		}
		return nil
	case kindString:
		if len(r.Body) > 0 {
			if !utf8.Valid(r.Body) {
				return malformed("a body that is not UTF-8")
			}
			f.setString(fv, string(r.Body))
		}
		return nil
	}
	if len(r.Body) == 0 {
		return nil
	}
	if p == RESTXML {
		if f.kind != kindStruct {
			return malformed("a payload of this type has no XML form")
		}
		return decodeXML(r.Body, f.target(fv), f.plan)
	}
	return decodeJSONValue(r.Body, fv, &f.node)
}
