package all

import (
	"errors"
	"fmt"
	"io"

	"vauban/service"
	"vauban/service/iam"
	"vauban/service/sts"
	"vauban/store"
)

// identities hands IAM's principals to STS.
type identities struct{ service.Deps }

var _ sts.Identities = identities{}

func (identities) Role(tx store.Tx, arn string) (*sts.Role, error) {
	r, err := iam.RoleForAssume(tx, arn)
	return (*sts.Role)(r), err
}

func (identities) HasPolicy(tx store.Tx, account, arn string) (bool, error) {
	return iam.HasManagedPolicy(tx, account, arn)
}

func (identities) GlobalTokens(tx store.Tx, account string) (bool, error) {
	return iam.GlobalTokens(tx, account)
}

func (d identities) TakeMFA(c *service.Call, serial, code string) error {
	who := c.Caller
	err := iam.TryMFA(c, d.Store, who.Account, who.UserID, c.SourceIP, c.Time)
	var later *iam.TryLater
	if errors.As(err, &later) {
		return fmt.Errorf("%w: %w", sts.ErrAttempts, err)
	}
	if err != nil {
		return err
	}
	err = d.Store.Write(c, func(tx store.Tx) error {
		if err := iam.VerifyMFA(tx, d.Seal, who.Account, serial, code, c.Time, who.UserID); err != nil {
			return err
		}
		return iam.PassedMFA(tx, who.Account, who.UserID, c.SourceIP, c.Time)
	})
	if errors.Is(err, iam.ErrMFA) {
		return sts.ErrMFA
	}
	return err
}

func (identities) NewKey(r io.Reader, account string) (id, secret string, err error) {
	return iam.NewTemporaryKey(r, account)
}

func (identities) AccountOfKey(id string) (string, bool) { return iam.AccountOfKey(id) }
