package sqs

import (
	api "vauban/api/sqs"
	"vauban/api/wire"
)

// Errors that SQS answers and its model does not have.
var (
	invalidParameterValue = &wire.ErrorShape{Shape: "InvalidParameterValueException", Code: "InvalidParameterValue", Status: 400, QueryCode: "InvalidParameterValue", Text: "message"}
	missingParameter      = &wire.ErrorShape{Shape: "MissingRequiredParameterException", Code: "MissingParameter", Status: 400, QueryCode: "MissingParameter", Text: "message"}
)

// The words of these errors are AWS's.

func noSuchQueue() *wire.Error {
	return api.QueueDoesNotExist.New("The specified queue does not exist.")
}

// badValue is a value that the parameter does not take.
func badValue(value, parameter, reason string) *wire.Error {
	return invalidParameterValue.New("Value %s for parameter %s is invalid. Reason: %s", value, parameter, reason)
}

func badParameters(reason string) *wire.Error {
	return invalidParameterValue.New("One or more parameters are invalid. Reason: %s", reason)
}

func missing(parameter string) *wire.Error {
	return missingParameter.New("The request must contain the parameter %s.", parameter)
}

func badAttribute(name string) *wire.Error {
	return api.InvalidAttributeValue.New("Invalid value for the parameter %s.", name)
}

func badAttributeBecause(name, reason string) *wire.Error {
	return api.InvalidAttributeValue.New("Invalid value for the parameter %s. Reason: %s", name, reason)
}

func unknownAttribute(name string) *wire.Error {
	return api.InvalidAttributeName.New("Unknown Attribute %s.", name)
}

func badReceipt(handle string) *wire.Error {
	return api.ReceiptHandleIsInvalid.New("The input receipt handle \"%s\" is not a valid receipt handle.", bounded(handle, 200))
}

// bounded keeps what a client sent from filling an answer.
func bounded(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

// errFlying is the answer of a standard queue of which too much is in flight.
func errFlying() error {
	return api.OverLimit.New("The maximum number of in flight messages is reached. Delete messages that are processed, or let their visibility timeout pass.")
}
