package carrier

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Letter is one e-mail.
type Letter struct {
	To      string // one address, without a name
	Name    string // of the sender, beside the configured address; may be ""
	Subject string // of any text; the carrier encodes it, and refuses line breaks
	Text    string // the body, plain
	Headers map[string]string
}

// Mail sends e-mail.
type Mail interface {
	// Send returns when the next server has taken the letter over. A refusal for good (5xx, RFC 5321 section 4.2.1) is [ErrRefused].
	Send(ctx context.Context, l *Letter) error
}

// Text is one SMS.
type Text struct {
	To     string // E.164: "+4915112345678"
	Sender string // alphanumeric sender ID or number; "" means the configured one
	Body   string // of any length: the carrier splits it
}

// Sent is what a carrier knows of a text that it has handed over.
type Sent struct {
	ID    string // of the first part, from the carrier's partner
	Parts int
}

// SMS sends texts.
type SMS interface {
	// Send returns when the partner has taken all parts over. A refusal for good is [ErrRefused].
	Send(ctx context.Context, t *Text) (Sent, error)
}

// Reply is a text that came in.
type Reply struct {
	From string // the phone, in E.164
	To   string // the number or code that it was sent to
	Body string
}

// Replying is implemented by carriers of SMS whose partner hands on what phones answer.
type Replying interface {
	// Replies hands each text that comes in to take, until ctx ends. One that take fails on comes again. Where the operator has not asked for
	// replies, none come.
	Replies(ctx context.Context, take func(context.Context, *Reply) error) error
}

// Web is an HTTP client for endpoints that customers name: it connects to no private, loopback or link-local address unless the operator has
// allowed it, follows no redirect, and ends after its time.
type Web interface {
	// Do sends the request and returns the answer, a redirect as it is. Its body is cut off at a bound, and must be closed. An address that is not
	// connected to is [ErrForbiddenAddress].
	Do(r *http.Request, timeout time.Duration) (*http.Response, error)
}

// The outcomes that trying again does not mend.
var (
	ErrRefused          = errors.New("the partner refuses it for good")
	ErrForbiddenAddress = errors.New("the address is private: the operator has not allowed it")
)
