package s3

import (
	"net/http"
	"reflect"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

var (
	errMalformedACL    = wire.Code("MalformedACLError", http.StatusBadRequest)
	errMissingSecurity = wire.Code("MissingSecurityHeader", http.StatusBadRequest)
	errUnexpected      = wire.Code("UnexpectedContent", http.StatusBadRequest)
)

func (s *Service) bucketACLOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketAcl, onBucket[api.GetBucketAclInput](s, nil), s.getBucketACL),
		service.Writes(api.OpPutBucketAcl, onBucket(s, func(in *api.PutBucketAclInput, k conditions) { k.set("s3:x-amz-acl", in.ACL) }), s.putBucketACL),
	}
}

// ownerGrants is the one list there is: the bucket's owner may do everything.
func ownerGrants(account string) []api.Grant {
	return []api.Grant{{Grantee: &api.Grantee{Type: new(api.TypeCanonicalUser), ID: new(canonicalID(account))}, Permission: new(api.PermissionFullControl)}}
}

func (s *Service) getBucketACL(c *service.Call, _ *api.GetBucketAclInput) (*api.GetBucketAclOutput, error) {
	b := foundIn(c).bucket
	return &api.GetBucketAclOutput{Owner: s.owner(b.Account), Grants: ownerGrants(b.Account)}, nil
}

func (s *Service) putBucketACL(c *service.Call, in *api.PutBucketAclInput) (*api.PutBucketAclOutput, error) {
	a := aclAsked{in.ACL, []*string{in.GrantFullControl, in.GrantRead, in.GrantReadACP, in.GrantWrite, in.GrantWriteACP}, in.AccessControlPolicy}
	return &api.PutBucketAclOutput{}, a.check(foundIn(c).bucket.Account, "")
}

func (s *Service) objectACLOperations() []service.Row {
	get := objectRule{action: "s3:GetObjectAcl", version: "s3:GetObjectVersionAcl", reads: true}
	put := objectRule{action: "s3:PutObjectAcl", version: "s3:PutObjectVersionAcl", reads: true}
	return data(
		service.Reads(api.OpGetObjectAcl, onObject[api.GetObjectAclInput](s, get, nil), s.getObjectACL),
		service.Writes(api.OpPutObjectAcl, onObject(s, put, func(in *api.PutObjectAclInput, _ *found, k conditions) ([]string, error) {
			k.set("s3:x-amz-acl", in.ACL)
			return nil, nil
		}), s.putObjectACL),
	)
}

func (s *Service) getObjectACL(c *service.Call, in *api.GetObjectAclInput) (*api.GetObjectAclOutput, error) {
	if err := hasACL(c, *in.Key, in.VersionId); err != nil {
		return nil, err
	}
	b := foundIn(c).bucket
	return &api.GetObjectAclOutput{Owner: s.owner(b.Account), Grants: ownerGrants(b.Account)}, nil
}

func (s *Service) putObjectACL(c *service.Call, in *api.PutObjectAclInput) (*api.PutObjectAclOutput, error) {
	if err := hasACL(c, *in.Key, in.VersionId); err != nil {
		return nil, err
	}
	a := aclAsked{in.ACL, []*string{in.GrantFullControl, in.GrantRead, in.GrantReadACP, in.GrantWrite, in.GrantWriteACP}, in.AccessControlPolicy}
	return &api.PutObjectAclOutput{}, a.check(foundIn(c).bucket.Account, api.ObjectCannedACLBucketOwnerFullControl)
}

// hasACL says that the object is there.
func hasACL(c *service.Call, key string, id *string) error {
	switch v := foundIn(c).version; {
	case v == nil && id != nil:
		return noSuchVersion(key, *id)
	case v == nil:
		return noSuchKey(key)
	case v.Marker:
		return markerRefused(v)
	}
	return nil
}

// aclAsked is a list that a client wants to set, in one of three ways.
type aclAsked struct {
	canned *string
	grants []*string
	policy *api.AccessControlPolicy
}

// check takes what changes nothing: full control for the owner, as XML or, for an object, as the canned list that says so. Amazon S3 User Guide:
// "Controlling ownership of objects and disabling ACLs for your bucket".
func (a *aclAsked) check(owner, canned string) error {
	headers := 0
	for _, g := range a.grants {
		if g != nil {
			headers++
		}
	}
	switch {
	case a.canned != nil && headers > 0:
		return api.InvalidRequest.New("Specifying both Canned ACLs and Header Grants is not allowed")
	case (a.canned != nil || headers > 0) && a.policy != nil:
		return errUnexpected.New("This request does not support content")
	case a.canned == nil && headers == 0 && a.policy == nil:
		return errMissingSecurity.New("Your request was missing a required header").With("MissingHeaderName", "x-amz-acl")
	case a.canned != nil && canned != "" && *a.canned == canned:
		return nil
	case a.policy == nil:
		return aclNotSupported()
	}
	return checkACLPolicy(a.policy, owner)
}

func checkACLPolicy(p *api.AccessControlPolicy, owner string) error {
	if p.Owner == nil || p.Owner.ID == nil {
		return errMalformedACL.New("The XML you provided was not well-formed or did not validate against our published schema")
	}
	want := ownerGrants(owner)
	have := p.Grants
	for i := range have {
		if g := have[i].Grantee; g != nil {
			g.DisplayName = nil
		}
	}
	if *p.Owner.ID != canonicalID(owner) || !reflect.DeepEqual(have, want) {
		return aclNotSupported()
	}
	return nil
}
