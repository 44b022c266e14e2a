package wire

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/textproto"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConformanceOutput writes the answers of the protocol suites: what a client has to read as some result must be, but for order and white space, what
// that result is encoded to. Error answers are written the same way.
func TestConformanceOutput(t *testing.T) {
	run, excepted := 0, map[string]bool{}
	for _, s := range readSuites(t, "output") {
		for _, tc := range s.Cases {
			name := s.file + "/" + tc.ID
			reason := notServerOutput[name]
			problem := outputProblem(s, tc)
			switch {
			case reason != "" && problem == "":
				t.Errorf("%s passes, but is listed as not applicable: %s", name, reason)
			case reason != "":
				excepted[name] = true
			case problem != "":
				t.Errorf("%s: %s", name, problem)
			default:
				run++
			}
		}
	}
	for name := range notServerOutput {
		if !excepted[name] {
			t.Errorf("%s is listed as not applicable, but does not exist or passes", name)
		}
	}
	t.Logf("%d answers encoded as they should, %d listed as not applicable to a server", run, len(excepted))
}

const testRequestID = "00000000-1111-2222-3333-444444444444"

func outputProblem(s *suite, tc *suiteCase) string {
	c := newC2J(s)
	p := s.protocol()
	op := c.operation(tc)
	if tc.ErrorCode != "" {
		resp, err := c.errorResponse(op.Service, tc)
		if err != nil {
			return err.Error()
		}
		return s.compare(p, op, tc, resp)
	}
	out := reflect.New(op.Output)
	if tc.Given.Output != nil {
		if err := c.toGo(out.Elem(), tc.Given.Output.Shape, tc.Result); err != nil {
			return "the case's result: " + err.Error()
		}
	}
	requestID := testRequestID
	for name, value := range tc.Response.Headers {
		if textproto.CanonicalMIMEHeaderKey(name) == headerRequestID {
			requestID = value
		}
	}
	resp, err := Encode(p, op, out.Interface(), requestID)
	if err != nil {
		return "encode: " + err.Error()
	}
	if resp.Stream != nil {
		var b bytes.Buffer
		if _, err := b.ReadFrom(resp.Stream); err != nil {
			return err.Error()
		}
		resp.Body = b.Bytes()
	}
	return s.compare(p, op, tc, resp)
}

// errorResponse encodes the error of a case.
func (c *c2j) errorResponse(service *Service, tc *suiteCase) (*Response, error) {
	shape := &ErrorShape{Shape: tc.ErrorCode, Code: tc.ErrorCode, Status: tc.Response.Status, Fault: tc.Response.Status >= 500}
	e := &Error{Shape: shape, Message: tc.ErrorMessage}
	for _, ref := range tc.Given.Errors {
		model := c.suite.Shapes[ref.Shape]
		code := ref.Shape
		if model.Error != nil && model.Error.Code != "" {
			code = model.Error.Code
		}
		if code != tc.ErrorCode && ref.Shape != tc.ErrorCode {
			continue
		}
		shape.Shape, shape.Fault = ref.Shape, model.Fault
		if c.suite.Metadata.Compatible != nil && model.Error != nil {
			shape.QueryCode = model.Error.Code
		}
		for name := range model.Members {
			if strings.EqualFold(name, "message") {
				shape.Text = name
			}
		}
		shape.Members = c.structure(ref.Shape, shape.Text)
		members := reflect.New(shape.Members).Elem()
		values, _ := tc.Error.(map[string]any)
		values = maps.Clone(values)
		delete(values, shape.Text)
		if err := c.toGo(members, ref.Shape, values); err != nil {
			return nil, fmt.Errorf("the case's error: %w", err)
		}
		for i := range members.NumField() {
			f := field{}
			if _, err := f.readTag(shape.Members.Field(i)); err != nil {
				return nil, err
			}
			if !members.Field(i).IsNil() {
				e.With(f.name, members.Field(i).Interface())
			}
		}
	}
	for name, row := range c.rows {
		if service.shapes[name] == nil {
			service.shapes[name] = row
		}
	}
	return EncodeError(c.suite.protocol(), service, e, testRequestID, true), nil
}

// compare holds an answer against a case's: status, the headers that the case names, and the body by meaning.
func (s *suite) compare(p Protocol, op *Operation, tc *suiteCase, resp *Response) string {
	if resp.Status != tc.Response.Status {
		return fmt.Sprintf("status %d, want %d", resp.Status, tc.Response.Status)
	}
	for name, want := range tc.Response.Headers {
		var got []string // names are compared without case (RFC 9110 section 5.1): those of S3's metadata are in lower case
		for have, values := range resp.Header {
			if strings.EqualFold(have, name) {
				got = append(got, values...)
			}
		}
		if len(got) != 1 || sameHeader(name, got[0]) != sameHeader(name, want) {
			return fmt.Sprintf("header %s is %q, want %q", name, got, want)
		}
	}
	if tc.Response.Body == nil {
		return ""
	}
	want := s.bodyOf(*tc.Response.Body)
	switch p {
	case AWSQuery, EC2Query, RESTXML:
		return xmlProblem(p, op, want, resp.Body)
	case RPCv2CBOR:
		return cborProblem(want, resp.Body)
	}
	var wantJSON, gotJSON any
	if json.Unmarshal(want, &wantJSON) == nil {
		if err := json.Unmarshal(resp.Body, &gotJSON); err != nil {
			return fmt.Sprintf("body %q, want %q", resp.Body, want)
		}
		for _, x := range []any{wantJSON, gotJSON} {
			if m, ok := x.(map[string]any); ok && tc.ErrorCode != "" && m["__type"] != nil {
				m["__type"] = shapeName(m["__type"].(string))
			}
		}
		return brief(cmp.Diff(wantJSON, gotJSON))
	}
	return brief(cmp.Diff(string(want), string(resp.Body)))
}

