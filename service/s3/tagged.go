package s3

import (
	"vauban/engine/policy"
	"vauban/store"
)

// BucketTag is a tag of a bucket.
type BucketTag struct{ Key, Value string }

// TaggedBucket is a bucket as its tags are managed from elsewhere.
type TaggedBucket struct {
	Account, Region string
	ABAC            bool // its tags decide about access
	Tags            []BucketTag
	Policy          *policy.Document
}

// Tagged finds a bucket with its tags; nil when there is none of that name.
func Tagged(tx store.Tx, name string) (*TaggedBucket, error) {
	b, err := buckets.Get(tx, store.K(name))
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t, err := tagsKind.in(tx, b)
	if err != nil {
		return nil, err
	}
	out := &TaggedBucket{Account: b.Account, Region: b.Region, ABAC: b.ABAC}
	if p, err := policyKind.in(tx, b); err != nil {
		return nil, err
	} else if p != nil {
		if out.Policy, err = policy.Parse([]byte(p.Text)); err != nil {
			return nil, err
		}
	}
	if t != nil {
		for _, tag := range t.Tags {
			out.Tags = append(out.Tags, BucketTag(tag))
		}
	}
	return out, nil
}

// SetTags replaces the tags of a bucket. The error is for the client.
func SetTags(tx store.Tx, name string, list []BucketTag) error {
	b, err := buckets.Get(tx, store.K(name))
	if err != nil {
		return err
	}
	tags := make([]tag, len(list))
	for i, t := range list {
		tags[i] = tag(t)
		if err := checkBucketTag(tags[i]); err != nil {
			return err
		}
	}
	return setTags(tx, b, tags)
}
