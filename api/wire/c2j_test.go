package wire

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The protocol suites are in botocore's own shape language. This file turns its shapes into Go types with api tags, as the generator would.

type suite struct {
	Description string
	Metadata    c2jMetadata
	Shapes      map[string]*c2jShape
	Cases       []*suiteCase
	file        string
}

type c2jMetadata struct {
	Protocol     string
	APIVersion   string
	JSONVersion  string
	TargetPrefix string
	Compatible   *struct{} `json:"awsQueryCompatible"`
	XMLNamespace json.RawMessage
}

type suiteCase struct {
	ID    string
	Given struct {
		Name string
		HTTP struct {
			Method, RequestURI string
			ResponseCode       int
		}
		Input  *c2jRef
		Output *c2jRef
		Errors []c2jRef
	}
	Params     any
	Serialized struct {
		Method, URI string
		Headers     map[string]string
		Body        string
	}
	Result       any
	Error        any
	ErrorCode    string
	ErrorMessage string
	Response     struct {
		Status  int `json:"status_code"`
		Headers map[string]string
		Body    *string // nil: not part of the case
	}
}

type c2jRef struct {
	Shape        string
	Location     string
	LocationName string
	QueryName    string
	Flattened    bool
	XMLAttribute bool
	XMLNamespace json.RawMessage
	JSONValue    bool
	Streaming    bool
	Format       string `json:"timestampFormat"`
}

type c2jShape struct {
	Type            string
	Members         map[string]*c2jRef
	Member          *c2jRef
	Key, Value      *c2jRef
	Required        []string
	Payload         string
	Flattened       bool
	Streaming       bool
	Union           bool
	Document        bool
	Exception       bool
	Fault           bool
	LocationName    string
	XMLNamespace    json.RawMessage
	TimestampFormat string
	Error           *struct {
		Code           string
		HTTPStatusCode int
		SenderFault    bool
	}
}

func readSuites(t *testing.T, direction string) []*suite {
	t.Helper()
	root := os.Getenv("VAUBAN_CONFORMANCE")
	if root == "" {
		t.Skip("VAUBAN_CONFORMANCE is not set: it names the folder with the protocol suites")
	}
	paths, err := filepath.Glob(filepath.Join(root, "protocols", direction, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no suites below %s: %v", root, err)
	}
	var out []*suite
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var suites []*suite
		if err := json.Unmarshal(text, &suites); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, s := range suites {
			s.file = strings.TrimSuffix(filepath.Base(path), ".json")
			out = append(out, s)
		}
	}
	return out
}

func (s *suite) protocol() Protocol {
	switch s.Metadata.Protocol {
	case "query":
		return AWSQuery
	case "ec2":
		return EC2Query
	case "json":
		if s.Metadata.JSONVersion == "1.0" {
			return AWSJSON10
		}
		return AWSJSON11
	case "rest-json":
		return RESTJSON1
	case "rest-xml":
		return RESTXML
	}
	return RPCv2CBOR
}

// c2j converts the shapes of one suite.
type c2j struct {
	suite *suite
	rows  map[string]*Shape
	depth map[string]int
}

// recursion is how deep a recursive shape is unrolled, since reflect.StructOf makes no recursive types.
const recursion = 6

func newC2J(s *suite) *c2j { return &c2j{suite: s, rows: map[string]*Shape{}, depth: map[string]int{}} }

// operation makes the service and the operation of a case.
func (c *c2j) operation(tc *suiteCase) *Operation {
	op := &Operation{
		Name: tc.Given.Name, Method: tc.Given.HTTP.Method, URI: tc.Given.HTTP.RequestURI, Status: tc.Given.HTTP.ResponseCode,
		Input: reflect.TypeFor[struct{}](), Output: reflect.TypeFor[struct{}](),
	}
	if tc.Given.Input != nil {
		op.Input = c.structure(tc.Given.Input.Shape, "")
	}
	op.NoOutput = tc.Given.Output == nil
	if tc.Given.Output != nil {
		op.Output = c.structure(tc.Given.Output.Shape, "")
		shape := c.suite.Shapes[tc.Given.Output.Shape]
		op.Root = or(shape.LocationName, tc.Given.Output.Shape)
	}
	s := &Service{Name: "test", Version: c.suite.Metadata.APIVersion, TargetPrefix: c.suite.Metadata.TargetPrefix, Operations: []*Operation{op},
		QueryCompatible: c.suite.Metadata.Compatible != nil, Protocols: []Protocol{c.suite.protocol()}, Namespace: suiteNamespaces[c.suite.file]}
	for _, name := range slices.Sorted(maps.Keys(c.rows)) {
		s.Shapes = append(s.Shapes, *c.rows[name])
	}
	NewService(s)
	return op
}

// suiteNamespaces are the Smithy namespaces of the suites that name errors absolutely.
var suiteNamespaces = map[string]string{
	"smithy-rpc-v2-cbor":                      "smithy.protocoltests.rpcv2Cbor",
	"smithy-rpc-v2-cbor-query-compatible":     "aws.protocoltests.rpcv2cbor",
	"smithy-rpc-v2-cbor-non-query-compatible": "aws.protocoltests.rpcv2cbor",
}

func goName(member string) string {
	if c := member[0]; c == '_' || c >= '0' && c <= '9' {
		return "X" + member
	}
	return strings.ToUpper(member[:1]) + member[1:]
}

