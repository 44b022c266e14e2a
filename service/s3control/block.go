package s3control

import (
	"net/http"

	api "vauban/api/s3control"
	"vauban/api/wire"
	"vauban/service"
)

var (
	errAccessDenied   = wire.Code("AccessDenied", http.StatusForbidden)
	errInvalidRequest = wire.Code("InvalidRequest", http.StatusBadRequest)
	errNoSuchBlock    = wire.Code("NoSuchPublicAccessBlockConfiguration", http.StatusNotFound)
)

func (s *Service) blockOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetPublicAccessBlock, ofAccount(func(in *api.GetPublicAccessBlockInput) *string { return in.AccountId }), s.getPublicAccessBlock),
		service.Writes(api.OpPutPublicAccessBlock, ofAccount(func(in *api.PutPublicAccessBlockInput) *string { return in.AccountId }), s.putPublicAccessBlock),
		service.Writes(api.OpDeletePublicAccessBlock, ofAccount(func(in *api.DeletePublicAccessBlockInput) *string { return in.AccountId }), s.deletePublicAccessBlock),
	}
}

// ofAccount is the rule of what is set for a whole account: it has no resource type, and only the account itself may ask.
func ofAccount[In any](account func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		if *account(in) != c.Account {
			return nil, errAccessDenied.New("Access Denied")
		}
		return []service.Question{{Resource: "*"}}, nil
	}
}

func (s *Service) getPublicAccessBlock(c *service.Call, _ *api.GetPublicAccessBlockInput) (*api.GetPublicAccessBlockOutput, error) {
	p, err := s.storage.Block(c.Tx, c.Account)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errNoSuchBlock.New("The public access block configuration was not found").With("AccountId", c.Account)
	}
	return &api.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &api.PublicAccessBlockConfiguration{
		BlockPublicAcls: &p.BlockACLs, IgnorePublicAcls: &p.IgnoreACLs, BlockPublicPolicy: &p.BlockPolicy, RestrictPublicBuckets: &p.Restrict,
	}}, nil
}

func (s *Service) putPublicAccessBlock(c *service.Call, in *api.PutPublicAccessBlockInput) (*api.PutPublicAccessBlockOutput, error) {
	p := in.PublicAccessBlockConfiguration
	if *p == (api.PublicAccessBlockConfiguration{}) {
		return nil, errInvalidRequest.New("Must specify at least one configuration.")
	}
	on := func(p *bool) bool { return p != nil && *p }
	return &api.PutPublicAccessBlockOutput{}, s.storage.PutBlock(c.Tx, c.Account, PublicAccess{
		BlockACLs: on(p.BlockPublicAcls), IgnoreACLs: on(p.IgnorePublicAcls), BlockPolicy: on(p.BlockPublicPolicy), Restrict: on(p.RestrictPublicBuckets),
	})
}

func (s *Service) deletePublicAccessBlock(c *service.Call, _ *api.DeletePublicAccessBlockInput) (*api.DeletePublicAccessBlockOutput, error) {
	return &api.DeletePublicAccessBlockOutput{}, s.storage.DeleteBlock(c.Tx, c.Account)
}
