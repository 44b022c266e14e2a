package signin

import (
	"errors"
	"fmt"
	"math"

	api "vauban/api/signin"
	"vauban/engine/policy"
	"vauban/service"
)

// note makes the call's record a ConsoleLogin event. CloudTrail User Guide: "AWS Management Console sign-in events".
type note struct {
	record *service.Record
	data   map[string]any
}

// What the endpoint's clients, and the record, hear of a failure.
const (
	toClient = "Your authentication information is incorrect. Please try again."
	toRecord = "Failed authentication"
	noUser   = "No username found in supplied account"
)

func (s *Service) note(c *service.Call, in *api.ConsoleLoginInput) note {
	to := text(in.LoginTo)
	if to == "" {
		to = "/console/home"
	}
	n := note{c.Record(), map[string]any{"LoginTo": to, "MobileVersion": "No", "MFAUsed": yes(in.MFACode != nil)}}
	n.record.EventType, n.record.Request, n.record.AdditionalData = "AwsConsoleSignIn", null, n.data
	n.record.Response = map[string]string{"ConsoleLogin": "Failure"}
	n.record.Caller = &service.Caller{Kind: policy.User, Account: c.Account, Name: "HIDDEN_DUE_TO_SECURITY_REASONS"}
	return n
}

func yes(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

// proven names who signs in.
func (n note) proven(p *service.Proof) {
	n.record.Caller = &p.Caller
	n.data["MFAUsed"] = yes(p.Device != "")
	if p.Device != "" {
		n.data["MFAIdentifier"] = p.Device
	}
}

func (n note) succeeded() {
	n.record.Response, n.record.ErrorMessage = map[string]string{"ConsoleLogin": "Success"}, ""
}

// failed notes why the sign-in failed, and returns err.
func (n note) failed(why string, err error) error {
	n.record.Response, n.record.ErrorMessage = map[string]string{"ConsoleLogin": "Failure"}, why
	return err
}

// refused turns a refusal into what a client may learn of it, and notes what the record may. All other errors stay as they are.
func (n note) refused(err error) error {
	var r *service.Refusal
	if !errors.As(err, &r) {
		return n.failed(toRecord, err)
	}
	account := n.record.Caller.Account
	claimed := r.Claimed
	if claimed.Account == "" {
		claimed.Account = account // no such account: the event goes to the account that unsigned calls act in
	}
	n.record.Caller = &claimed
	switch r.Reason {
	case service.NoSuchUser:
		return n.failed(noUser, api.AuthenticationFailedException.New(toClient).Because(err))
	case service.NeedsCode:
		return n.failed("MFA code required", api.MFACodeRequiredException.New("Enter the code of your MFA device.").Because(err))
	case service.NeedsPassword:
		return n.failed("Password change required", api.NewPasswordRequiredException.New("You must change your password to continue.").Because(err))
	case service.Expired:
		return n.failed("Password expired", api.PasswordExpiredException.New("Your password has expired. Ask your administrator to reset it.").Because(err))
	case service.TooManyFailures:
		wait := int64(math.Ceil(r.After.Seconds()))
		return n.failed("Too many failed attempts", api.TooManyAttemptsException.New("There were too many failed attempts. Try again in %s.", seconds(wait)).
			With("retryAfterSeconds", wait).Because(err))
	}
	return n.failed(toRecord, api.AuthenticationFailedException.New(toClient).Because(err))
}

func seconds(n int64) string {
	if n == 1 {
		return "1 second"
	}
	return fmt.Sprintf("%d seconds", n)
}
