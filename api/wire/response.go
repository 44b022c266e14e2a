package wire

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"reflect"
)

// Response is an answer ready to be sent: Body, or Stream where the output's payload streams.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	Stream io.ReadCloser
	Live   bool // Stream has events, which must not wait for those that follow

	typed bool // a member of the output is the Content-Type
}

// The response headers that carry the request ID, in canonical form.
const (
	headerRequestID = "X-Amzn-Requestid"
	headerS3ID      = "X-Amz-Request-Id"
	headerHostID    = "X-Amz-Id-2"
	headerType      = "Content-Type"
	headerRange     = "Content-Range"
)

var contentTypes = [...]string{
	AWSJSON10: "application/x-amz-json-1.0", AWSJSON11: "application/x-amz-json-1.1", AWSQuery: "text/xml", EC2Query: "text/xml;charset=UTF-8",
	RESTJSON1: "application/json", RESTXML: "application/xml", RPCv2CBOR: "application/cbor",
}

// Encode writes the output of an operation, a pointer to op.Output (nil is an empty one).
func Encode(p Protocol, op *Operation, out any, requestID string) (*Response, error) {
	v, err := outputValue(op, out)
	if err != nil {
		return nil, err
	}
	resp := &Response{Status: op.Status, Header: newHeader(p, op.Service, requestID)}
	if resp.Status == 0 {
		resp.Status = http.StatusOK
	}
	plan := op.Service.plan(op.Output)
	if p == RESTJSON1 || p == RESTXML {
		encodeBound(resp, v, plan)
		if resp.Header[headerRange] != nil {
			resp.Status = http.StatusPartialContent // RFC 9110, section 15.3.7
		}
	}
	switch {
	case plan.payload >= 0 && plan.fields[plan.payload].events && !v.Field(plan.fields[plan.payload].index).IsNil():
		resp.Stream, resp.Live = v.Field(plan.fields[plan.payload].index).Interface().(io.ReadCloser), true
		resp.Header[headerType] = []string{EventStream}
	case plan.payload >= 0 && (p == RESTJSON1 || p == RESTXML):
		err = encodePayload(p, op, resp, v, &plan.fields[plan.payload])
	default:
		size := op.size.Load()
		resp.Body = appendBody(make([]byte, 0, size+size/8+64), p, op, v, plan, requestID)
		op.size.Store(int64(len(resp.Body)))
	}
	if bodyless(op.Method, resp.Status) {
		resp.Body = nil
	}
	if len(resp.Body) == 0 && resp.Stream == nil && op.Method != http.MethodHead {
		delete(resp.Header, headerType)
	}
	return resp, err
}

// AppendBody appends the body that [Encode] writes for an output without a payload member, into a buffer of the caller's.
func AppendBody(dst []byte, p Protocol, op *Operation, out any, requestID string) ([]byte, error) {
	v, err := outputValue(op, out)
	if err != nil {
		return dst, err
	}
	return appendBody(dst, p, op, v, op.Service.plan(op.Output), requestID), nil
}

func outputValue(op *Operation, out any) (reflect.Value, error) {
	v := reflect.ValueOf(out)
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return reflect.Zero(op.Output), nil
	}
	if v.Kind() != reflect.Pointer || v.Type().Elem() != op.Output {
		return v, fmt.Errorf("encode %s: got %T, want *%s", op.Name, out, op.Output)
	}
	return v.Elem(), nil
}

// HostID is S3's second ID of a request, x-amz-id-2. It tells nothing that the first does not.
func HostID(requestID string) string {
	sum := sha512.Sum512([]byte(requestID))
	return base64.StdEncoding.EncodeToString(sum[:56])
}

