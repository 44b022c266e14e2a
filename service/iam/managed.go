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
	p, err := policyByARN(tx, account, arn)
	if err != nil {
		return nil, err
	}
	v := p.defaultVersion()
	return &policyRef{arn: arn, name: p.Name, version: v.ID(), json: v.JSON}, nil
}

// policyByARN returns the account's own policy of that ARN, or [store.ErrNotFound].
func policyByARN(tx store.Tx, account, arn string) (*Policy, error) {
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
	return p, nil
}

// path is the policy's path, as its ARN shows it.
func (r *policyRef) path() string {
	resource := r.arn[strings.LastIndexByte(r.arn, ':')+1:]
	return strings.TrimPrefix(resource[:strings.LastIndexByte(resource, '/')+1], "policy")
}

// serviceOnly says that only service-linked roles may hold the policy.
func (r *policyRef) serviceOnly() bool { return strings.HasPrefix(r.path(), "/aws-service-role/") }

// taskOnly says that the policy scopes root sessions, and nobody can hold it.
func (r *policyRef) taskOnly() bool { return strings.HasPrefix(r.path(), "/root-task/") }

// noSuchPolicy is IAM's answer for a managed policy that does not exist, or is not attached.
func noSuchPolicy(arn string) error {
	return api.NoSuchEntityException.New("Policy %s was not found.", arn)
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

func (p *Policy) defaultVersion() *PolicyVersion {
	for i := range p.Versions {
		if p.Versions[i].Number == p.Default {
			return &p.Versions[i]
		}
	}
	return nil // cannot be: the default version is never deleted
}
