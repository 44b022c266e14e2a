package store

// Table declares one kind of document. Its zero members mean: no unique or look-up keys, not cached, version 0.
// Documents are stored as JSON; unexported members are not.
type Table[T any] struct {
	Name    string // stable on disk; never reused for another kind
	Version int    // schema version that this program writes
	Key     func(*T) Key
	Unique  map[string]func(*T) Key   // a nil Key means that the document has no such value
	Refs    map[string]func(*T) []Key // look-up keys
	Cached  bool                      // writes appear in the change feed
	// Upgrade turns a body of an older version into one of the next version. Nil when Version is 0.
	Upgrade func(version int, body []byte) ([]byte, error)
	// Downgrade turns a body of Version into one of Version-1. It is wanted only for an upgrade during which programs of
	// both versions serve: until Rewrite has run, documents are written in the former version, which both can read. Without it
	// the first write of this program makes a document unreadable (ErrNewer) for a program of the former version.
	Downgrade func(body []byte) ([]byte, error)
}

// Page is one page of a listing. Next is nil on the last page, else the `after` of the next.
type Page[T any] struct {
	Items []*T
	Next  Key
}
