package logs

import (
	api "vauban/api/logs"
	"vauban/api/wire"
)

// The words of these errors are AWS's.

func noGroup() *wire.Error {
	return api.ResourceNotFoundException.New("The specified log group does not exist.")
}

func noStream() *wire.Error {
	return api.ResourceNotFoundException.New("The specified log stream does not exist.")
}

func badToken() *wire.Error {
	return api.InvalidParameterException.New("The specified nextToken is invalid.")
}

func invalid(format string, args ...any) *wire.Error {
	return api.InvalidParameterException.New(format, args...)
}

// notBuilt refuses a parameter that would have no effect.
func notBuilt(what string) *wire.Error {
	return api.InvalidParameterException.New("%s is not built in this version of Vauban.", what)
}

// bounded keeps what a client sent from filling an answer.
func bounded(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}
