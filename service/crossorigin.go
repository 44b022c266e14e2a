package service

import (
	"net/http"

	"vauban/store"
)

// CrossOrigin is implemented by services that browsers call from pages of other origins. It is apart from the operations: a preflight names none,
// carries no signature and changes nothing.
type CrossOrigin interface {
	// CrossOrigin answers the headers that tell a browser what the page may do; none when it may not. The error of a preflight is for the client.
	CrossOrigin(tx store.Tx, r BrowserRequest) (http.Header, error)
}

// BrowserRequest is what a browser says of the request of a page.
type BrowserRequest struct {
	Path      string // as routing sees it, escaped
	Preflight bool   // it only asks for leave
	Origin    string
	Method    string   // of the page's request
	Headers   []string // that the page's request has, of a preflight
}
