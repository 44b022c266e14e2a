package s3

import (
	"net/http"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// ownership is who owns the objects of a bucket: always its owner, because access control lists are not built.
type ownership struct {
	Rule string `json:"rule"`
}

const ownershipKind kindOf[ownership] = "ownership"

var errNoOwnership = wire.Code("OwnershipControlsNotFoundError", http.StatusNotFound)

func (s *Service) ownershipOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketOwnershipControls, onBucket[api.GetBucketOwnershipControlsInput](s, nil), s.getBucketOwnershipControls),
		service.Writes(api.OpPutBucketOwnershipControls, onBucket[api.PutBucketOwnershipControlsInput](s, nil), s.putBucketOwnershipControls),
		service.Writes(api.OpDeleteBucketOwnershipControls, onBucket[api.DeleteBucketOwnershipControlsInput](s, nil), s.deleteBucketOwnershipControls),
	}
}

func (s *Service) getBucketOwnershipControls(c *service.Call, _ *api.GetBucketOwnershipControlsInput) (*api.GetBucketOwnershipControlsOutput, error) {
	b := foundIn(c).bucket
	o, err := ownershipKind.in(c.Tx, b)
	if err != nil {
		return nil, err
	}
	if o == nil {
		return nil, errNoOwnership.New("The bucket ownership controls were not found").With("BucketName", b.Name)
	}
	return &api.GetBucketOwnershipControlsOutput{OwnershipControls: &api.OwnershipControls{Rules: []api.OwnershipControlsRule{{ObjectOwnership: &o.Rule}}}}, nil
}

func (s *Service) putBucketOwnershipControls(c *service.Call, in *api.PutBucketOwnershipControlsInput) (*api.PutBucketOwnershipControlsOutput, error) {
	if len(in.OwnershipControls.Rules) != 1 {
		return nil, malformedXML()
	}
	return &api.PutBucketOwnershipControlsOutput{}, setOwnership(c.Tx, foundIn(c).bucket, *in.OwnershipControls.Rules[0].ObjectOwnership)
}

func setOwnership(tx store.Tx, b *Bucket, rule string) error {
	if rule != api.ObjectOwnershipBucketOwnerEnforced {
		return errNotImplemented.New("Object Ownership %s needs access control lists, which are not built in this version of Vauban. Use BucketOwnerEnforced.", rule)
	}
	return ownershipKind.put(tx, b, &ownership{rule})
}

func (s *Service) deleteBucketOwnershipControls(c *service.Call, _ *api.DeleteBucketOwnershipControlsInput) (*api.DeleteBucketOwnershipControlsOutput, error) {
	return &api.DeleteBucketOwnershipControlsOutput{}, ownershipKind.drop(c.Tx, foundIn(c).bucket)
}
