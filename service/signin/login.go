package signin

import (
	"encoding/json"
	"errors"
	"time"

	iamapi "vauban/api/iam"
	api "vauban/api/signin"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// longest is how long a session lasts when the request does not say.
const longest = 12 * time.Hour

// principal is the service in whose name a password is changed during sign-in.
const principal = "signin.amazonaws.com"

// consoleLogin proves the claim, changes the password if one comes with it, and answers credentials.
func (s *Service) consoleLogin(c *service.Call, in *api.ConsoleLoginInput) (*api.ConsoleLoginOutput, error) {
	noted := s.note(c, in)
	proof, err := s.prover.Prove(c, service.Claim{
		Account: *in.Account, User: *in.User, Password: *in.Password, Code: text(in.MFACode), Changes: in.NewPassword != nil,
		Source: c.SourceIP, Time: c.Time,
	})
	if err != nil {
		return nil, noted.refused(err)
	}
	noted.proven(proof)
	if in.NewPassword != nil {
		if err := s.changePassword(c, proof, in); err != nil {
			return nil, noted.failed("Failed authentication", err)
		}
	}
	session := s.session(c, proof)
	session.ExpiresAt = c.Time.Add(duration(in.DurationSeconds))
	keys, err := proof.Issue(session)
	if err != nil {
		return nil, err
	}
	err = c.Commit(func(tx store.Tx) error {
		noted.succeeded()
		return proof.Enter(tx, in.NewPassword != nil)
	})
	if err != nil {
		return nil, noted.refused(err)
	}
	return &api.ConsoleLoginOutput{
		AccessKeyID: &keys.AccessKeyID, SecretAccessKey: &keys.SecretAccessKey, SessionToken: &keys.SessionToken, Expiration: &keys.Expires,
		Account: &proof.Caller.Account, ARN: &proof.Caller.ARN, MFA: new(session.MFA),
	}, nil
}

// session is a session of the proven principal that begins now.
func (s *Service) session(c *service.Call, p *service.Proof) service.Session {
	session := service.Session{Kind: service.SignIn, SignIn: true, IssuedAt: c.Time, ExpiresAt: c.Time.Add(longest)}
	if p.Device != "" {
		session.MFA, session.MFAAt = true, c.Time
	}
	return session
}

// changePassword is the user's own iam:ChangePassword, with the session that it is about to get.
func (s *Service) changePassword(c *service.Call, p *service.Proof, in *api.ConsoleLoginInput) error {
	if p.Caller.Kind != policy.User {
		return withdrawn(c, p, api.PasswordChangeFailedException.New("Root's password is set with the command vauban root init on the server."))
	}
	user, session := p.Caller, s.session(c, p)
	session.Issuer = service.Issuer{Kind: user.Kind, ARN: user.ARN, ID: user.UserID, Name: user.Name, Account: user.Account}
	user.Session = &session
	_, err := c.Door.Call(c, service.AsRole(principal, user), "iam", "ChangePassword",
		&iamapi.ChangePasswordInput{OldPassword: in.Password, NewPassword: in.NewPassword})
	if err != nil {
		return withdrawn(c, p, changeError(err))
	}
	return nil
}

// withdrawn is a refusal after a true claim: no failed attempt.
func withdrawn(c *service.Call, p *service.Proof, err error) error {
	return errors.Join(err, p.Withdraw(c))
}

// changeError puts ChangePassword's errors into those of the endpoint.
func changeError(err error) error {
	var e *wire.Error
	switch {
	case !errors.As(err, &e) || e.Shape.Fault:
		return err
	case e.Shape == iamapi.PasswordPolicyViolationException:
		return api.PasswordPolicyViolationException.New("%s", e.Message).Because(err)
	}
	return api.PasswordChangeFailedException.New("Either user is not authorized to perform iam:ChangePassword or entered password does not comply with " +
		"account password policy set by administrator").Because(err)
}

func duration(seconds *int64) time.Duration {
	if seconds == nil {
		return longest
	}
	return min(time.Duration(*seconds)*time.Second, longest)
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// null is what a record shows of a request: nothing.
var null = json.RawMessage("null")
