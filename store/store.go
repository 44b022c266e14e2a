package store

import (
	"context"
	"errors"
	"time"
)

// Errors that every driver returns, possibly wrapped.
var (
	ErrNotFound = errors.New("store: not found")
	ErrReadOnly = errors.New("store: write in a read transaction")
	ErrConflict = errors.New("store: conflicting write") // drivers retry; seen only when retries are used up
	ErrClosed   = errors.New("store: closed")
	ErrFull     = errors.New("store: no space left") // the disk is full: nothing was written
	ErrNewer    = errors.New("store: written by a newer version of this program")
	ErrGap      = errors.New("store: changes were dropped from the feed: read everything anew") // from Changes, when `after` is too old
	ErrTooLarge = errors.New("store: key or document too large")

	// ErrUnavailable: the database cannot be reached now. A Write that answers it may have been committed or not: the connection was lost
	// in between. The same call is worth trying again later.
	ErrUnavailable = errors.New("store: database not reachable")
)

// MaxBody is the largest document and the largest event, in bytes of JSON.
const MaxBody = 16 << 20

// ExistsError reports a key that is taken already.
type ExistsError struct {
	Table string
	Index string // "" for the primary key
}

func (e *ExistsError) Error() string {
	if e.Index == "" {
		return "store: " + e.Table + ": key exists"
	}
	return "store: " + e.Table + ": " + e.Index + " exists"
}

// IsAbsent reports that a document does not exist.
func IsAbsent(err error) bool { return errors.Is(err, ErrNotFound) }

// IsTaken reports that a key or a unique value is taken already.
func IsTaken(err error) bool {
	var exists *ExistsError
	return errors.As(err, &exists)
}

// Rev is the revision of one document: it grows with every write of that document and never repeats for a key.
type Rev int64

// Doc is a stored document before decoding.
type Doc struct {
	Key     Key
	Rev     Rev
	Version int    // schema version of Body
	Body    []byte // JSON
}

// DB is one state store. Implementations: store/sqlite, store/postgres. All behave alike: storetest proves it.
type DB interface {
	// Read runs fn on one consistent snapshot. Writes in it answer ErrReadOnly.
	Read(ctx context.Context, fn func(Tx) error) error

	// Write runs fn in a serialisable transaction that is durable when Write returns nil. fn must not do I/O or wait:
	// drivers run it on the one committer or again after a conflict. An error of fn rolls back all that fn did and is returned as it is.
	Write(ctx context.Context, fn func(Tx) error) error

	// Append makes events durable without a change of state, in the group commit of whatever else is waiting.
	Append(ctx context.Context, events ...Event) error

	// Changes returns changes of cached tables with Seq > after, in commit order, at most limit; and Head, the last Seq committed.
	Changes(ctx context.Context, after int64, limit int) ([]Change, error)
	Head(ctx context.Context) (int64, error)

	// Wake returns a channel that receives (coalesced) when there may be new changes or events, also those of other processes.
	Wake() (ch <-chan struct{}, cancel func())

	// Listen returns a channel that receives (coalesced) when a committed transaction has rung the bell, also one of another process. It may
	// receive without reason. Ring rings it for those who listen here, without a transaction.
	Listen(bell string) (ch <-chan struct{}, cancel func())
	Ring(bell string)

	// Close waits for running transactions and releases the store.
	Close() error
}

// Tx is a transaction at the level of encoded documents. Services use Table instead.
type Tx interface {
	// Snapshot reports that this is a read transaction: what it shows is committed, so that a revision that it has seen never comes again.
	Snapshot() bool
	// Get returns ErrNotFound for an absent key.
	Get(table string, key Key) (Doc, error)
	// Lookup resolves a unique index entry to a primary key, or ErrNotFound.
	Lookup(table, index string, value Key) (Key, error)
	// Scan visits documents of the table whose key has the prefix, in key order, strictly after `after` (nil: from the start), until fn returns false.
	Scan(table string, prefix, after Key, fn func(Doc) bool) error
	// Skim is Scan that passes over groups: of the documents whose keys are alike up to and including the first sep behind the prefix, only the first is
	// visited. Those without sep behind the prefix are all visited. However large the groups are, each costs one look. sep ends with a byte below 0xff.
	Skim(table string, prefix, after Key, sep []byte, fn func(Doc) bool) error
	// ScanRef visits documents that carry the look-up value, in primary-key order, strictly after the primary key `after`.
	ScanRef(table, index string, value, after Key, fn func(Doc) bool) error

	// Insert fails with *ExistsError when the key or a unique value is taken.
	Insert(table string, d Doc, ix Indexes, cached bool) error
	// Update replaces the document and its index entries; ErrNotFound when absent; ErrConflict when rev is not 0 and differs.
	Update(table string, d Doc, rev Rev, ix Indexes, cached bool) error
	// Delete removes the document and its index entries.
	Delete(table string, key Key, rev Rev, cached bool) error

	// Ring rings a bell when this transaction has committed, and only then. Its name is text without line feeds.
	Ring(bell string) error

	// Append adds events that commit with this transaction, and only with it.
	Append(events ...Event) error
	// Events returns not yet relayed events with Seq > after in order, without those that this transaction appended. See eventlog for the whole log.
	Events(after int64, limit int) ([]Event, error)
	// DropEvents removes events with Seq <= upTo once they are safe elsewhere.
	DropEvents(upTo int64) error
}

// Indexes are the unique and look-up values of one document.
type Indexes struct {
	Unique map[string]Key
	Refs   map[string][]Key
}

// Change says that a document of a cached table was written or deleted.
type Change struct {
	Seq   int64 // commit order
	Table string
	Key   Key
}

// Event is one record of the log while it is in the store. Package eventlog gives it meaning.
type Event struct {
	Seq  int64 // given by the store at commit: log order
	ID   string
	Time time.Time // kept to the microsecond, in UTC
	Body []byte
}
