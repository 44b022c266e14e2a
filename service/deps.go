package service

import (
	"io"
	"time"

	"vauban/blob"
	"vauban/carrier"
	"vauban/eventlog"
	"vauban/eventlog/delivery"
	"vauban/eventlog/tree"
	"vauban/sandbox"
	"vauban/store"
)

// Deps is what a service stands on. All members are set, unless their comment says when not.
type Deps struct {
	Store     store.DB
	Log       *eventlog.Log
	Tree      *tree.Tree // over the log
	Seal      Sealer
	Blobs     blob.Store // bytes of objects, encrypted
	Outbound  *delivery.Queue
	Clock     func() time.Time
	Rand      io.Reader
	Partition string   // "aws"
	Regions   []string // enabled: those that a service may act in beside the call's own
	Schedule  Schedule
	Meter     *Meter
	Endpoint  func() string // base URL of the API as clients reach it, "https://127.0.0.1:8443": for addresses in messages

	Mail    carrier.Mail // nil: no mail server is configured
	SMS     carrier.SMS  // nil: no SMS partner is configured
	Web     carrier.Web
	Sandbox sandbox.Sandbox // nil: this host isolates no code

	KeyStoreTime time.Duration // how long the proxy of an external key store may take to answer; 0 means AWS's 250 ms

	Scratch   string        // directory of this replica for what can be made anew; "" means the system's
	Authority func() []byte // certificates, in PEM, that vouch for Endpoint; nil, or answers nil, for plain HTTP
}

// Schedule is how often trails deliver. Zero members mean AWS's own times: 5 minutes and an hour.
type Schedule struct {
	Logs    time.Duration
	Digests time.Duration
}

// Sealer keeps secrets at rest. A sealed value opens only under the table and key that it was sealed for. seal.Ring implements it.
type Sealer interface {
	Seal(table string, key store.Key, plaintext []byte) ([]byte, error)
	Open(table string, key store.Key, sealed []byte) ([]byte, error)
	SealToken(purpose string, plaintext []byte) (string, error)
	OpenToken(purpose, token string) ([]byte, error)
}

// Consumer derives documents from the log. It runs in a transaction of its own, which also moves its cursor.
type Consumer struct {
	Name   string
	Handle func(tx store.Tx, batch []*eventlog.Entry) error
}

// Consuming is implemented by services that react to events.
type Consuming interface {
	Consumers() []Consumer
}
