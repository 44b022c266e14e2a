package s3

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Bucket is a bucket. Its name is taken in the whole deployment.
type Bucket struct {
	Name       string    `json:"name"`
	ID         string    `json:"id"` // never used twice: what is below it dies with it
	Account    string    `json:"account"`
	Region     string    `json:"region"`
	Created    time.Time `json:"created"`
	Versioning string    `json:"versioning,omitempty"` // "" until it was first set, then "Enabled" or "Suspended"
	MFADelete  bool      `json:"mfaDelete,omitempty"`
	ObjectLock bool      `json:"objectLock,omitempty"`
	ABAC       bool      `json:"abac,omitempty"`     // its tags decide about access
	Settings   []string  `json:"settings,omitempty"` // kinds of configuration that it has
}

var buckets = &store.Table[Bucket]{
	Name: "s3.bucket",
	Key:  func(b *Bucket) store.Key { return store.K(b.Name) },
	Refs: map[string]func(*Bucket) []store.Key{
		"account": func(b *Bucket) []store.Key { return []store.Key{store.K(b.Account)} },
	},
}

// mostBuckets is the default quota of an account. Amazon S3 User Guide: "General purpose bucket quotas, limitations, and restrictions".
const mostBuckets = 10_000

func (s *Service) bucketOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateBucket, s.newBucket, s.createBucket),
		service.Reads(api.OpHeadBucket, onListing[api.HeadBucketInput](s, nil), s.headBucket).OnData(),
		service.Reads(api.OpGetBucketLocation, onBucket[api.GetBucketLocationInput](s, nil), s.getBucketLocation),
		service.Writes(api.OpDeleteBucket, onBucket[api.DeleteBucketInput](s, nil), s.deleteBucket),
		service.Reads(api.OpListBuckets, s.allBuckets, s.listBuckets),
	}
}

// newBucket asks for the ARN that the bucket would have, in the caller's account.
func (s *Service) newBucket(c *service.Call, in *api.CreateBucketInput) ([]service.Question, error) {
	arn := s.bucketARN(*in.Bucket)
	c.Record().Resources = []service.Resource{{ARN: arn, Account: c.Account, Type: bucketType}}
	keys := s.callKeys(c)
	keys.set("s3:x-amz-acl", in.ACL)
	keys.set("s3:x-amz-object-ownership", in.ObjectOwnership)
	if l := in.CreateBucketConfiguration; l != nil {
		keys.set("s3:locationconstraint", l.LocationConstraint)
	}
	questions := []service.Question{{Resource: arn, Context: keys, ResourceType: bucketType}}
	if is(in.ObjectLockEnabledForBucket) {
		for _, action := range []string{"s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"} {
			questions = append(questions, service.Question{Action: action, Resource: arn, Context: keys, ResourceType: bucketType})
		}
	}
	return append(questions, configurationQuestions(in, questions[0])...), nil
}

func (s *Service) createBucket(c *service.Call, in *api.CreateBucketInput) (*api.CreateBucketOutput, error) {
	if err := checkBucketName(*in.Bucket); err != nil {
		return nil, err
	}
	if err := checkNewBucket(c, in); err != nil {
		return nil, err
	}
	out := &api.CreateBucketOutput{Location: new("/" + *in.Bucket), BucketArn: new(s.bucketARN(*in.Bucket))}
	have, err := buckets.Get(c.Tx, store.K(*in.Bucket))
	switch {
	case err == nil && have.Account != c.Account:
		return nil, api.BucketAlreadyExists.New("The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.").
			With("BucketName", have.Name)
	case err == nil && have.Region == usEast1 && c.Region == usEast1 && !is(in.ObjectLockEnabledForBucket):
		return out, nil // this region's old way, which clients rely on
	case err == nil:
		return nil, api.BucketAlreadyOwnedByYou.New("Your previous request to create the named bucket succeeded and you already own it.").With("BucketName", have.Name)
	case !store.IsAbsent(err):
		return nil, err
	}
	n, err := buckets.CountRef(c.Tx, "account", store.K(c.Account), mostBuckets)
	if err != nil {
		return nil, err
	}
	if n >= mostBuckets {
		return nil, errTooManyBuckets.New("You have attempted to create more buckets than allowed")
	}
	b := &Bucket{Name: *in.Bucket, Account: c.Account, Region: c.Region, Created: c.Time.Truncate(time.Second)}
	if b.ID, err = s.newID(); err != nil {
		return nil, err
	}
	if is(in.ObjectLockEnabledForBucket) {
		b.ObjectLock, b.Versioning = true, api.BucketVersioningStatusEnabled
	}
	if err := buckets.Insert(c.Tx, b); err != nil {
		return nil, fmt.Errorf("create bucket: %w", err)
	}
	return out, s.configureNew(c, b, in)
}

