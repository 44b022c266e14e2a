package service

import (
	"io"
	"net/http"
)

// Payload is the body of an operation whose input streams, as the gateway hands it over. It is verified while it is read: until Read has
// answered io.EOF nothing of it is proved, and nothing read may be kept. Other errors are for the client.
type Payload interface {
	io.ReadCloser

	// Length is the number of bytes that the request announces, -1 when it does not say.
	Length() int64

	// Announces reports whether the request says that the header will be in the trailer.
	Announces(header string) bool

	// Trailer holds the headers that follow the body. It is complete when Read has answered io.EOF.
	Trailer() http.Header
}
