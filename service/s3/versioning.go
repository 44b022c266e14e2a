package s3

import (
	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
)

func (s *Service) versionOperations() []service.Row {
	list := onListing(s, func(in *api.ListObjectVersionsInput, k conditions) { listing(k, in.Prefix, in.Delimiter, in.MaxKeys) })
	return []service.Row{
		service.Writes(api.OpPutBucketVersioning, onBucket[api.PutBucketVersioningInput](s, nil), s.putBucketVersioning),
		service.Reads(api.OpGetBucketVersioning, onBucket[api.GetBucketVersioningInput](s, nil), s.getBucketVersioning),
		service.Reads(api.OpListObjectVersions, list, s.listObjectVersions).OnData(),
	}
}

func (s *Service) putBucketVersioning(c *service.Call, in *api.PutBucketVersioningInput) (*api.PutBucketVersioningOutput, error) {
	b, v := foundIn(c).bucket, in.VersioningConfiguration
	if v.Status == nil {
		return nil, errIllegalVersioning.New("The Versioning element must be specified")
	}
	if *v.Status != api.BucketVersioningStatusEnabled && *v.Status != api.BucketVersioningStatusSuspended {
		return nil, malformedXML()
	}
	if b.ObjectLock && *v.Status == api.BucketVersioningStatusSuspended {
		return nil, errInvalidBucketState.New("An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
	}
	if err := forReplication(b, *v.Status); err != nil {
		return nil, err
	}
	mfa := wire.Text(v.MFADelete) == api.MFADeleteEnabled
	if mfa != b.MFADelete && v.MFADelete != nil || b.MFADelete {
		if err := withMFA(c, b, in.MFA); err != nil {
			return nil, err
		}
	}
	if v.MFADelete != nil {
		if l, err := lifecycleKind.in(c.Tx, b); err != nil {
			return nil, err
		} else if mfa && l != nil {
			return nil, errInvalidBucketState.New("MFA delete is not allowed on a bucket with a lifecycle configuration: rules delete without MFA.")
		}
		b.MFADelete = mfa
	}
	b.Versioning = *v.Status
	return &api.PutBucketVersioningOutput{}, buckets.Update(c.Tx, b)
}

func (s *Service) getBucketVersioning(c *service.Call, _ *api.GetBucketVersioningInput) (*api.GetBucketVersioningOutput, error) {
	b := foundIn(c).bucket
	out := &api.GetBucketVersioningOutput{Status: wire.Optional(b.Versioning)}
	if b.MFADelete {
		out.MFADelete = new(api.MFADeleteStatusEnabled)
	}
	return out, nil
}

// withMFA takes a call of the account's root with a session that was made with MFA. AWS takes a device and a code in a header instead, which needs root's
// long-term keys. Amazon S3 User Guide: "Configuring MFA delete".
func withMFA(c *service.Call, b *Bucket, header *string) error {
	if header != nil {
		return unimplemented("x-amz-mfa")
	}
	who := c.Caller
	if who.Kind != policy.Root || who.Account != b.Account || who.Session == nil || !who.Session.MFA {
		return api.AccessDenied.New("Mfa Authentication must be used for this request")
	}
	return nil
}

// mayDelete refuses to remove versions of a bucket with MFA delete without MFA.
func (s *Service) mayDelete(c *service.Call, b *Bucket, id, mfa *string) error {
	if !b.MFADelete || id == nil {
		return nil
	}
	return withMFA(c, b, mfa)
}
