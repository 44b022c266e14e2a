package all

import (
	"vauban/access"
	"vauban/service"
	"vauban/service/iam"
	"vauban/store"
)

// NewSource gives package access the documents that decisions need, from the services that keep them.
func NewSource(seal service.Sealer) access.Source { return source{iam.NewSource(seal)} }

type source struct{ *iam.Source }

// Membership implements [access.Source].
func (source) Membership(store.Tx, string) (*access.Membership, error) {
	return &access.Membership{}, nil
}
