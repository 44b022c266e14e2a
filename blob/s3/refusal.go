package s3

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"

	"vauban/blob"
)

// lostError says that no whole answer came. It wraps nothing: an io.EOF of the connection is not the end of an object.
type lostError struct{ text string }

func (e *lostError) Error() string { return "the object store does not answer: " + e.text }

// refusal is an answer that is an error.
type refusal struct {
	XMLName xml.Name `xml:"Error"`
	Code    string   `xml:"Code"`
	Message string   `xml:"Message"`
	status  int
}

func newRefusal(a *answer) *refusal {
	r := &refusal{}
	if xml.Unmarshal(a.body, r) != nil {
		*r = refusal{} // a proxy's page, or none
	}
	r.status = a.status
	return r
}

func (r *refusal) Error() string {
	if r.Code == "" {
		return fmt.Sprintf("the object store answers status %d", r.status)
	}
	return fmt.Sprintf("the object store answers status %d, %.100s: %.500s", r.status, r.Code, r.Message)
}

// Unwrap gives the package's error for it. A missing bucket is not a missing object, nor is a 404 that somebody else made.
func (r *refusal) Unwrap() error {
	switch {
	case r.Code == "NoSuchKey":
		return blob.ErrNotFound
	case r.status == http.StatusInsufficientStorage, r.Code == "QuotaExceeded": // the latter is Ceph's
		return blob.ErrFull
	}
	return nil
}

// notBegun reports whether the store says that it did nothing yet.
func (r *refusal) notBegun() bool {
	return r.status == http.StatusServiceUnavailable || r.status == http.StatusTooManyRequests
}

// transient reports whether another attempt may do better. RequestTimeout is a body that stopped coming; it has status 400.
func (r *refusal) transient() bool {
	if errors.Is(r, blob.ErrFull) {
		return false
	}
	return r.status >= 500 || r.notBegun() || r.Code == "RequestTimeout" || r.Code == "InternalError" || r.Code == "SlowDown"
}

// isRefusal reports whether the error is an answer of the status.
func isRefusal(err error, status int) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == status
}
