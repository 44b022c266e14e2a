package wire

import "reflect"

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
	Shape     string // shape name, e.g. "NoSuchEntityException"
	Code      string // code on the wire of the query protocols, e.g. "NoSuchEntity"
	Status    int
	Fault     bool   // server fault
	QueryCode string // aws.protocols#awsQueryError code of a query-compatible service, else ""
}
