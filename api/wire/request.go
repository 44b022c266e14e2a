package wire

import (
	"io"
	"net/http"
	"reflect"
	"strings"
)

// Request is what the decoder needs of an HTTP request. The caller has read and bounded the body.
type Request struct {
	Method      string
	EscapedPath string // as sent
	RawQuery    string
	Header      http.Header
	Host        string
	Body        []byte
	Stream      io.ReadCloser     // the body of an operation whose input streams ([Operation.Streams]); nil reads as empty
	Labels      map[string]string // from [Router.Match], decoded
}

// Decode reads the input of an operation: a pointer to a new op.Input. The error is always an [*Error] with a code of the protocol's family.
// Values are not checked against the model's constraints: see [Validate].
func Decode(p Protocol, op *Operation, r *Request) (in any, err error) {
	v := reflect.New(op.Input)
	if err := decode(p, op, r, v.Elem(), op.Service.plan(op.Input)); err != nil {
		return nil, decodeFailure(p, op.Service, err)
	}
	return v.Interface(), nil
}

func decode(p Protocol, op *Operation, r *Request, v reflect.Value, plan *structPlan) error {
	switch p {
	case AWSJSON10, AWSJSON11:
		return decodeJSON(r.Body, v, plan, false)
	case RPCv2CBOR:
		return decodeCBOR(r.Body, v, plan)
	case AWSQuery, EC2Query:
		pairs, err := formPairs(r)
		if err != nil {
			return err
		}
		return decodeQuery(pairs, v, plan, p == EC2Query)
	case RESTJSON1, RESTXML:
		return decodeREST(p, r, v, plan)
	}
	return malformed("protocol %d is not spoken by %s", p, op.Service.Name)
}

// formPairs are the parameters of a query call: the form body of a POST, and the query string of a GET (presigned) or of a POST that has
// parameters there.
func formPairs(r *Request) ([]pair, error) {
	pairs, err := parseForm(string(r.Body))
	if err != nil || r.RawQuery == "" {
		return pairs, err
	}
	more, err := parseForm(r.RawQuery)
	if err != nil {
		return nil, err
	}
	if len(pairs) == 0 {
		return more, nil
	}
	return append(more, pairs...), nil // of a parameter in both, the body's wins
}

// Streams reports whether the operation's input has a streaming payload, so that its body must not be read into memory.
func (op *Operation) Streams() bool {
	p := op.Service.plan(op.Input)
	return p.payload >= 0 && p.fields[p.payload].kind == kindStream
}

// The codes of requests that cannot be read, by protocol family.
var (
	errSerialization = &ErrorShape{Shape: "SerializationException", Code: "SerializationException", Status: http.StatusBadRequest, Text: "Message"}
	errMalformed     = &ErrorShape{Shape: "MalformedInput", Code: "MalformedInput", Status: http.StatusBadRequest, Text: "Message"}
	errQueryString   = &ErrorShape{Shape: "MalformedQueryString", Code: "MalformedQueryString", Status: http.StatusBadRequest, Text: "Message"}
	errXML           = &ErrorShape{Shape: "MalformedXML", Code: "MalformedXML", Status: http.StatusBadRequest, Text: "Message"}
	errArgument      = &ErrorShape{Shape: "InvalidArgument", Code: "InvalidArgument", Status: http.StatusBadRequest, Text: "Message"}
)

// isS3 reports whether a restXml service answers bad requests the way of the S3 family (S3, S3 Control) and not that of CloudFront.
func (s *Service) isS3() bool { return s.BareErrors || s.SigningName == "s3" }

// decodeFailure turns the reader's error into the one that AWS answers.
func decodeFailure(p Protocol, s *Service, err error) *Error {
	d, ok := err.(*decodeError)
	if !ok {
		d = &decodeError{message: err.Error()}
	}
	switch p {
	case AWSQuery, EC2Query:
		if d.malformed {
			return errQueryString.New("The query string contains a syntax error: %s", d.message)
		}
		if p == EC2Query {
			return errEC2Value.New("%s", d.message)
		}
		return errMalformed.New("%s", d.message)
	case RESTXML:
		if !s.isS3() {
			return errMalformed.New("%s", d.message)
		}
		if d.malformed {
			return errXML.New("The XML you provided was not well-formed or did not validate against our published schema").Because(err)
		}
		return errArgument.New("%s", d.message)
	}
	return errSerialization.New("%s", strings.TrimSuffix(d.message, "\n"))
}
