package service

import (
	"context"
	"net/netip"
	"time"

	"vauban/store"
)

// Claim is who somebody says to be at sign-in, with what shall prove it.
type Claim struct {
	Account  string // ID or alias
	User     string // name of a user, or "root"
	Password string
	Code     string // of an MFA device, "" when none was given
	Changes  bool   // a new password comes with the claim
	Source   netip.Addr
	Time     time.Time
}

// Proof is a claim that was found true. The MFA code in it is used up.
type Proof struct {
	Caller Caller // the user or root, without credentials
	Device string // serial number of the MFA device; "" without MFA

	// Enter notes the sign-in in the transaction that records it, and forgets failed attempts. It fails when the user, or the
	// password, is no longer what was proved; changed says that the password is another because the user has just changed it.
	Enter func(tx store.Tx, changed bool) error
	// Withdraw says that the claim does not become a sign-in, though it is true: it was no failed attempt either.
	Withdraw func(ctx context.Context) error
	// Issue makes temporary credentials of the caller with the session.
	Issue func(s Session) (Keys, error)
}

// Keys are temporary credentials.
type Keys struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
	Expires         time.Time
}

// Refusal is a claim that was not found true, and why. A client learns nothing of Reason but what it must know to go on.
type Refusal struct {
	Reason  Reason
	Claimed Caller        // as the record shows it; the name is hidden when there is no such user
	Code    bool          // an MFA code was given
	After   time.Duration // TooManyFailures: how long to wait
}

func (r *Refusal) Error() string { return "sign-in refused: " + string(r.Reason) }

// Reason is why a claim was refused.
type Reason string

// The reasons. All but NeedsCode, NeedsPassword, Expired and TooManyFailures look alike to a client.
const (
	NoSuchUser      Reason = "no such user"
	WrongPassword   Reason = "wrong password" // or no password
	WrongCode       Reason = "wrong MFA code"
	NeedsCode       Reason = "MFA code wanted"          // the password was right
	NeedsPassword   Reason = "new password wanted"      // the password was right, but expired or set by an administrator
	Expired         Reason = "password expired"         // the password was right; only an administrator can set another
	NoDevice        Reason = "root has no MFA device"   // the password was right
	TooManyFailures Reason = "too many failed attempts" // the password was not looked at
)

// Prover checks claims. Package iam holds what is needed for that.
type Prover interface {
	Prove(ctx context.Context, c Claim) (*Proof, error) // a *Refusal when the claim is not true
}
