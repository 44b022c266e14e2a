package s3

import (
	"strconv"
	api "vauban/api/s3"

	"vauban/service"
)

// Types of resources as CloudTrail names them.
const (
	bucketType = "AWS::S3::Bucket"
	objectType = "AWS::S3::Object"
)

func (s *Service) bucketARN(name string) string      { return "arn:" + s.Partition + ":s3:::" + name }
func (s *Service) objectARN(name, key string) string { return s.bucketARN(name) + "/" + key }

// conditions are the condition keys that a request gives. Service Authorization Reference: "Actions, resources, and condition keys for Amazon S3".
type conditions map[string][]string

func (k conditions) set(name string, value *string) {
	if value != nil {
		k[name] = []string{*value}
	}
}

func (k conditions) number(name string, value *int64) {
	if value != nil {
		k[name] = []string{strconv.FormatInt(*value, 10)}
	}
}

// callKeys are those of every call.
func (s *Service) callKeys(c *service.Call) conditions {
	k, sig := conditions{}, c.Signature
	for _, of := range [...]struct{ name, value string }{
		{"s3:authType", sig.AuthType}, {"s3:signatureversion", sig.Version}, {"s3:TlsVersion", sig.TLSVersion}, {"s3:x-amz-content-sha256", sig.ContentSHA256},
	} {
		if of.value != "" {
			k[of.name] = []string{of.value}
		}
	}
	if sig.Version != "" {
		k["s3:signatureAge"] = []string{strconv.FormatInt(sig.Age.Milliseconds(), 10)}
	}
	return k
}

// question is about a resource of the bucket: the bucket itself when key is nil.
func (s *Service) question(c *service.Call, b *Bucket, action string, key *string, keys conditions) (service.Question, error) {
	q := service.Question{Action: action, Resource: s.bucketARN(b.Name), Account: b.Account, Context: keys, ResourceType: bucketType}
	if key != nil {
		q.Resource, q.ResourceType = s.objectARN(b.Name, *key), objectType
	}
	keys["s3:ResourceAccount"] = []string{b.Account}
	q.Multi = multiKeys
	if err := tagKeys(c.Tx, b, keys); err != nil {
		return q, err
	}
	var err error
	q.Policy, err = s.bucketPolicy(c, b)
	return q, err
}

var multiKeys = []string{"s3:RequestObjectTagKeys", "s3:InventoryAccessibleOptionalFields"}

// onBucket is the rule of operations on a bucket. more adds the condition keys of the operation; it may be nil.
func onBucket[In any](s *Service, more func(*In, conditions)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		b, err := s.target(c, in)
		if err != nil {
			return nil, err
		}
		c.Found = &found{bucket: b}
		s.touches(c, b, nil)
		keys := s.callKeys(c)
		if more != nil {
			more(in, keys)
		}
		q, err := s.question(c, b, "", nil, keys)
		return []service.Question{q}, err
	}
}

// onListing makes the rule of operations that are about the objects of a bucket without naming one. CloudTrail has them among the data events, of
// all objects below the bucket. Amazon S3 User Guide: "Amazon S3 CloudTrail events".
func onListing[In any](s *Service, more func(*In, conditions)) service.Resources[In] {
	rule := onBucket(s, more)
	return func(c *service.Call, in *In) ([]service.Question, error) {
		questions, err := rule(c, in)
		if err == nil {
			s.touches(c, foundIn(c).bucket, new(""))
			if _, second := any(in).(*api.ListObjectsV2Input); second {
				c.Record().EventName = "ListObjects" // as CloudTrail has it
			}
		}
		return questions, err
	}
}

// touches puts what the call acts on into its record. AWS CloudTrail User Guide: "Logging data events".
func (s *Service) touches(c *service.Call, b *Bucket, key *string) {
	r := service.Resource{ARN: s.bucketARN(b.Name), Account: b.Account, Type: bucketType}
	if key == nil {
		c.Record().Resources = []service.Resource{r}
		return
	}
	c.Record().Resources = []service.Resource{{ARN: s.objectARN(b.Name, *key), Type: objectType}, r}
}
