package all

import (
	"vauban/engine/policy"
	"vauban/service"
	"vauban/service/iam"
	"vauban/service/organizations"
	"vauban/service/vauban"
	"vauban/store"
)

// named finds IAM's principals and resources by their ARNs, for explanations.
type named struct{}

var _ vauban.Identities = named{}

// Named implements [vauban.Identities].
func (named) Named(tx store.Tx, arn, session string) (*service.Caller, error) {
	return iam.PrincipalNamed(tx, arn, session)
}

// Trust implements [vauban.Identities].
func (named) Trust(tx store.Tx, role string) (*policy.Document, error) {
	r, err := iam.RoleForAssume(tx, role)
	if err != nil {
		return nil, err
	}
	return r.Trust, nil
}

// Tags implements [vauban.Identities].
func (named) Tags(tx store.Tx, arn string) (map[string]string, error) { return iam.TagsOf(tx, arn) }

// Version implements [vauban.Identities].
func (named) Version(tx store.Tx, arn, version string) (string, error) {
	return iam.PolicyVersionText(tx, arn, version)
}

// BindTrust implements [vauban.Identities].
func (named) BindTrust(tx store.Tx, account, text string) (string, error) {
	return iam.BindTrust(tx, account, text)
}

// HasNode implements [vauban.Identities].
func (named) HasNode(tx store.Tx, org, id string) (bool, error) {
	return organizations.HasNode(tx, org, id)
}
