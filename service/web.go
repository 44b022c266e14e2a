package service

import "net/http"

// Web is implemented by the service that gives out addresses of its own, at which plain HTTP requests of any method are one of its operations: the
// URLs of functions. Such a request passes the same steps as all others; its input is a [WebRequest], its output a [WebResponse].
type Web interface {
	// WebOperation is the operation that serves such addresses.
	WebOperation() string
}

// WebRequest is a request at an address that a service has given out.
type WebRequest struct {
	Address  WebAddress
	RawQuery string
	Header   http.Header
	Body     []byte
}

// WebAddress is what the record of a [WebRequest] tells.
type WebAddress struct {
	ID     *string `api:"UrlId"`
	Method *string
	Path   *string // escaped, below the address
	Host   *string // as the client wrote it, with its port
}

// WebResponse is the answer to a [WebRequest].
type WebResponse struct {
	Status int
	Header http.Header
	Body   []byte
}
