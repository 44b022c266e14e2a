package all

import (
	"vauban/access"
	"vauban/service"
	"vauban/service/iam"
	"vauban/service/organizations"
	"vauban/store"
)

// NewSource gives package access the documents that decisions need, from the services that keep them.
func NewSource(seal service.Sealer) access.Source { return source{Source: iam.NewSource(seal)} }

type source struct {
	*iam.Source
	memberships
}

// memberships hands out what Organizations knows of accounts.
type memberships struct{}

var _ iam.Organizations = memberships{}

// Membership implements [access.Source] and [iam.Organizations].
func (memberships) Membership(tx store.Tx, account string) (*access.Membership, error) {
	return organizations.Membership(tx, account)
}
