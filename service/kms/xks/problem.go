package xks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"

	"vauban/carrier"
)

// Reason is why a call to a proxy failed.
type Reason string

// Those that a proxy names. XKS Proxy API Specification: "Error codes".
const (
	Validation           Reason = "ValidationException"
	InvalidState         Reason = "InvalidStateException"
	InvalidCiphertext    Reason = "InvalidCiphertextException"
	InvalidKeyUsage      Reason = "InvalidKeyUsageException"
	AuthenticationFailed Reason = "AuthenticationFailedException"
	AccessDenied         Reason = "AccessDeniedException"
	KeyNotFound          Reason = "KeyNotFoundException"
	InvalidURIPath       Reason = "InvalidUriPathException"
	Throttled            Reason = "ThrottlingException"
	Unsupported          Reason = "UnsupportedOperationException"
	DependencyTimeout    Reason = "DependencyTimeoutException"
	Internal             Reason = "InternalException"
)

// Those that are found here: no connection, an address that is private and not allowed, no TLS, no answer in time, no answer of the protocol, and a proxy all of
// whose key managers are unavailable.
const (
	Unreachable    Reason = "Unreachable"
	Forbidden      Reason = "ForbiddenAddress"
	TLS            Reason = "TLSFailure"
	TimedOut       Reason = "TimedOut"
	Malformed      Reason = "MalformedResponse"
	AllUnavailable Reason = "AllUnavailable"
)

// Problem is why a call failed.
type Problem struct {
	Reason Reason
	Status int    // of the answer, 0 without one
	Text   string // the proxy's words, or what is wrong with them: for logs only
	Err    error
}

func (p *Problem) Error() string {
	if p.Err != nil {
		return p.Told() + ": " + p.Err.Error()
	}
	return p.Told()
}

// Told is the problem as the owner of the key store may see it: without Err, in which the network names addresses, resolvers and certificates that are
// none of the owner's, whatever endpoint the key store has.
func (p *Problem) Told() string {
	s := "key store proxy: " + string(p.Reason)
	if p.Status != 0 {
		s = fmt.Sprintf("%s (%d)", s, p.Status)
	}
	if p.Text != "" {
		s += ": " + p.Text
	}
	return s
}

func (p *Problem) Unwrap() error { return p.Err }

func malformed(format string, args ...any) error {
	return &Problem{Reason: Malformed, Text: fmt.Sprintf(format, args...)}
}

// maxText is how many characters a proxy's words may have.
const maxText = 511

// parseProblem reads the answer of a proxy that refuses. The name of the error decides, not the status.
func parseProblem(status int, body []byte) error {
	var out struct {
		Name string `json:"errorName"`
		Text string `json:"errorMessage"`
	}
	if err := json.Unmarshal(body, &out); err != nil {
		return &Problem{Reason: Malformed, Status: status, Err: err}
	}
	p := &Problem{Reason: Reason(out.Name), Status: status, Text: printable(out.Text)}
	switch p.Reason {
	case Validation, InvalidState, InvalidCiphertext, InvalidKeyUsage, AuthenticationFailed, AccessDenied, KeyNotFound, InvalidURIPath, Throttled, Unsupported,
		DependencyTimeout, Internal:
	default:
		p.Reason, p.Err = Malformed, errors.New("errorName is none of the protocol")
	}
	return p
}

// printable is a proxy's text without what does not belong into a log.
func printable(s string) string {
	s = s[:min(len(s), maxText)]
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// unanswered says why there is no answer.
func unanswered(err error) error {
	var timed net.Error
	var op *net.OpError
	reason := Unreachable
	switch {
	case errors.Is(err, carrier.ErrForbiddenAddress):
		reason = Forbidden
	case isTLS(err):
		reason = TLS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timed) && timed.Timeout():
		reason = TimedOut
	case errors.As(err, &op) && strings.HasSuffix(op.Op, " error"): // "remote error": an alert of TLS
		reason = TLS
	}
	return &Problem{Reason: reason, Err: err}
}

func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var host x509.HostnameError
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &host)
}

// Retryable reports whether the same call may succeed later without anybody's doing. KMS Developer Guide: "XksProxyErrors".
func (p *Problem) Retryable() bool {
	switch p.Reason {
	case Throttled, DependencyTimeout, Internal, Unreachable, TimedOut, AllUnavailable:
		return true
	}
	return false
}
