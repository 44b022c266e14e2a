package accessanalyzer

import (
	api "vauban/api/accessanalyzer"
)

// invalid is what is wrong with a value of the request, beyond the model's constraints.
func invalid(format string, args ...any) error {
	return api.ValidationException.New(format, args...).With("reason", api.ValidationExceptionReasonFieldValidationFailed)
}

// notBuilt refuses what this program does not do.
func notBuilt(format string, args ...any) error {
	return api.ValidationException.New(format, args...).With("reason", api.ValidationExceptionReasonNotSupported)
}

func absent(kind, id string) error {
	return api.ResourceNotFoundException.New("%s not found: %s", kind, id).With("resourceId", id).With("resourceType", kind)
}

func conflict(kind, id string) error {
	return api.ConflictException.New("%s already exists: %s", kind, id).With("resourceId", id).With("resourceType", kind)
}

func exceeded(kind, id, format string, args ...any) error {
	return api.ServiceQuotaExceededException.New(format, args...).With("resourceId", id).With("resourceType", kind)
}