// sameHeader is a header without what is free: the blanks of lists, the parameters of a media type.
func sameHeader(name, value string) string {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Content-Type":
		value, _, _ = strings.Cut(value, ";")
	case "X-Amzn-Errortype":
		return shapeName(value)
	}
	return strings.ReplaceAll(value, ", ", ",")
}

// shapeName is what clients keep of an error's name: without namespace and without the URI after a colon.
func shapeName(s string) string {
	s, _, _ = strings.Cut(s, ":")
	if _, name, ok := strings.Cut(s, "#"); ok {
		return name
	}
	return s
}

// element is an XML element for comparison.
type element struct {
	Name     string
	Attrs    map[string]string
	Text     string
	Children []*element
}

func xmlProblem(p Protocol, op *Operation, want, got []byte) string {
	if len(bytes.TrimSpace(want)) == 0 {
		if p == RESTXML && len(got) > 0 {
			return fmt.Sprintf("body %q, want none", got)
		}
		return ""
	}
	w, err := parseXML(want)
	if err != nil { // a payload that is no XML
		return brief(cmp.Diff(string(want), string(got)))
	}
	g, err := parseXML(got)
	if err != nil {
		return fmt.Sprintf("body %q: %v", got, err)
	}
	// The suite has no namespace of the service, and its own request IDs.
	for _, e := range []*element{w, g} {
		delete(e.Attrs, "xmlns")
		e.drop("ResponseMetadata", "RequestId", "requestId", "RequestID")
	}
	w.sort()
	g.sort()
	return brief(cmp.Diff(w, g))
}

func parseXML(b []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	var stack []*element
	var root *element
	for {
		tok, err := d.RawToken()
		if err != nil {
			if root != nil && len(stack) == 0 {
				return root, nil
			}
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e := &element{Name: tok.Name.Local, Attrs: map[string]string{}}
			for _, a := range tok.Attr {
				name := a.Name.Local
				if a.Name.Space != "" {
					name = a.Name.Space + ":" + name
				}
				e.Attrs[name] = a.Value
			}
			if len(stack) > 0 {
				stack[len(stack)-1].Children = append(stack[len(stack)-1].Children, e)
			} else {
				root = e
			}
			stack = append(stack, e)
		case xml.EndElement:
			e := stack[len(stack)-1]
			if len(e.Children) > 0 || strings.Contains(e.Text, "\n") && strings.TrimSpace(e.Text) == "" {
				e.Text = ""
			}
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].Text += string(tok)
			}
		}
	}
}

func (e *element) drop(names ...string) {
	e.Children = slices.DeleteFunc(e.Children, func(c *element) bool { return slices.Contains(names, c.Name) })
}

// sort orders children by name, and map entries by content; elements of one name are a list and keep their order.
func (e *element) sort() {
	for _, c := range e.Children {
		c.sort()
	}
	slices.SortStableFunc(e.Children, func(a, b *element) int {
		if d := strings.Compare(a.Name, b.Name); d != 0 {
			return d
		}
		if a.Name == "entry" || len(a.Children) == 2 && strings.EqualFold(a.Children[0].Name[:1], "k") {
			return strings.Compare(a.flat(), b.flat())
		}
		return 0
	})
}

func (e *element) flat() string {
	s := e.Name + e.Text
	for _, c := range e.Children {
		s += c.flat()
	}
	return s
}

func cborProblem(want, got []byte) string {
	if len(want) == 0 {
		if len(got) > 0 {
			return fmt.Sprintf("body %x, want none", got)
		}
		return ""
	}
	w, err := anyCBOR(&cborScanner{data: want})
	if err != nil {
		return "the case's body: " + err.Error()
	}
	g, err := anyCBOR(&cborScanner{data: got})
	if err != nil {
		return "body: " + err.Error()
	}
	return brief(cmp.Diff(w, g))
}

// anyCBOR reads a value for comparison: numbers as float64, and their text where that is not a number.
func anyCBOR(s *cborScanner) (any, error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	switch major := c >> 5; major {
	case cborText, cborBytes:
		b, err := s.str(major)
		return string(b), err
	case cborArray:
		n, err := s.container(major, 1)
		if err != nil {
			return nil, err
		}
		out := []any{}
		for i := 0; ; i++ {
			more, err := s.more(i, n)
			if err != nil || !more {
				return out, err
			}
			x, err := anyCBOR(s)
			if err != nil {
				return nil, err
			}
			out = append(out, x)
		}
	case cborMap:
		n, err := s.container(major, 2)
		if err != nil {
			return nil, err
		}
		out := map[string]any{}
		for i := 0; ; i++ {
			more, err := s.more(i, n)
			if err != nil || !more {
				return out, err
			}
			k, err := s.key()
			if err != nil {
				return nil, err
			}
			if out[string(k)], err = anyCBOR(s); err != nil {
				return nil, err
			}
		}
	case cborTag:
		_, _, tag, err := s.head()
		if err != nil {
			return nil, err
		}
		x, err := anyCBOR(s)
		return fmt.Sprint(tag, x), err
	}
	switch {
	case s.null():
		return nil, nil
	case c == 0xF4 || c == 0xF5:
		s.pos++
		return c == 0xF5, nil
	}
	i, f, isFloat, err := s.number()
	if !isFloat {
		f = float64(i)
	}
	if text := fmt.Sprint(f); text == "NaN" {
		return text, err
	}
	return f, err
}
