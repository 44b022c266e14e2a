package s3

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// allBuckets is the rule of ListBuckets: no resource of its own.
func (s *Service) allBuckets(c *service.Call, in *api.ListBucketsInput) ([]service.Question, error) {
	return []service.Question{{Resource: "*", Context: s.callKeys(c)}}, nil
}

// maxListed is the most that one page of any listing holds.
const maxListed = 1000

func (s *Service) listBuckets(c *service.Call, in *api.ListBucketsInput) (*api.ListBucketsOutput, error) {
	if r := in.BucketRegion; r != nil && !isRegion(*r) {
		return nil, invalid("bucket-region", *r, "Argument value "+*r+" is not a valid AWS Region")
	}
	after, err := bucketToken(in.ContinuationToken)
	if err != nil {
		return nil, err
	}
	most := mostBuckets
	if in.MaxBuckets != nil {
		most = int(*in.MaxBuckets)
	}
	if most < 1 || most > mostBuckets {
		return nil, invalid("max-buckets", "", "Argument max-buckets must be an integer between 1 and 10000")
	}
	var list []*Bucket
	for b, err := range buckets.EachRef(c.Tx, "account", store.K(c.Account)) {
		if err != nil {
			return nil, err
		}
		if b.Name > after && strings.HasPrefix(b.Name, wire.Text(in.Prefix)) && (in.BucketRegion == nil || b.Region == *in.BucketRegion) {
			list = append(list, b)
		}
	}
	slices.SortFunc(list, func(a, b *Bucket) int { return cmp.Compare(a.Name, b.Name) })
	out := &api.ListBucketsOutput{Owner: s.owner(c.Account), Prefix: in.Prefix, Buckets: []api.Bucket{}}
	if len(list) > most {
		list = list[:most]
		out.ContinuationToken = new(base64.StdEncoding.EncodeToString([]byte(list[most-1].Name)))
	}
	paged := in.MaxBuckets != nil || in.ContinuationToken != nil || in.Prefix != nil || in.BucketRegion != nil
	for _, b := range list {
		shown := api.Bucket{Name: &b.Name, CreationDate: &b.Created, BucketArn: new(s.bucketARN(b.Name))}
		if paged {
			shown.BucketRegion = &b.Region
		}
		out.Buckets = append(out.Buckets, shown)
	}
	return out, nil
}

func bucketToken(token *string) (after string, err error) {
	if token == nil {
		return "", nil
	}
	b, err := base64.StdEncoding.DecodeString(*token)
	if err != nil || len(b) == 0 {
		return "", invalid("continuation-token", *token, "The continuation token provided is incorrect")
	}
	return string(b), nil
}

// isRegion reports whether a text looks like the name of a region.
func isRegion(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) < 3 || len(s) > 32 || s == "eu-east-1" {
		return false
	}
	last := parts[len(parts)-1]
	return len(last) == 1 && last[0] >= '1' && last[0] <= '9'
}

// owner is an account as S3 names it: by a canonical user ID, which is derived from the account's.
func (s *Service) owner(account string) *api.Owner { return &api.Owner{ID: new(canonicalID(account))} }
