package organizations

import (
	"time"

	api "vauban/api/organizations"
	"vauban/store"
)

// The words of these errors are AWS's, as clients have reported them.

func notInUse() error {
	return api.AWSOrganizationsNotInUseException.New("Your account is not a member of an organization.")
}

func noAccess() error {
	return api.AccessDeniedException.New("You don't have permissions to access this resource.")
}

func noSuchAccount() error {
	return api.AccountNotFoundException.New("You specified an account that doesn't exist.")
}

func noSuchTarget() error {
	return api.TargetNotFoundException.New("You specified a target that doesn't exist.")
}

func noSuchParent() error {
	return api.ParentNotFoundException.New("You specified parent that doesn't exist.")
}

func noSuchUnit() error {
	return api.OrganizationalUnitNotFoundException.New("You specified an organizational unit that doesn't exist.")
}

func noSuchPolicy() error {
	return api.PolicyNotFoundException.New("You specified a policy that doesn't exist.")
}

// invalid is what is wrong with a value of the request, beyond the model's constraints.
func invalid(reason, format string, args ...any) error {
	return api.InvalidInputException.New(format, args...).With("Reason", reason)
}

// constraint is a limit that the call would break.
func constraint(reason, format string, args ...any) error {
	return api.ConstraintViolationException.New(format, args...).With("Reason", reason)
}

// found turns an absent document into the answer for it.
func found[T any](v *T, err error, absent func() error) (*T, error) {
	if store.IsAbsent(err) {
		return nil, absent()
	}
	return v, err
}

// millis is a time as Organizations keeps it.
func millis(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// at is a time as an answer shows it: absent when it has not come.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