func (c *c2j) structure(name, skip string) reflect.Type {
	shape := c.suite.Shapes[name]
	c.depth[name]++
	defer func() { c.depth[name]-- }()
	var fields []reflect.StructField
	if shape.Union {
		fields = append(fields, reflect.StructField{Name: "Union", Type: typeUnion, Anonymous: true})
	}
	for _, member := range slices.Sorted(maps.Keys(shape.Members)) {
		ref := shape.Members[member]
		if member == skip && skip != "" || c.tooDeep(ref.Shape) {
			continue
		}
		tag := c.tag(shape, member, ref)
		fields = append(fields, reflect.StructField{
			Name: goName(member), Type: c.fieldType(shape, member, ref), Tag: reflect.StructTag(`api:"` + tag + `"`),
		})
	}
	return reflect.StructOf(fields)
}

// tooDeep reports whether a shape reaches a struct that is unrolled far enough.
func (c *c2j) tooDeep(name string) bool {
	s := c.suite.Shapes[name]
	switch s.Type {
	case "structure":
		return !s.Document && c.depth[name] >= recursion
	case "list":
		return c.tooDeep(s.Member.Shape)
	case "map":
		return c.tooDeep(s.Value.Shape)
	}
	return false
}

func (c *c2j) fieldType(owner *c2jShape, member string, ref *c2jRef) reflect.Type {
	s := c.suite.Shapes[ref.Shape]
	if s.Type == "blob" && (s.Streaming || ref.Streaming) && owner.Payload == member {
		return typeStream
	}
	t := c.elementType(ref.Shape)
	if s.Document || s.Type == "list" || s.Type == "map" || s.Type == "blob" {
		return t
	}
	return reflect.PointerTo(t)
}

func (c *c2j) elementType(name string) reflect.Type {
	s := c.suite.Shapes[name]
	if s.Document {
		return typeDocument
	}
	switch s.Type {
	case "structure":
		return c.structure(name, "")
	case "list":
		return reflect.SliceOf(c.elementType(s.Member.Shape))
	case "map":
		return reflect.MapOf(reflect.TypeFor[string](), c.elementType(s.Value.Shape))
	case "boolean":
		return reflect.TypeFor[bool]()
	case "integer", "long", "short", "byte":
		return reflect.TypeFor[int64]()
	case "float", "double":
		return reflect.TypeFor[float64]()
	case "timestamp":
		return typeTime
	case "blob":
		return typeBytes
	}
	return reflect.TypeFor[string]()
}

// row adds a list, map or timestamp shape to the shape table.
func (c *c2j) row(name string) string {
	s := c.suite.Shapes[name]
	if c.rows[name] != nil {
		return name
	}
	row := &Shape{Name: name}
	switch s.Type {
	case "timestamp":
		row.Format = smithyFormat(s.TimestampFormat)
	case "list":
		c.rows[name] = row
		row.Item, row.ItemNS = s.Member.LocationName, namespaceURI(s.Member.XMLNamespace)
		row.ItemIs = c.row(s.Member.Shape)
	case "map":
		c.rows[name] = row
		row.Key, row.Item = s.Key.LocationName, s.Value.LocationName
		row.KeyNS, row.ItemNS = namespaceURI(s.Key.XMLNamespace), namespaceURI(s.Value.XMLNamespace)
		row.ItemIs = c.row(s.Value.Shape)
	default:
		return ""
	}
	c.rows[name] = row
	return name
}

func smithyFormat(s string) string {
	switch s {
	case "iso8601":
		return "date-time"
	case "rfc822":
		return "http-date"
	case "unixTimestamp":
		return "epoch-seconds"
	}
	return ""
}

func namespaceURI(raw json.RawMessage) string {
	uri, _ := namespaceOf(raw)
	return uri
}

func namespaceOf(raw json.RawMessage) (uri, prefix string) {
	if len(raw) == 0 {
		return "", ""
	}
	if json.Unmarshal(raw, &uri) == nil {
		return uri, ""
	}
	var full struct{ URI, Prefix string }
	if json.Unmarshal(raw, &full) != nil {
		return "", ""
	}
	return full.URI, full.Prefix
}

func (c *c2j) tag(owner *c2jShape, member string, ref *c2jRef) string {
	target := c.suite.Shapes[ref.Shape]
	parts := []string{""}
	if goName(member) != member {
		parts[0] = member
	}
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+"="+value)
		}
	}
	wireName := ref.LocationName
	switch ref.Location {
	case "header":
		add("header", wireName)
	case "headers":
		parts = append(parts, "prefix="+wireName)
	case "querystring":
		if target.Type == "map" {
			parts = append(parts, "params")
		} else {
			add("query", or(wireName, member))
		}
	case "uri":
		parts = append(parts, "label")
	case "statusCode":
		parts = append(parts, "status")
	default:
		xml := wireName
		if owner.Payload == member && target.Type == "structure" && !target.Document {
			if xml == member { // botocore fills in the member's name
				xml = ""
			}
			xml = or(xml, or(target.LocationName, ref.Shape))
		}
		add("xml", xml)
		add("json", wireName)
	}
	add("ec2", ref.QueryName)
	if owner.Payload == member {
		parts = append(parts, "payload")
	}
	if slices.Contains(owner.Required, member) {
		parts = append(parts, "required")
	}
	if ref.Flattened || target.Flattened {
		parts = append(parts, "flat")
	}
	if ref.XMLAttribute {
		parts = append(parts, "attr")
	}
	ns, prefix := namespaceOf(ref.XMLNamespace)
	if ns == "" && (owner.Payload == member || c.suite.protocol() == RESTXML) {
		ns, prefix = namespaceOf(target.XMLNamespace)
	}
	add("xmlns", ns)
	add("xmlprefix", prefix)
	if ref.JSONValue {
		add("media", "application/json")
	}
	if target.Type == "timestamp" {
		add("ts", smithyFormat(or(ref.Format, target.TimestampFormat)))
	} else {
		add("is", c.row(ref.Shape))
	}
	if target.Type == "float" {
		parts = append(parts, "f32")
	}
	return strings.Join(parts, ",")
}
