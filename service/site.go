package service

import (
	"net/http"

	"vauban/api/wire"
	"vauban/store"
)

// Sites is implemented by the service that serves websites under host names of their own, to everybody. What a page needs is read by operations of the
// service that the gateway performs for an anonymous caller, authorised and recorded like all others.
type Sites interface {
	// Site answers the website that a host name, without port and in lower case, is of; nil when it is none.
	Site(host string) Site
}

// Site is a website.
type Site interface {
	// Bucket is where its pages are.
	Bucket() string

	// Region is where it is served.
	Region() string

	// Next says what follows. last is nil at first, else what the gateway has performed, and how that went. It depends on nothing but that and
	// the snapshot.
	Next(tx store.Tx, v *SiteVisit, last *SiteStep, out any, err error) (*SiteStep, error)
}

// SiteVisit is the request for a page.
type SiteVisit struct {
	Method    string
	Scheme    string
	Authority string // as the client wrote it, with its port
	Path      string // escaped
	Header    http.Header
	RequestID string
}

// SiteStep is an operation that is to be performed, or the answer.
type SiteStep struct {
	Operation string // what the visit is recorded as; it is performed unless there is an answer
	In        any
	Phase     int         // of the service's own
	Failed    *wire.Error // why the visit has not got what it asked for; of an answer without any operation it is what is recorded
	Resources []Resource  // that an answer without any operation is about

	Answer *SiteAnswer
}

// SiteAnswer is what the client gets.
type SiteAnswer struct {
	Output bool // the last output is the answer, but for the status
	Status int  // 0: as the operation says
	Header http.Header
	Body   []byte
}
