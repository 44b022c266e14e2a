package all

import (
	"vauban/service/s3"
	"vauban/service/s3control"
	"vauban/store"
)

// storage hands S3's buckets to S3 Control.
type storage struct{}

var _ s3control.Storage = storage{}

func (storage) Block(tx store.Tx, account string) (*s3control.PublicAccess, error) {
	p, err := s3.AccountBlock(tx, account)
	return (*s3control.PublicAccess)(p), err
}

func (storage) PutBlock(tx store.Tx, account string, p s3control.PublicAccess) error {
	return s3.PutAccountBlock(tx, account, s3.PublicAccess(p))
}

func (storage) DeleteBlock(tx store.Tx, account string) error {
	return s3.DeleteAccountBlock(tx, account)
}

func (storage) Bucket(tx store.Tx, name string) (*s3control.Bucket, error) {
	b, err := s3.Tagged(tx, name)
	if b == nil || err != nil {
		return nil, err
	}
	out := &s3control.Bucket{Account: b.Account, Region: b.Region, ABAC: b.ABAC, Policy: b.Policy}
	for _, t := range b.Tags {
		out.Tags = append(out.Tags, s3control.Tag(t))
	}
	return out, nil
}

func (storage) Tag(tx store.Tx, name string, tags []s3control.Tag) error {
	list := make([]s3.BucketTag, len(tags))
	for i, t := range tags {
		list[i] = s3.BucketTag(t)
	}
	return s3.SetTags(tx, name, list)
}
