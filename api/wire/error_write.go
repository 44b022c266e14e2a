package wire

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
)

// EncodeError writes an error in the protocol of the call. queryMode is whether the client of a query-compatible service sent
// x-amzn-query-mode: true; it then gets the legacy code and status. e.Cause is never shown.
func EncodeError(p Protocol, s *Service, e *Error, requestID string, queryMode bool) *Response {
	resp := &Response{Status: e.Shape.Status, Header: newHeader(p, s, requestID)}
	if queryMode && s.QueryCompatible {
		if e.Shape.QueryStatus != 0 {
			resp.Status = e.Shape.QueryStatus
		}
		resp.Header["X-Amzn-Query-Error"] = []string{or(e.Shape.QueryCode, e.Shape.Code) + ";" + e.blame()}
	}
	if resp.Status < 300 || resp.Status > 599 {
		resp.Status = http.StatusBadRequest
		if e.Shape.Fault {
			resp.Status = http.StatusInternalServerError
		}
	}
	b := errorBody{service: s, e: e, requestID: requestID, header: resp.Header, protocol: p}
	b.members()
	switch p {
	case AWSQuery, RESTXML:
		resp.Body = b.xml()
	case EC2Query:
		resp.Body = b.ec2()
	case RPCv2CBOR:
		resp.Body = b.cbor()
	default:
		resp.Header["X-Amzn-Errortype"] = []string{e.Shape.Shape}
		resp.Body = b.json()
	}
	if resp.Status == http.StatusNotModified {
		resp.Body = nil
	}
	return resp
}

func (e *Error) blame() string {
	if e.Shape.Fault {
		return "Receiver"
	}
	return "Sender"
}

// errorBody writes one error.
type errorBody struct {
	service   *Service
	e         *Error
	requestID string
	header    http.Header
	protocol  Protocol

	plan   *structPlan   // of the modelled members, nil when there are none
	value  reflect.Value // the struct that holds them
	others []string      // members that the model does not have, sorted: scalars written under their own name
}

// members sorts e.Members into the modelled struct and the rest, and writes those that are headers.
func (b *errorBody) members() {
	if t := b.e.Shape.Members; t != nil {
		b.plan = b.service.plan(t)
		b.value = reflect.New(t).Elem()
	}
	for _, name := range slices.Sorted(maps.Keys(b.e.Members)) {
		if b.plan != nil {
			if i, ok := b.plan.byName[name]; ok && assign(b.value.Field(b.plan.fields[i].index), b.e.Members[name]) {
				continue
			}
		}
		b.others = append(b.others, name)
	}
	if b.plan != nil && (b.protocol == RESTJSON1 || b.protocol == RESTXML) {
		encodeBound(&Response{Header: b.header}, b.value, b.plan)
	}
}

// assign stores a Go value in a field, behind a pointer and converted between number types where the field wants that.
func assign(to reflect.Value, value any) bool {
	v := reflect.ValueOf(value)
	if !v.IsValid() {
		return true
	}
	if v.Type().AssignableTo(to.Type()) {
		to.Set(v)
		return true
	}
	if to.Kind() != reflect.Pointer {
		return false
	}
	elem := to.Type().Elem()
	same := v.Kind() == elem.Kind() || v.CanInt() && elem.Kind() == reflect.Int64 || v.CanFloat() && elem.Kind() == reflect.Float64
	if !same || !v.CanConvert(elem) {
		return false
	}
	p := reflect.New(elem)
	p.Elem().Set(v.Convert(elem))
	to.Set(p)
	return true
}

// scalar renders a member that the model does not have.
func (b *errorBody) scalar(name string) string {
	v := reflect.ValueOf(b.e.Members[name])
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	}
	return fmt.Sprint(b.e.Members[name])
}

