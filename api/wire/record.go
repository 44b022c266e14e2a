package wire

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// hidden stands in CloudTrail records for what the model marks as sensitive.
const hidden = `"HIDDEN_DUE_TO_SECURITY_REASONS"`

// CloudTrail's limit of requestParameters and responseElements ("CloudTrail record contents": 100 KB), and to what the parts of a larger one are cut.
const (
	maxRecord        = 100 << 10
	cutRecordString  = 1024
	cutRecordEntries = 50
)

// AppendRecord appends the CloudTrail view of an operation's input or output as JSON: members with a lower first letter, timestamps in CloudTrail's
// format, sensitive members hidden, streams left out. It is null when there is nothing to show. v may also be what a handler put in place of its
// input or output (a map, a struct with json tags), which is written as encoding/json does. A view beyond 100 kB is cut and says "omitted": true.
func AppendRecord(dst []byte, op *Operation, v any) []byte {
	start := len(dst)
	w := recordWriter{ec2: op.Service.speaks(EC2Query), s3: op.Service.BareErrors, layout: op.Service.RecordTime}
	dst = w.top(dst, op, v)
	if size := len(dst) - start; size > maxRecord {
		w.cut = true
		dst = w.top(dst[:start], op, v)
		if len(dst)-start > maxRecord {
			dst = append(dst[:start], `{"omitted":true,"originalSize":`...)
			return append(strconv.AppendInt(dst, int64(size), 10), '}')
		}
	}
	return dst
}

func (s *Service) speaks(p Protocol) bool {
	for _, q := range s.Protocols {
		if p == q {
			return true
		}
	}
	return false
}

// recordWriter writes records. EC2's have the names of its XML and wrap lists as {"items": [...]}.
type recordWriter struct {
	ec2, s3, cut bool
	layout       string // of timestamps, "" is the usual one
}

func (w recordWriter) top(dst []byte, op *Operation, v any) []byte {
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer && !rv.IsNil() {
		rv = rv.Elem()
	}
	switch {
	case !rv.IsValid() || rv.Kind() == reflect.Pointer:
		return append(dst, "null"...)
	case rv.Type() == op.Input || rv.Type() == op.Output:
		p := op.Service.plan(rv.Type())
		start := len(dst)
		dst = w.structure(dst, rv, p)
		if len(dst)-start == len("{}") {
			return append(dst[:start], "null"...)
		}
		if w.cut {
			dst = append(dst[:len(dst)-1], `,"omitted":true}`...)
		}
		return dst
	}
	text, err := json.Marshal(v)
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, text...)
}

func (w recordWriter) structure(dst []byte, v reflect.Value, p *structPlan) []byte {
	dst = append(dst, '{')
	start := len(dst)
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.Field(f.index)
		if f.absent(fv) || f.kind == kindStream {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		name := f.record
		if w.ec2 {
			name = lowerFirst(f.xml)
		} else if w.s3 {
			name = f.traced
		}
		dst = append(append(append(dst, '"'), name...), '"', ':')
		dst = w.value(dst, fv, &f.node)
	}
	return append(dst, '}')
}

func (w recordWriter) value(dst []byte, v reflect.Value, n *node) []byte {
	if n.absent(v) {
		return append(dst, "null"...)
	}
	if n.sensitive {
		return append(dst, hidden...)
	}
	v = n.deref(v)
	switch n.kind {
	case kindString:
		return w.text(dst, v.String())
	case kindTime:
		if w.layout != "" {
			return append(timeOf(v).UTC().AppendFormat(append(dst, '"'), w.layout), '"')
		}
		return AppendRecordTime(dst, timeOf(v))
	case kindBlob:
		return w.text(dst, base64.StdEncoding.EncodeToString(v.Bytes()))
	case kindStruct:
		return w.structure(dst, v, n.plan)
	case kindList:
		return w.list(dst, v, n)
	case kindMap:
		return w.mapping(dst, v, n)
	case kindDocument:
		if w.cut && v.Len() > cutRecordString || !json.Valid(v.Bytes()) {
			return append(dst, "null"...)
		}
	}
	return jsonWriter{}.value(dst, v, &node{kind: n.kind, bits: n.bits})
}

func (w recordWriter) list(dst []byte, v reflect.Value, n *node) []byte {
	if w.ec2 {
		dst = append(dst, `{"items":`...)
	}
	dst = append(dst, '[')
	for i := range v.Len() {
		if w.cut && i == cutRecordEntries {
			break
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.value(dst, v.Index(i), n.elem)
	}
	dst = append(dst, ']')
	if w.ec2 {
		dst = append(dst, '}')
	}
	return dst
}

func (w recordWriter) mapping(dst []byte, v reflect.Value, n *node) []byte {
	if n.key.sensitive {
		return append(dst, hidden...)
	}
	dst = append(dst, '{')
	for i, key := range sortedKeys(v) {
		if w.cut && i == cutRecordEntries {
			break
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(w.text(dst, key.String()), ':')
		dst = w.value(dst, v.MapIndex(key), n.elem)
	}
	return append(dst, '}')
}

func (w recordWriter) text(dst []byte, s string) []byte {
	if w.cut && len(s) > cutRecordString {
		cut := cutRecordString
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut]
	}
	return appendJSONString(dst, strings.ToValidUTF8(s, "\uFFFD"))
}

// AppendRecordTime appends a quoted timestamp as CloudTrail writes it inside requestParameters and responseElements: "Nov 24, 2026 3:16:53 AM".
func AppendRecordTime(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, `"Jan 2, 2006 3:04:05 PM"`)
}
