package s3

import (
	"net/http"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// PublicAccess is Block Public Access, of a bucket or of an account.
type PublicAccess struct {
	BlockACLs   bool `json:"blockAcls,omitempty"`
	IgnoreACLs  bool `json:"ignoreAcls,omitempty"`
	BlockPolicy bool `json:"blockPolicy,omitempty"`
	Restrict    bool `json:"restrict,omitempty"`
}

const publicAccessKind kindOf[PublicAccess] = "public-access"

// accountBlock is Block Public Access of an account.
type accountBlock struct {
	Account string       `json:"account"`
	Blocks  PublicAccess `json:"blocks"`
}

var accountBlocks = &store.Table[accountBlock]{
	Name: "s3.account-block",
	Key:  func(a *accountBlock) store.Key { return store.K(a.Account) },
}

// blocksAll is what new buckets have since April 2023. Amazon S3 User Guide: "Default settings for new S3 buckets FAQ".
func blocksAll() *PublicAccess { return &PublicAccess{true, true, true, true} }

var errNoSuchBlock = wire.Code("NoSuchPublicAccessBlockConfiguration", http.StatusNotFound)

func (s *Service) publicAccessOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetPublicAccessBlock, onBucket[api.GetPublicAccessBlockInput](s, nil), s.getPublicAccessBlock),
		service.Writes(api.OpPutPublicAccessBlock, onBucket[api.PutPublicAccessBlockInput](s, nil), s.putPublicAccessBlock),
		service.Writes(api.OpDeletePublicAccessBlock, onBucket[api.DeletePublicAccessBlockInput](s, nil), s.deletePublicAccessBlock),
	}
}

func (s *Service) getPublicAccessBlock(c *service.Call, _ *api.GetPublicAccessBlockInput) (*api.GetPublicAccessBlockOutput, error) {
	b := foundIn(c).bucket
	p, err := publicAccessKind.in(c.Tx, b)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errNoSuchBlock.New("The public access block configuration was not found").With("BucketName", b.Name)
	}
	return &api.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &api.PublicAccessBlockConfiguration{
		BlockPublicAcls: &p.BlockACLs, IgnorePublicAcls: &p.IgnoreACLs, BlockPublicPolicy: &p.BlockPolicy, RestrictPublicBuckets: &p.Restrict,
	}}, nil
}

func (s *Service) putPublicAccessBlock(c *service.Call, in *api.PutPublicAccessBlockInput) (*api.PutPublicAccessBlockOutput, error) {
	p := in.PublicAccessBlockConfiguration
	if *p == (api.PublicAccessBlockConfiguration{}) {
		return nil, api.InvalidRequest.New("Must specify at least one configuration.")
	}
	return &api.PutPublicAccessBlockOutput{}, publicAccessKind.put(c.Tx, foundIn(c).bucket, &PublicAccess{
		BlockACLs: is(p.BlockPublicAcls), IgnoreACLs: is(p.IgnorePublicAcls), BlockPolicy: is(p.BlockPublicPolicy), Restrict: is(p.RestrictPublicBuckets),
	})
}

func (s *Service) deletePublicAccessBlock(c *service.Call, _ *api.DeletePublicAccessBlockInput) (*api.DeletePublicAccessBlockOutput, error) {
	return &api.DeletePublicAccessBlockOutput{}, publicAccessKind.drop(c.Tx, foundIn(c).bucket)
}

// publicAccess is what holds for the bucket: the stricter of its own and its account's settings, one by one.
func (s *Service) publicAccess(tx store.Tx, b *Bucket) (PublicAccess, error) {
	var all PublicAccess
	own, err := publicAccessKind.in(tx, b)
	if err != nil {
		return all, err
	}
	account, err := AccountBlock(tx, b.Account)
	if err != nil {
		return all, err
	}
	for _, p := range [...]*PublicAccess{own, account} {
		if p != nil {
			all.BlockACLs = all.BlockACLs || p.BlockACLs
			all.IgnoreACLs = all.IgnoreACLs || p.IgnoreACLs
			all.BlockPolicy = all.BlockPolicy || p.BlockPolicy
			all.Restrict = all.Restrict || p.Restrict
		}
	}
	return all, nil
}

// AccountBlock is Block Public Access of an account, nil when it is not set.
func AccountBlock(tx store.Tx, account string) (*PublicAccess, error) {
	a, err := accountBlocks.Get(tx, store.K(account))
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &a.Blocks, nil
}

// PutAccountBlock sets Block Public Access of an account.
func PutAccountBlock(tx store.Tx, account string, p PublicAccess) error {
	return accountBlocks.Put(tx, &accountBlock{account, p})
}

// DeleteAccountBlock removes Block Public Access of an account, if it is set.
func DeleteAccountBlock(tx store.Tx, account string) error {
	err := accountBlocks.Delete(tx, store.K(account))
	if store.IsAbsent(err) {
		return nil
	}
	return err
}

// faultOf is an error of S3 by its code, for configurations whose checks name it.
func faultOf(name, message string) *wire.Error {
	return wire.Code(name, http.StatusBadRequest).New("%s", message)
}
