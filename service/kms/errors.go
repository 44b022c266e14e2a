package kms

import (
	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
)

// Errors that KMS's model does not name, though KMS answers them.
var (
	errValidation   = &wire.ErrorShape{Shape: "ValidationException", Code: "ValidationException", Status: 400}
	errAccessDenied = &wire.ErrorShape{Shape: "AccessDeniedException", Code: "AccessDeniedException", Status: 400}
)

func invalid(format string, args ...any) error { return errValidation.New(format, args...) }

// dryRun is what a request with DryRun is answered when nothing speaks against it.
func dryRun(asked *bool) error {
	if asked == nil || !*asked {
		return nil
	}
	return api.DryRunOperationException.New("The request would have succeeded, but the DryRun option is set.")
}

// foreignKey refuses an operation that is for the key's own account, in the words for keys elsewhere that one may not use.
func foreignKey(c *service.Call, f *found) error {
	return errAccessDenied.New("User: %s is not authorized to perform this operation on resource: %s because it belongs to another account", c.Caller.ARN, f.arn)
}

// notForRecipient refuses attested enclaves: there is nothing here that could verify what they say they are.
func notForRecipient(r *api.RecipientInfo) error {
	if r == nil {
		return nil
	}
	return api.UnsupportedOperationException.New("Recipient is not supported: this server does not verify attestation documents. Leave Recipient out.")
}

func val[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}