func newHeader(p Protocol, s *Service, requestID string) http.Header {
	h := make(http.Header, 4)
	h[headerRequestID] = []string{requestID}
	if p == RESTXML && s.BareErrors {
		h[headerS3ID], h[headerHostID] = []string{requestID}, []string{HostID(requestID)}
	}
	if p == RPCv2CBOR {
		h["Smithy-Protocol"] = []string{"rpc-v2-cbor"}
	}
	if int(p) < len(contentTypes) && contentTypes[p] != "" {
		h[headerType] = []string{contentTypes[p]}
	}
	return h
}

func appendBody(dst []byte, p Protocol, op *Operation, v reflect.Value, plan *structPlan, requestID string) []byte {
	switch p {
	case AWSJSON10, AWSJSON11:
		return jsonWriter{}.structure(dst, v, plan)
	case RPCv2CBOR:
		if op.NoOutput {
			return dst
		}
		return cborWriter{}.structure(dst, v, plan)
	case AWSQuery:
		return appendQueryBody(dst, op, v, plan, requestID)
	case EC2Query:
		dst = append(dst, xmlHeader...)
		dst = append(dst, '<')
		dst = append(dst, op.Name...)
		dst = append(dst, "Response"...)
		dst = append(dst, namespaceAttr("", op.Service.XMLNamespace)...)
		dst = append(dst, "><requestId>"...)
		dst = appendXMLText(dst, requestID)
		dst = append(dst, "</requestId>"...)
		dst = xmlWriter{}.members(dst, v, plan)
		dst = append(dst, "</"...)
		dst = append(dst, op.Name...)
		return append(dst, "Response>"...)
	case RESTJSON1:
		if op.NoOutput || plan.bound && !plan.answers {
			return dst
		}
		return jsonWriter{rest: true}.structure(dst, v, plan)
	case RESTXML:
		return appendXMLBody(dst, op, v, plan)
	}
	return dst
}

const xmlHeader = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func appendQueryBody(dst []byte, op *Operation, v reflect.Value, plan *structPlan, requestID string) []byte {
	dst = append(dst, '<')
	dst = append(dst, op.Name...)
	dst = append(dst, "Response"...)
	dst = append(dst, namespaceAttr("", op.Service.XMLNamespace)...)
	dst = append(dst, '>')
	if !op.NoOutput {
		dst = append(dst, '<')
		dst = append(dst, op.Name...)
		dst = append(dst, "Result>"...)
		dst = xmlWriter{}.members(dst, v, plan)
		dst = append(dst, "</"...)
		dst = append(dst, op.Name...)
		dst = append(dst, "Result>"...)
	}
	dst = append(dst, "<ResponseMetadata><RequestId>"...)
	dst = appendXMLText(dst, requestID)
	dst = append(dst, "</RequestId></ResponseMetadata></"...)
	dst = append(dst, op.Name...)
	return append(dst, "Response>"...)
}

// appendXMLBody writes a restXml output without payload member: its body members in the operation's root element.
func appendXMLBody(dst []byte, op *Operation, v reflect.Value, plan *structPlan) []byte {
	if !plan.answers || op.NoOutput {
		return dst
	}
	dst = append(dst, xmlHeader...)
	w := xmlWriter{bodyOnly: true}
	if op.Unwrapped {
		for i := range plan.fields {
			if f := &plan.fields[i]; f.place == inBody {
				dst = append(dst, '<')
				dst = append(dst, f.xml...)
				dst = append(dst, namespaceAttr("", op.Service.XMLNamespace)...)
				dst = append(dst, '>')
				dst = w.value(dst, v.Field(f.index), &f.node)
				return append(dst, f.closeTag...)
			}
		}
	}
	root := or(op.Root, op.Output.Name())
	dst = append(dst, '<')
	dst = append(dst, root...)
	dst = append(dst, namespaceAttr("", op.Service.XMLNamespace)...)
	dst = append(dst, '>')
	if plan.hasAttr {
		dst = w.attributes(dst, v, &node{kind: kindStruct, plan: plan})
	}
	dst = w.members(dst, v, plan)
	dst = append(dst, "</"...)
	dst = append(dst, root...)
	return append(dst, '>')
}
