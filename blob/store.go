package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Errors that every driver returns, possibly wrapped.
var (
	ErrNotFound = errors.New("blob: no such object")
	ErrCorrupt  = errors.New("blob: damaged, or not sealed under this key and ID") // nothing wrong was given out before it
	ErrFull     = errors.New("blob: no space left")                                // nothing was written
	ErrBadID    = errors.New("blob: not an object ID")
	ErrChanged  = errors.New("blob: replaced or deleted while it was open") // from drivers that cannot keep the former bytes
)

// KeySize is the length of a data key in bytes.
const KeySize = 32

// DataKey is the key that the caller gives for an object. It prints as a redaction.
type DataKey [KeySize]byte

// String hides the key.
func (DataKey) String() string { return "[redacted]" }

// Format hides the key from every verb.
func (DataKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// LogValue hides the key.
func (DataKey) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// MarshalText hides the key from encoders.
func (DataKey) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// Store keeps objects. Implementations are safe for concurrent use.
type Store interface {
	// Put stores what r gives and returns its size. The object is there whole and durable when Put returns nil, else it is as it was before. An object of the
	// same ID is replaced; who has it open keeps reading the former bytes, or gets ErrChanged where the driver cannot keep them. Memory does not
	// grow with the size.
	Put(ctx context.Context, id string, key *DataKey, r io.Reader) (size int64, err error)

	// Open opens an object for reading, or answers ErrNotFound or ErrCorrupt.
	Open(ctx context.Context, id string, key *DataKey) (Object, error)

	// Delete removes the object; one that does not exist is no error.
	Delete(ctx context.Context, id string) error

	// List visits all objects in no particular order until fn returns an error, which it returns. Objects put or deleted meanwhile may be missed.
	List(ctx context.Context, fn func(Info) error) error

	// Close releases the store. Open objects stay readable.
	Close() error
}

// Info describes a stored object.
type Info struct {
	ID     string
	Stored int64     // bytes that it takes in the store: more than its size
	Time   time.Time // when it was put
}

// Object is an open object. ReadAt and Range may be used from several goroutines at once.
type Object interface {
	// ReadAt reads plaintext; only the chunks that it needs are decrypted.
	io.ReaderAt
	// Size is the plaintext's, verified.
	Size() int64
	// Range streams n bytes from off on; it reads one chunk at a time. A range that leaves the object is cut to it.
	Range(ctx context.Context, off, n int64) io.Reader
	io.Closer
}

// maxID bounds IDs so that they fit a file name.
const maxID = 128

// CheckID answers ErrBadID unless the ID is 1 to 128 characters of a-z, 0-9, '-' and '_': what every file system and bucket
// takes, and keeps apart, as it is.
func CheckID(id string) error {
	if len(id) == 0 || len(id) > maxID {
		return ErrBadID
	}
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return ErrBadID
		}
	}
	return nil
}
