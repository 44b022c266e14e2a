package service

import (
	"context"
	"net/netip"
	"time"

	"vauban/store"
)

// Call is one authenticated and authorised call on its way through a handler.
type Call struct {
	context.Context
	Caller    *Caller
	Account   string // account whose resources are acted on
	Region    string
	Partition string // "aws"
	RequestID string
	Time      time.Time // when the gateway took the request; handlers use it instead of the clock
	SourceIP  netip.Addr
	UserAgent string
	Referer   string // header of the client, as it says; "" for internal calls
	Secure    bool   // over TLS
	Host      string // that the client asked for, without port, in lower case; "" for internal calls
	Signature Signature
	Trace     string // header X-Amzn-Trace-Id as the client says it: which chain of invocations the call belongs to; "" when it says none
	Authority string // the same as the client wrote it, with its port: for addresses that an answer gives; "" for internal calls

	// Tx is the call's transaction: a snapshot for reads, the commit for writes, nil for acts.
	Tx store.Tx

	// Found is what the resource rule found out about what is acted on, for the handler: an act holds no transaction to find it again. The rule
	// sets it each time that it runs, also within Commit.
	Found any

	// Refused are the questions about items that were refused, with the error that each item gets. See [Row.ByItem].
	Refused map[Asked]error

	// Commit runs the one transaction of an act; its success record joins it. Nil for reads and writes. When the function itself has answered an
	// error, nothing was committed, and the act may commit once more.
	Commit func(func(store.Tx) error) error

	// Door reaches other services through the gateway.
	Door Door

	record *Record
}

// Asked names a question.
type Asked struct{ Action, Resource string }

// Signature is how a client signed, for the condition keys of services that have some on it. Zero for unsigned and internal calls.
type Signature struct {
	AuthType      string        // "REST-HEADER", "REST-QUERY-STRING" or "POST"
	Version       string        // "AWS4-HMAC-SHA256"
	Age           time.Duration // since it was made
	ContentSHA256 string        // what x-amz-content-sha256 said
	TLSVersion    string        // "1.3", "" without TLS
}

// Record is what a handler can add to the CloudTrail event of its call.
type Record struct {
	Resources      []Resource     // ARNs touched, beyond those authorised
	AdditionalData map[string]any // additionalEventData
	Request        any            // overrides requestParameters
	Response       any            // overrides responseElements
	EventName      string         // overrides the operation's name (ConsoleLogin)
	EventType      string         // overrides AwsApiCall
	Caller         *Caller        // overrides the caller: an unsigned call that proved who it is (sign-in)
	ErrorMessage   string         // overrides errorCode and errorMessage: what the log may know and the client may not (sign-in)
}

// Resource is a resource named in a CloudTrail event.
type Resource struct {
	ARN     string
	Account string
	Type    string // "AWS::IAM::Role"
}

// Record returns the additions to the event, for the handler to fill.
func (c *Call) Record() *Record {
	if c.record == nil {
		c.record = &Record{}
	}
	return c.record
}

// Inner returns the call with a record of its own, for a call that one service makes on another.
func Inner(c *Call) *Call {
	inner := *c
	inner.record, inner.Found, inner.Refused, inner.Signature = nil, nil, nil, Signature{}
	return &inner
}

// Door is how one service acts on another: through authorisation and record, without a signature. in and the result are the
// operation's input and output structs. The call joins c's transaction when it has one.
type Door interface {
	Call(c *Call, as Identity, service, operation string, in any) (any, error)
}
