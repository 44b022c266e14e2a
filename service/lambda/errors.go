package lambda

import (
	"errors"
	"fmt"

	api "vauban/api/lambda"
	"vauban/api/wire"
)

// The words of these errors are AWS's, where AWS has such an error.

// user marks an error as one that the client can mend.
func user(e *wire.Error) *wire.Error { return e.With("Type", "User") }

func invalid(format string, args ...any) *wire.Error {
	return user(api.InvalidParameterValueException.New("%s", fmt.Sprintf(format, args...)))
}

// unbuilt refuses a setting that has no effect here.
func unbuilt(what string) *wire.Error {
	return invalid("%s is not built in this version of Vauban: leave it out.", what)
}

func conflict(format string, args ...any) *wire.Error {
	return user(api.ResourceConflictException.New("%s", fmt.Sprintf(format, args...)))
}

func missing(format string, args ...any) *wire.Error {
	return user(api.ResourceNotFoundException.New("%s", fmt.Sprintf(format, args...)))
}

func noFunction(n name) *wire.Error { return missing("Function not found: %s", n.arn()) }

// requestTooLarge is the error of packages that are too large; the model does not have it.
var requestTooLarge = &wire.ErrorShape{Shape: "RequestEntityTooLargeException", Code: "RequestEntityTooLargeException", Status: 413, Text: "message"}

// stale refuses a change that was made in view of another revision.
func stale(asked *string, has, call string) error {
	if asked == nil || *asked == has {
		return nil
	}
	return user(api.PreconditionFailedException.New("The Revision Id provided does not match the latest Revision Id. Call the %s API to retrieve the latest Revision Id", call))
}

// bounded keeps what a client sent from filling an answer.
func bounded(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

// asWire reports whether an error is one that a client would see.
func asWire(err error, e **wire.Error) bool { return errors.As(err, e) }
