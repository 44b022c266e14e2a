package s3

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/engine/policy/public"
	"vauban/service"
	"vauban/store"
)

// storedPolicy is a bucket's policy. Users and roles stand in it by their unique IDs.
type storedPolicy struct {
	Text   string            `json:"text"`
	Owners map[string]string `json:"owners,omitempty"` // accounts of the unique IDs
	Public bool              `json:"public,omitempty"`
}

const policyKind kindOf[storedPolicy] = "policy"

var (
	errMalformedPolicy = wire.Code("MalformedPolicy", http.StatusBadRequest)
	errNoSuchPolicy    = wire.Code("NoSuchBucketPolicy", http.StatusNotFound)
	errPolicyTooLarge  = wire.Code("PolicyTooLarge", http.StatusBadRequest)
)

func noBucketPolicy(b *Bucket) error {
	return errNoSuchPolicy.New("The bucket policy does not exist").With("BucketName", b.Name)
}

func (s *Service) policyOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketPolicy, byOwner[api.GetBucketPolicyInput](s), s.getBucketPolicy),
		service.Reads(api.OpGetBucketPolicyStatus, onBucket[api.GetBucketPolicyStatusInput](s, nil), s.getBucketPolicyStatus),
		service.Writes(api.OpPutBucketPolicy, byOwner[api.PutBucketPolicyInput](s), s.putBucketPolicy),
		service.Writes(api.OpDeleteBucketPolicy, byOwner[api.DeleteBucketPolicyInput](s), s.deleteBucketPolicy),
	}
}

// byOwner is the rule of operations on the policy itself. Root of the owner's account is not limited by it: nobody can lock the owner out.
// S3 API Reference: "PutBucketPolicy".
func byOwner[In any](s *Service) service.Resources[In] {
	rule := onBucket[In](s, nil)
	return func(c *service.Call, in *In) ([]service.Question, error) {
		questions, err := rule(c, in)
		if err == nil && c.Caller.Kind == policy.Root && c.Caller.Account == foundIn(c).bucket.Account {
			questions[0].Policy = nil
		}
		return questions, err
	}
}

// owned is the bucket of the call, whose policy is for its owner's account alone.
func owned(c *service.Call) (*Bucket, error) {
	b := foundIn(c).bucket
	if c.Caller.Account != b.Account || c.Caller.Kind == policy.Anonymous {
		return nil, errMethodNotAllowed.New("The specified method is not allowed against this resource.")
	}
	return b, nil
}

func (s *Service) getBucketPolicy(c *service.Call, _ *api.GetBucketPolicyInput) (*api.GetBucketPolicyOutput, error) {
	b, err := owned(c)
	if err != nil {
		return nil, err
	}
	p, err := policyKind.in(c.Tx, b)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, noBucketPolicy(b)
	}
	text, err := s.principals.ShowPrincipals(c.Tx, p.Text, p.Owners)
	return &api.GetBucketPolicyOutput{Policy: &text}, err
}

func (s *Service) getBucketPolicyStatus(c *service.Call, _ *api.GetBucketPolicyStatusInput) (*api.GetBucketPolicyStatusOutput, error) {
	b := foundIn(c).bucket
	p, err := policyKind.in(c.Tx, b)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, noBucketPolicy(b)
	}
	return &api.GetBucketPolicyStatusOutput{PolicyStatus: &api.PolicyStatus{IsPublic: &p.Public}}, nil
}

func (s *Service) putBucketPolicy(c *service.Call, in *api.PutBucketPolicyInput) (*api.PutBucketPolicyOutput, error) {
	b, err := owned(c)
	if err != nil {
		return nil, err
	}
	doc, err := s.checkPolicy(b, *in.Policy)
	if err != nil {
		return nil, err
	}
	p := &storedPolicy{Public: public.Is(doc)}
	blocks, err := s.publicAccess(c.Tx, b)
	if err != nil {
		return nil, err
	}
	if p.Public && blocks.BlockPolicy {
		return nil, api.AccessDenied.New("User: %s is not authorized to perform: s3:PutBucketPolicy on resource: %q because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
			c.Caller.ARN, s.bucketARN(b.Name))
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(*in.Policy)); err != nil {
		return nil, malformedPolicy("Policies must be valid JSON and the first byte must be '{'", "").Because(err)
	}
	p.Text, p.Owners, err = s.principals.BindPrincipals(c.Tx, compact.String())
	if store.IsAbsent(err) {
		return nil, malformedPolicy("Invalid principal in policy", "")
	}
	if err != nil {
		return nil, err
	}
	return &api.PutBucketPolicyOutput{}, policyKind.put(c.Tx, b, p)
}

func (s *Service) deleteBucketPolicy(c *service.Call, _ *api.DeleteBucketPolicyInput) (*api.DeleteBucketPolicyOutput, error) {
	b, err := owned(c)
	if err != nil {
		return nil, err
	}
	return &api.DeleteBucketPolicyOutput{}, policyKind.drop(c.Tx, b)
}

// bucketPolicy is the policy of the bucket as it counts for the caller, nil when there is none. While it is public and RestrictPublicBuckets is
// on, it grants nothing but to the owner's account and to AWS services. Amazon S3 User Guide: "Blocking public access to your Amazon S3 storage".
func (s *Service) bucketPolicy(c *service.Call, b *Bucket) (*policy.Named, error) {
	p, err := policyKind.in(c.Tx, b)
	if p == nil || err != nil {
		return nil, err
	}
	doc, err := s.documents.Parse(p.Text)
	if err != nil {
		return nil, err
	}
	if p.Public && c.Caller.Kind != policy.Service && c.Caller.Account != b.Account || c.Caller.Kind == policy.Anonymous {
		blocks, err := s.publicAccess(c.Tx, b)
		if err != nil {
			return nil, err
		}
		if p.Public && blocks.Restrict {
			doc = withoutGrants(doc)
		}
	}
	return &policy.Named{Name: s.bucketARN(b.Name), Document: doc}, nil
}

// withoutGrants is the policy with its denials alone.
func withoutGrants(d *policy.Document) *policy.Document {
	var grants []int
	for i := range d.Statements {
		if d.Statements[i].Effect == policy.Allow {
			grants = append(grants, i)
		}
	}
	return d.Without(grants...)
}

// policyFault puts what is wrong with a policy into S3's code.
func policyFault(err error) error {
	var bad *policy.ValidationError
	if errors.As(err, &bad) {
		return malformedPolicy(bad.Message, bad.Principal).Because(err)
	}
	return err
}
