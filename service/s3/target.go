package s3

import (
	"reflect"
	"time"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// found is what a call acts on, as it was authorised.
type found struct {
	now     time.Time
	bucket  *Bucket
	version *Version // of calls on objects; nil when there is none
	sealed  []byte   // of a small object that is to be read
	upload  *upload  // of calls on one; nil when there is none
	source  *Version // of copies
	from    *Bucket  // that the source is in

	encryption encryption     // the bucket's default, where a version is to be stored
	retention  *retentionRule // likewise

	lifecycle *lifecycleRules // of the bucket, nil when there are none
}

func foundIn(c *service.Call) *found { return c.Found.(*found) }

// bucketOf reads the bucket that a call names; on a snapshot one that all calls share. Names are no secret, so that its absence is told before anything is decided.
func (s *Service) bucketOf(c *service.Call, name string) (*Bucket, error) {
	b, err := s.buckets.Get(c.Tx, buckets, store.K(name))
	if store.IsAbsent(err) {
		return nil, noSuchBucket(name)
	}
	return b, err
}

// target reads the bucket of the input, for a call that a client may make where it was made and to the owner that it expects.
func (s *Service) target(c *service.Call, in any) (*Bucket, error) {
	b, err := s.bucketOf(c, wire.Text(member(in, "Bucket")))
	if err != nil {
		return nil, err
	}
	if c.Region != b.Region && c.Signature.Version != "" { // services and the anonymous reach a bucket from any region
		return nil, s.elsewhere(b)
	}
	return b, checkOwner(b, member(in, "ExpectedBucketOwner"))
}

// elsewhere is the answer of the endpoint of another region than the bucket's.
func (s *Service) elsewhere(b *Bucket) *wire.Error {
	shape := &wire.ErrorShape{Shape: "PermanentRedirect", Code: "PermanentRedirect", Status: 301, Members: reflect.TypeFor[redirection]()}
	return shape.New("The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.").
		With("BucketRegion", b.Region).With("Bucket", b.Name).With("Endpoint", b.Name+".s3."+b.Region+".amazonaws.com")
}

type redirection struct {
	BucketRegion *string `api:",header=x-amz-bucket-region"`
	Bucket       *string
	Endpoint     *string
}

// checkOwner refuses a bucket of another account than the client expects. Amazon S3 User Guide: "Verifying bucket ownership with bucket owner condition".
func checkOwner(b *Bucket, expected *string) error {
	if expected == nil {
		return nil
	}
	if !isAccount(*expected) {
		return errInvalidBucketOwner.New("The value of the expected bucket owner parameter must be an AWS Account ID... [%s]", *expected)
	}
	if *expected != b.Account {
		return api.AccessDenied.New("Access Denied")
	}
	return nil
}

func isAccount(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 12
}

// member is a text member of an input, nil when it has none of that name.
func member(in any, name string) *string {
	f := reflect.ValueOf(in).Elem().FieldByName(name)
	if !f.IsValid() {
		return nil
	}
	p, _ := f.Interface().(*string)
	return p
}

// currentOf reads the current version of an object, nil when there is none; on a snapshot one that all calls share.
func (s *Service) currentOf(tx store.Tx, b *Bucket, key string) (*Version, error) {
	v, err := s.currents.Get(tx, currents, store.K(b.ID, key))
	if store.IsAbsent(err) {
		return nil, nil
	}
	return v, err
}

// versionOf reads a version of an object: the current one for a nil ID. It is nil when there is none.
func versionOf(tx store.Tx, b *Bucket, key string, id *string) (*Version, error) {
	v, err := findVersion(tx, b, key, id)
	if store.IsAbsent(err) {
		return nil, nil
	}
	return v, err
}
