package s3control

import (
	"net/http"
	"slices"
	"strings"

	api "vauban/api/s3control"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
)

var (
	errInvalidTag     = wire.Code("InvalidTag", http.StatusBadRequest)
	errInvalidURI     = wire.Code("InvalidURI", http.StatusBadRequest)
	errNoSuchResource = wire.Code("NoSuchResource", http.StatusNotFound)
)

// mostTags is the quota of a bucket.
const mostTags = 50

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListTagsForResource, onResource(s, func(in *api.ListTagsForResourceInput, _ map[string][]string) (account, arn *string) {
			return in.AccountId, in.ResourceArn
		}), s.listTags),
		service.Writes(api.OpTagResource, onResource(s, func(in *api.TagResourceInput, keys map[string][]string) (account, arn *string) {
			service.RequestTags(keys, service.Tags(in.Tags))
			return in.AccountId, in.ResourceArn
		}), s.tagResource),
		service.Writes(api.OpUntagResource, onResource(s, func(in *api.UntagResourceInput, keys map[string][]string) (account, arn *string) {
			service.TagKeys(keys, in.TagKeys)
			return in.AccountId, in.ResourceArn
		}), s.untagResource),
	}
}

// tagged is the bucket whose tags a call is about.
type tagged struct {
	name   string
	bucket *Bucket // nil when it does not exist
}

// onResource is the rule of tags: the bucket that the ARN names, in the account that the client named.
func onResource[In any](s *Service, read func(*In, map[string][]string) (account, arn *string)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		keys := map[string][]string{}
		account, text := read(in, keys)
		a, err := arn.Parse(*text)
		if err != nil || a.Partition != c.Partition || a.Service != "s3" || a.Region != "" || a.Account != "" || strings.Contains(a.Resource, "/") {
			return nil, errInvalidURI.New("Couldn't parse the specified URI.")
		}
		b, err := s.storage.Bucket(c.Tx, a.Resource)
		if err != nil {
			return nil, err
		}
		q := service.Question{Resource: *text, Context: keys, ResourceType: "AWS::S3::Bucket"}
		if b != nil {
			if b.Account != *account {
				return nil, errAccessDenied.New("Access Denied")
			}
			q.Account = b.Account
			if b.Policy != nil && c.Caller.Account == b.Account { // it lets nobody in from elsewhere
				q.Policy = &policy.Named{Name: *text, Document: b.Policy}
			}
			if b.ABAC {
				service.ResourceTags(keys, service.Tags(b.Tags))
			}
		}
		c.Found = &tagged{a.Resource, b}
		return []service.Question{q}, nil
	}
}

func found(c *service.Call) (*tagged, error) {
	t := c.Found.(*tagged)
	if t.bucket == nil {
		return nil, errNoSuchResource.New("The specified resource doesn't exist.")
	}
	return t, nil
}

func (s *Service) listTags(c *service.Call, _ *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	for _, tag := range t.bucket.Tags {
		out.Tags = append(out.Tags, api.Tag{Key: &tag.Key, Value: &tag.Value})
	}
	return out, nil
}

func (s *Service) tagResource(c *service.Call, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	tags := slices.Clone(t.bucket.Tags)
	seen := map[string]bool{}
	for _, n := range in.Tags {
		switch {
		case strings.HasPrefix(strings.ToLower(*n.Key), "aws:"):
			return nil, errInvalidTag.New(`User-defined tag keys can't start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.`)
		case seen[*n.Key]:
			return nil, errInvalidTag.New("There are duplicate tag keys in your request. Remove the duplicate tag keys and try again.")
		}
		seen[*n.Key] = true
		if i := slices.IndexFunc(tags, func(have Tag) bool { return have.Key == *n.Key }); i >= 0 {
			tags[i].Value = *n.Value
		} else {
			tags = append(tags, Tag{*n.Key, *n.Value})
		}
	}
	if len(tags) > mostTags {
		return nil, errInvalidTag.New("A bucket can have at most %d tags.", mostTags)
	}
	return &api.TagResourceOutput{}, s.storage.Tag(c.Tx, t.name, tags)
}

func (s *Service) untagResource(c *service.Call, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	tags := slices.DeleteFunc(slices.Clone(t.bucket.Tags), func(have Tag) bool { return slices.Contains(in.TagKeys, have.Key) })
	return &api.UntagResourceOutput{}, s.storage.Tag(c.Tx, t.name, tags)
}
