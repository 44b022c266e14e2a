package service

import (
	"time"

	"vauban/api/wire"
	"vauban/engine/policy"
)

// Kind says what an operation does to the state.
type Kind uint8

// The kinds. A read sees a snapshot. A write's handler runs inside the transaction, does no I/O and may run again.
// An act streams, waits or calls out; it holds no transaction and calls Commit at most once.
const (
	Read Kind = iota
	Write
	Act
)

// Question is one thing that must be allowed before the handler runs.
type Question struct {
	Action       string // "" means the operation's own action
	Resource     string // ARN, or "*"
	Account      string // owner of the resource; "" means the call's account
	Kind         policy.ResourceKind
	Policy       *policy.Named       // resource or trust policy, nil when the resource has none
	Grants       []policy.Named      // further documents that allow beside Policy: grants of a KMS key
	Context      map[string][]string // condition keys that the resource and the request give, e.g. "iam:PolicyARN", "aws:ResourceTag/team"
	Multi        []string            // names in Context that are multi-valued
	ResourceType string              // CloudTrail's, "AWS::IAM::Role"; "" leaves the resource out of the event
	Item         bool                // about one of many: see ByItem
}

// Row is one operation of a service: made by Reads, Writes and Acts.
type Row struct {
	Op        *wire.Operation
	Kind      Kind
	Data      bool          // a data event: kept 7 days, not in LookupEvents
	Stateless bool          // see WithoutState
	Unsigned  bool          // see WithoutSignature
	Items     bool          // see ByItem
	Body      int64         // see Takes
	Time      time.Duration // see Lasts
	Checked   bool          // see WithChecksum
	Resource  func(c *Call, in any) ([]Question, error)
	Handle    func(c *Call, in any) (any, error)
}

// Service is what gateway routes to.
type Service interface {
	API() *wire.Service
	Operations() []Row
}

// Resources is a rule that names what a call acts on. It may read c.Tx. For a resource that does not exist it names the ARN that it would have.
type Resources[In any] func(c *Call, in *In) ([]Question, error)

// Reads makes a row that reads.
func Reads[In, Out any](op *wire.Operation, r Resources[In], h func(*Call, *In) (*Out, error)) Row {
	return row(op, Read, r, h)
}

// Writes makes a row that changes state in the gateway's transaction.
func Writes[In, Out any](op *wire.Operation, r Resources[In], h func(*Call, *In) (*Out, error)) Row {
	return row(op, Write, r, h)
}

// WithoutState says that neither rule nor handler of a read, or of an act until it commits, touches the store: the gateway opens no snapshot and c.Tx
// is nil. What they must know of documents they take from a [Memory].
func (r Row) WithoutState() Row {
	r.Stateless = true
	return r
}

// WithoutSignature says that the operation may be called without a signature, though the model does not say so: its questions are asked for an
// anonymous principal.
func (r Row) WithoutSignature() Row {
	r.Unsigned = true
	return r
}

// ByItem says that the operation answers for each of many items whether it was done: what is refused of the questions that are about an item
// does not refuse the call, and the handler leaves that item out. It finds the refusals in [Call.Refused].
func (r Row) ByItem() Row {
	r.Items = true
	return r
}

// WithChecksum says that a body without a checksum beside it is refused.
func (r Row) WithChecksum() Row {
	r.Checked = true
	return r
}

// Takes says how large a body the operation takes that is held in memory, if that is more than others take.
func (r Row) Takes(body int64) Row {
	r.Body = body
	return r
}

// Lasts says how long the operation may take, if that is longer than others take.
func (r Row) Lasts(d time.Duration) Row {
	r.Time = d
	return r
}

// OnData says that the operation's events are data events.
func (r Row) OnData() Row {
	r.Data = true
	return r
}

// Acts makes a row that does more than one transaction can hold.
func Acts[In, Out any](op *wire.Operation, r Resources[In], h func(*Call, *In) (*Out, error)) Row {
	return row(op, Act, r, h)
}

func row[In, Out any](op *wire.Operation, k Kind, r Resources[In], h func(*Call, *In) (*Out, error)) Row {
	return Row{
		Op: op, Kind: k,
		Resource: func(c *Call, in any) ([]Question, error) { return r(c, in.(*In)) },
		Handle: func(c *Call, in any) (any, error) {
			out, err := h(c, in.(*In))
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	}
}
