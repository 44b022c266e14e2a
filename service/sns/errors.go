package sns

import (
	"errors"

	api "vauban/api/sns"
	"vauban/api/wire"
)

// The words of these errors are AWS's.

// invalid is a parameter that is not as it should be.
func invalid(format string, args ...any) *wire.Error {
	return api.InvalidParameterException.New("Invalid parameter: "+format, args...)
}

// badAttributeValue is a message attribute that is not as it should be.
func badAttributeValue(format string, args ...any) *wire.Error {
	return api.InvalidParameterValueException.New(format, args...)
}

func noSuchTopic() *wire.Error { return api.NotFoundException.New("Topic does not exist") }

func noSuchSubscription() *wire.Error {
	return api.NotFoundException.New("Subscription does not exist")
}

// unbuilt is a parameter that AWS has and this version does not.
func unbuilt(what string) *wire.Error {
	return invalid("%s is not built in this version of Vauban; nothing was set.", what)
}

// bounded keeps what a client sent from filling an answer.
func bounded(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

// ofKMS puts a refusal of KMS into SNS's errors.
func ofKMS(err error) error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return err
	}
	shape := map[string]*wire.ErrorShape{
		"AccessDeniedException": api.KMSAccessDeniedException, "NotFoundException": api.KMSNotFoundException, "DisabledException": api.KMSDisabledException,
		"KMSInvalidStateException": api.KMSInvalidStateException, "InvalidKeyUsageException": api.KMSInvalidStateException, "ThrottlingException": api.KMSThrottlingException,
	}[e.Shape.Shape]
	if shape == nil {
		return err
	}
	return shape.New("%s", e.Message).Because(err)
}