// checkNewBucket refuses what a bucket cannot be made with here.
func checkNewBucket(c *service.Call, in *api.CreateBucketInput) error {
	for _, grant := range []*string{in.GrantFullControl, in.GrantRead, in.GrantReadACP, in.GrantWrite, in.GrantWriteACP} {
		if grant != nil {
			return aclNotSupported()
		}
	}
	if in.ACL != nil && *in.ACL != api.BucketCannedACLPrivate {
		return errInvalidBucketACL()
	}
	if in.BucketNamespace != nil && *in.BucketNamespace != api.BucketNamespaceGlobal {
		return unimplemented("x-amz-bucket-namespace")
	}
	asked := ""
	if l := in.CreateBucketConfiguration; l != nil {
		if l.Bucket != nil || l.Location != nil {
			return errNotImplemented.New("Directory buckets are not built in this version of Vauban.")
		}
		asked = wire.Text(l.LocationConstraint)
	}
	switch {
	case asked == "" && c.Region != usEast1:
		return errIllegalLocation.New("The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.")
	case asked == usEast1 && c.Region == usEast1:
		return errInvalidLocation.New("The specified location-constraint is not valid").With("LocationConstraint", asked)
	case asked != "" && asked != c.Region && !(asked == "EU" && c.Region == "eu-west-1"):
		return errIllegalLocation.New("The %s location constraint is incompatible for the region specific endpoint this request was sent to.", asked)
	}
	return nil
}

const usEast1 = "us-east-1"

func (s *Service) headBucket(c *service.Call, in *api.HeadBucketInput) (*api.HeadBucketOutput, error) {
	b := foundIn(c).bucket
	return &api.HeadBucketOutput{BucketRegion: &b.Region, BucketArn: new(s.bucketARN(b.Name)), AccessPointAlias: new(false)}, nil
}

func (s *Service) getBucketLocation(c *service.Call, in *api.GetBucketLocationInput) (*api.GetBucketLocationOutput, error) {
	out := &api.GetBucketLocationOutput{LocationConstraint: new("")}
	if b := foundIn(c).bucket; b.Region != usEast1 {
		out.LocationConstraint = &b.Region
	}
	return out, nil
}

func (s *Service) deleteBucket(c *service.Call, in *api.DeleteBucketInput) (*api.DeleteBucketOutput, error) {
	b := foundIn(c).bucket
	n, err := currents.Count(c.Tx, store.K(b.ID), 1)
	if err != nil {
		return nil, err
	}
	if n > 0 && b.Versioning == "" {
		return nil, errBucketNotEmpty.New("The bucket you tried to delete is not empty").With("BucketName", b.Name)
	}
	older, err := versions.Count(c.Tx, store.K(b.ID), 1)
	if err != nil {
		return nil, err
	}
	if n+older > 0 {
		return nil, errBucketNotEmpty.New("The bucket you tried to delete is not empty. You must delete all versions in the bucket.").With("BucketName", b.Name)
	}
	if err := s.abandonUploads(c.Tx, b, c.Time); err != nil {
		return nil, err
	}
	if err := buckets.Delete(c.Tx, store.K(b.Name)); err != nil {
		return nil, fmt.Errorf("delete bucket: %w", err)
	}
	return &api.DeleteBucketOutput{}, s.forgetConfiguration(c.Tx, b)
}

// newID is a random ID of buckets and contents.
func (s *Service) newID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", errors.Join(errors.New("no randomness"), err)
	}
	return hex.EncodeToString(b[:]), nil
}
