package all

import (
	"vauban/access"
	"vauban/service"
	"vauban/service/iam"
	"vauban/service/organizations"
	"vauban/store"
)

// NewSource gives package access the documents that decisions need, from the services that keep them.
func NewSource(seal service.Sealer) access.Source { return source{iam.NewSource(seal)} }

type source struct{ *iam.Source }

// Membership implements [access.Source].
func (source) Membership(tx store.Tx, account string) (*access.Membership, error) {
	return organizations.Membership(tx, account)
}
