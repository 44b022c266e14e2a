package cloudwatch

import (
	api "vauban/api/cloudwatch"
	"vauban/api/wire"
)

// validation is what CloudWatch answers and its model does not have.
var validation = &wire.ErrorShape{Shape: "ValidationError", Code: "ValidationError", Status: 400, QueryCode: "ValidationError", QueryStatus: 400, Text: "message"}

func invalid(format string, args ...any) *wire.Error { return validation.New(format, args...) }

func badValue(format string, args ...any) *wire.Error {
	return api.InvalidParameterValueException.New(format, args...)
}

func badCombination(format string, args ...any) *wire.Error {
	return api.InvalidParameterCombinationException.New(format, args...)
}

func missing(format string, args ...any) *wire.Error {
	return api.MissingRequiredParameterException.New(format, args...)
}

func badToken() *wire.Error { return api.InvalidNextToken.New("Invalid token.") }

// notBuilt refuses a parameter that this version does nothing with.
func notBuilt(parameter string) *wire.Error {
	return badValue("The parameter %s is not built in this version of Vauban.", parameter)
}

// bounded keeps what a client sent from filling an answer.
func bounded(s string) string {
	if short := shortened(s, 200); short != s {
		return short + "…"
	}
	return s
}
