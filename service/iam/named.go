package iam

import (
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// PrincipalNamed returns the living user, role, role session or root that the ARN names, as the caller that it would be, or
// [store.ErrNotFound]. A role is a session of it, under the name that the caller of this function gives.
func PrincipalNamed(tx store.Tx, text, session string) (*service.Caller, error) {
	a, err := arn.Parse(text)
	if err != nil {
		return nil, store.ErrNotFound
	}
	switch a.Service + ":" + a.Type() {
	case "iam:":
		acc, err := accounts.Get(tx, store.K(a.Account))
		if err != nil || text != rootARN(acc.ID) {
			return nil, absent(err)
		}
		return &service.Caller{Kind: policy.Root, Account: acc.ID, ARN: text, UserID: acc.ID}, nil
	case "iam:user":
		u, err := users.Get(tx, entityKey(a.Account, a.Name()))
		if err != nil || text != u.ARN() {
			return nil, absent(err)
		}
		return &service.Caller{Kind: policy.User, Account: u.Account, ARN: text, UserID: u.ID, Name: u.Name}, nil
	case "iam:role":
		r, err := roles.Get(tx, entityKey(a.Account, a.Name()))
		if err != nil || text != r.ARN() {
			return nil, absent(err)
		}
		return r.asCaller(session), nil
	case "sts:assumed-role":
		name, session, _ := strings.Cut(strings.TrimPrefix(a.Resource, "assumed-role/"), "/")
		r, err := roles.Get(tx, entityKey(a.Account, name))
		if err != nil || session == "" || text != sessionARN(r, session) {
			return nil, absent(err)
		}
		return r.asCaller(session), nil
	}
	return nil, store.ErrNotFound
}

// absent is err, or that nothing is found: another path, or other case.
func absent(err error) error {
	if err != nil {
		return err
	}
	return store.ErrNotFound
}

// asCaller is a session of the role.
func (r *Role) asCaller(session string) *service.Caller {
	return &service.Caller{
		Kind: policy.RoleSession, Account: r.Account, ARN: sessionARN(r, session), UserID: r.ID + ":" + session, Name: r.Name,
		Session: &service.Session{
			Kind: service.AssumeRole, Name: session,
			Issuer: service.Issuer{Kind: policy.RoleSession, ARN: r.ARN(), ID: r.ID, Name: r.Name, Account: r.Account},
		},
	}
}

// TagsOf returns the tags of the user, role or policy that the ARN names, none when there is none of that name.
func TagsOf(tx store.Tx, text string) (map[string]string, error) {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "iam" {
		return nil, nil
	}
	key := entityKey(a.Account, a.Name())
	var tags []Tag
	switch a.Type() {
	case "user":
		u, err := users.Get(tx, key)
		if err != nil {
			return nil, ignoreAbsent(err)
		}
		tags = u.Tags
	case "role":
		r, err := roles.Get(tx, key)
		if err != nil {
			return nil, ignoreAbsent(err)
		}
		tags = r.Tags
	case "policy":
		p, err := policyByARN(tx, a.Account, text)
		if err != nil {
			return nil, ignoreAbsent(err)
		}
		tags = p.Tags
	}
	return tagMap(tags), nil
}

func ignoreAbsent(err error) error {
	if store.IsAbsent(err) {
		return nil
	}
	return err
}

// PolicyVersionText returns the text of a version of a managed policy, "" when it is gone.
func PolicyVersionText(tx store.Tx, text, version string) (string, error) {
	a, err := arn.Parse(text)
	if err != nil {
		return "", nil
	}
	if r, err := resolve(tx, a.Account, text); err == nil && r.version == version {
		return r.json, nil
	}
	p, err := policyByARN(tx, a.Account, text)
	if err != nil {
		return "", ignoreAbsent(err)
	}
	for i := range p.Versions {
		if p.Versions[i].ID() == version {
			return p.Versions[i].JSON, nil
		}
	}
	return "", nil
}

// BindTrust validates a trust policy of a role of the account, and returns it as it would be stored.
func BindTrust(tx store.Tx, account, text string) (string, error) {
	r := &Role{Account: account}
	if err := r.setTrust(tx, text); err != nil {
		return "", err
	}
	return r.Trust, nil
}
