package wire

import (
	"reflect"
	"sync"
	"sync/atomic"
)

// Protocol is one of the AWS wire protocols.
type Protocol uint8

// The protocols that the runtime speaks.
const (
	NoProtocol Protocol = iota
	AWSJSON10
	AWSJSON11
	AWSQuery
	EC2Query
	RESTJSON1
	RESTXML
	RPCv2CBOR
)

// Service is the API of one AWS service as the generator read it from the model.
type Service struct {
	Name            string // folder below api/, e.g. "iam"
	SDKID           string // e.g. "IAM"
	EndpointPrefix  string // e.g. "iam"
	SigningName     string // service part of the SigV4 scope
	ARNNamespace    string // service part of ARNs and the prefix of IAM actions
	EventSource     string // CloudTrail eventSource, e.g. "iam.amazonaws.com"
	Version         string // API version, e.g. "2010-05-08"
	TargetPrefix    string // service shape name: prefix of X-Amz-Target and the service segment of rpcv2Cbor paths
	XMLNamespace    string
	Protocols       []Protocol // in the model's order of preference
	QueryCompatible bool       // aws.protocols#awsQueryCompatible
	Global          bool       // one store for all regions; recorded as us-east-1
	Operations      []*Operation
	Unbuilt         []string // operations of the model that are not generated: answered as known, but not built
	Namespace       string   // Smithy namespace, e.g. "com.amazonaws.iam": prefix of absolute error names in rpcv2Cbor
	BareErrors      bool     // restXml without the ErrorResponse element around errors (S3)
	ValidationCode  string   // error code of failed constraints where it is not the protocol's own, e.g. "InvalidParameterException"
	HideValues      bool     // validation messages name neither the value nor the enum set (IAM)
	RecordTime      string   // layout of timestamps in CloudTrail records, where it is not that of AppendRecordTime
	Shapes          []Shape  // what struct tags refer to with is=, sorted by name

	shapes  map[string]*Shape
	plans   sync.Map // reflect.Type -> *structPlan
	checks  sync.Map // *Shape -> *check
	byName  map[string]*Operation
	unbuilt map[string]bool
}

// Shape is what the runtime must know of a simple shape, a list or a map beyond its Go type.
type Shape struct {
	Name      string
	Length    string // "min:max" of characters, bytes or elements; either side may be empty
	Range     string // "min:max" of a number
	Pattern   string // regular expression of the model; the whole value must match
	Enum      []string
	Unique    bool   // list without equal elements
	Sensitive bool   // never shown in messages and records
	Format    string // timestamp format: "epoch-seconds", "date-time", "http-date"
	Item      string // XML name of list elements ("" is "member") or map values ("" is "value")
	ItemIs    string // Shape of list elements or map values
	Key       string // XML name of map keys ("" is "key")
	KeyIs     string // Shape of map keys
	ItemNS    string // XML namespace of the element, where it has its own
	KeyNS     string
}

// Operation is one row of the generated operation table.
type Operation struct {
	Service   *Service
	Name      string
	Method    string       // HTTP method; POST for RPC protocols
	URI       string       // path template with fixed query, e.g. "/2015-03-31/functions/{FunctionName}/policy"
	Status    int          // HTTP status of success
	Input     reflect.Type // struct type, never nil
	Output    reflect.Type // struct type, never nil
	Unsigned  bool         // smithy.api#optionalAuth: the call may come without a signature
	ReadOnly  bool         // CloudTrail's readOnly: every action is of level List or Read
	Actions   []Action     // what must be allowed; the first is the operation's own
	Errors    []*ErrorShape
	Paginated *Pagination
	HostLabel string // endpoint host prefix, informative
	NoOutput  bool   // the model has no output: the answer has no body, or only the protocol's frame
	Root      string // restXml: element around an output that has no payload member
	Unwrapped bool   // restXml: the output's only member is the root element itself (S3 GetBucketLocation)
	Checked   bool   // aws.protocols#httpChecksum: clients send a checksum of the body beside it

	size atomic.Int64 // length of the latest answer, to size the next buffer
}

// Pagination is smithy.api#paginated with member names of input and output.
type Pagination struct {
	InputToken, OutputToken, Items, PageSize string
}

// Action is one IAM action that an operation needs.
type Action struct {
	Name      string // e.g. "iam:CreateUser"
	Level     Level
	Resources []ResourceType // empty: the action has no resource type, only "*" matches
	Keys      []string       // condition keys of the action beyond the global ones
	Dependent []string       // further actions that the caller must hold
}

// Level is the access level of an action in the Service Authorization Reference.
type Level byte

// The access levels.
const (
	LevelList        Level = 'L'
	LevelRead        Level = 'R'
	LevelWrite       Level = 'W'
	LevelPermissions Level = 'P'
	LevelTagging     Level = 'T'
)

// ResourceType is a kind of resource that an action can be granted on.
type ResourceType struct {
	Name     string   // e.g. "user"
	Required bool     // the action always needs one
	ARNs     []string // templates, e.g. "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}"
	Keys     []string // condition keys of the type
}

// ErrorShape is a modelled error.
type ErrorShape struct {
	Shape       string // shape name, e.g. "NoSuchEntityException"
	Code        string // code on the wire of the query protocols, e.g. "NoSuchEntity"
	Status      int
	Fault       bool         // server fault
	QueryCode   string       // aws.protocols#awsQueryError code of a query-compatible service, else ""
	QueryStatus int          // its HTTP status, for clients in query mode; 0 means Status
	Text        string       // name of the message member: "message", "Message" or ""
	Members     reflect.Type // struct of the members beyond the message, nil when there are none
}

// Code is an error that the models do not have, though AWS answers it.
func Code(name string, status int) *ErrorShape {
	return &ErrorShape{Shape: name, Code: name, Status: status}
}

// Union is embedded in the struct of a union: exactly one of the other fields is set.
type Union struct{}

// NewService completes a generated table: it links the operations to their service and builds the indexes.
func NewService(s *Service) *Service {
	s.shapes = make(map[string]*Shape, len(s.Shapes))
	for i := range s.Shapes {
		s.shapes[s.Shapes[i].Name] = &s.Shapes[i]
	}
	s.byName = make(map[string]*Operation, len(s.Operations))
	for _, op := range s.Operations {
		op.Service = s
		s.byName[op.Name] = op
	}
	s.unbuilt = make(map[string]bool, len(s.Unbuilt))
	for _, name := range s.Unbuilt {
		s.unbuilt[name] = true
	}
	return s
}

// Operation returns the operation of that name, or nil.
func (s *Service) Operation(name string) *Operation { return s.byName[name] }

// IsUnbuilt reports whether AWS has an operation of that name that is not built here.
func (s *Service) IsUnbuilt(name string) bool { return s.unbuilt[name] }
