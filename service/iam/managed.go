package iam

import (
	"errors"
	"strings"

	api "vauban/api/iam"
	"vauban/service/iam/managed"
	"vauban/store"
)

// policyRef is a managed policy as an entity can hold it: the customer's own or one of AWS's.
type policyRef struct {
	arn     string
	name    string
	version string // of the default version: "v3"
	json    string
}

// resolve returns the managed policy of that ARN as the account sees it, or [store.ErrNotFound].
func resolve(tx store.Tx, account, arn string) (*policyRef, error) {
	if p, ok := managed.ByARN(arn); ok {
		return &policyRef{arn: arn, name: p.Name, version: p.Version, json: p.JSON}, nil
	}
	name, ok := strings.CutPrefix(arn, "arn:aws:iam::"+account+":policy/")
	if !ok {
		return nil, store.ErrNotFound
	}
	p, err := policies.Get(tx, entityKey(account, name[strings.LastIndex(name, "/")+1:]))
	if err != nil {
		return nil, err
	}
	if p.ARN() != arn {
		return nil, store.ErrNotFound
	}
	v := p.defaultVersion()
	return &policyRef{arn: arn, name: p.Name, version: v.ID(), json: v.JSON}, nil
}

// attachable resolves a policy that is about to be attached or made a boundary.
func attachable(tx store.Tx, account, arn string) (*policyRef, error) {
	if !strings.HasPrefix(arn, "arn:") || strings.Count(arn, ":") < 5 {
		return nil, ValidationError.New("Invalid ARN:  Could not be parsed!")
	}
	p, err := resolve(tx, account, arn)
	if errors.Is(err, store.ErrNotFound) {
		return nil, api.NoSuchEntityException.New("Policy %s does not exist or is not attachable.", arn)
	}
	return p, err
}

// use adds to how often the account's entities use a managed policy: attached, or as a boundary.
func use(tx store.Tx, account, arn string, attached, boundaries int64) error {
	u, err := usages.Get(tx, store.K(account, arn))
	if errors.Is(err, store.ErrNotFound) {
		u, err = &usage{Account: account, ARN: arn}, nil
	}
	if err != nil {
		return err
	}
	u.Attached += attached
	u.Boundaries += boundaries
	return usages.Put(tx, u)
}

func (p *Policy) defaultVersion() *PolicyVersion {
	for i := range p.Versions {
		if p.Versions[i].Number == p.Default {
			return &p.Versions[i]
		}
	}
	return nil // cannot be: the default version is never deleted
}