func (b *errorBody) json() []byte {
	dst := append([]byte(nil), '{')
	rest := b.protocol == RESTJSON1
	if !rest {
		dst = append(dst, `"__type":`...)
		dst = append(appendJSONString(dst, b.e.Shape.Shape), ',')
	}
	if b.e.Message != "" {
		dst = append(appendJSONString(dst, or(b.e.Shape.Text, "message")), ':')
		dst = append(appendJSONString(dst, b.e.Message), ',')
	}
	if b.plan != nil {
		members := jsonWriter{rest: rest}.structure(nil, b.value, b.plan)
		if len(members) > len("{}") {
			dst = append(append(dst, members[1:len(members)-1]...), ',')
		}
	}
	for _, name := range b.others {
		dst = append(appendJSONString(dst, name), ':')
		dst = append(appendJSONString(dst, b.scalar(name)), ',')
	}
	return append(bytes.TrimSuffix(dst, []byte(",")), '}')
}

func (b *errorBody) cbor() []byte {
	shape := b.e.Shape.Shape
	if b.service.Namespace != "" {
		shape = b.service.Namespace + "#" + shape
	}
	n := 1 + len(b.others)
	if b.e.Message != "" {
		n++
	}
	var members []byte
	if b.plan != nil {
		members = cborWriter{}.members(nil, b.value, b.plan)
		for i := range b.plan.fields {
			if f := &b.plan.fields[i]; !f.absent(b.value.Field(f.index)) {
				n++
			}
		}
	}
	dst := appendCBORHead(nil, cborMap, uint64(n))
	dst = appendCBORText(appendCBORText(dst, "__type"), shape)
	if b.e.Message != "" {
		dst = appendCBORText(appendCBORText(dst, or(b.e.Shape.Text, "message")), b.e.Message)
	}
	dst = append(dst, members...)
	for _, name := range b.others {
		dst = appendCBORText(appendCBORText(dst, name), b.scalar(name))
	}
	return dst
}

// details writes Code, Message and the members.
func (b *errorBody) details(dst []byte) []byte {
	dst = append(dst, "<Code>"...)
	dst = appendXMLText(dst, b.e.Shape.Code)
	dst = append(dst, "</Code>"...)
	if b.e.Message != "" {
		dst = append(dst, "<Message>"...)
		dst = appendXMLText(dst, b.e.Message)
		dst = append(dst, "</Message>"...)
	}
	if b.plan != nil {
		dst = xmlWriter{bodyOnly: b.protocol == RESTXML}.members(dst, b.value, b.plan)
	}
	for _, name := range b.others {
		if !validHeaderName(name) { // letters and digits: safe as an element name
			continue
		}
		dst = append(append(append(dst, '<'), name...), '>')
		dst = appendXMLText(dst, b.scalar(name))
		dst = append(append(append(dst, "</"...), name...), '>')
	}
	return dst
}

// xml is the form of awsQuery and restXml; S3 has the error element alone.
func (b *errorBody) xml() []byte {
	if b.protocol == RESTXML && b.service.BareErrors {
		dst := append([]byte(xmlHeader), "<Error>"...)
		dst = b.details(dst)
		dst = append(dst, "<RequestId>"...)
		dst = appendXMLText(dst, b.requestID)
		dst = append(dst, "</RequestId><HostId>"...)
		dst = append(dst, HostID(b.requestID)...)
		return append(dst, "</HostId></Error>"...)
	}
	dst := append([]byte(nil), "<ErrorResponse"...)
	dst = append(dst, namespaceAttr("", b.service.XMLNamespace)...)
	dst = append(dst, "><Error><Type>"...)
	dst = append(dst, b.e.blame()...)
	dst = append(dst, "</Type>"...)
	dst = b.details(dst)
	dst = append(dst, "</Error><RequestId>"...)
	dst = appendXMLText(dst, b.requestID)
	return append(dst, "</RequestId></ErrorResponse>"...)
}

func (b *errorBody) ec2() []byte {
	dst := append([]byte(xmlHeader), "<Response><Errors><Error>"...)
	dst = b.details(dst)
	dst = append(dst, "</Error></Errors><RequestID>"...)
	dst = appendXMLText(dst, b.requestID)
	return append(dst, "</RequestID></Response>"...)
}
