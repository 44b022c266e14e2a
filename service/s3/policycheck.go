package s3

import (
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/glob"
	"vauban/engine/policy"
)

// maxPolicy is the largest bucket policy, in bytes without insignificant spaces.
const maxPolicy = 20 << 10

func malformedPolicy(message, detail string) *wire.Error {
	e := errMalformedPolicy.New("%s", message)
	if detail != "" {
		e.With("Detail", detail)
	}
	return e
}

// checkPolicy refuses what is no policy of this bucket.
func (s *Service) checkPolicy(b *Bucket, text string) (*policy.Document, error) {
	if policy.Size([]byte(text)) > maxPolicy {
		return nil, errPolicyTooLarge.New("Policy exceeds the maximum allowed document size.")
	}
	if !strings.HasPrefix(text, "{") {
		return nil, malformedPolicy("Policies must be valid JSON and the first byte must be '{'", "")
	}
	doc, err := policy.Validate(policy.ResourcePolicy, []byte(text), policy.Checks{})
	if err != nil {
		return nil, policyFault(err)
	}
	for i := range doc.Statements {
		if err := s.checkStatement(b, &doc.Statements[i]); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

func (s *Service) checkStatement(b *Bucket, st *policy.Statement) error {
	for _, list := range [...][]policy.PrincipalElement{st.Principal, st.NotPrincipal} {
		for _, p := range list {
			if p.Type == policy.PrincipalCanonical { // an account is named by its number here
				return malformedPolicy("Invalid principal in policy", p.Text)
			}
		}
	}
	resources := append(append([]policy.Element{}, st.Resource...), st.NotResource...)
	if len(resources) == 0 {
		return malformedPolicy("Missing required field Resource", "")
	}
	own := s.bucketARN(b.Name)
	onBucket, onObjects := false, false
	for _, r := range resources {
		switch {
		case r.Text == own:
			onBucket = true
		case strings.HasPrefix(r.Text, own+"/"):
			onObjects = true
		default:
			return malformedPolicy("Policy has invalid resource", r.Text)
		}
	}
	for _, a := range append(append([]policy.Element{}, st.Action...), st.NotAction...) {
		bucket, object := reach(a.Text)
		switch {
		case !bucket && !object:
			return malformedPolicy("Policy has invalid action", a.Text)
		case st.Action != nil && st.Resource != nil && !(bucket && onBucket || object && onObjects):
			return malformedPolicy("Action does not apply to any resource(s) in statement", a.Text)
		}
	}
	return nil
}

// reach says on which of a bucket and its objects an action, or any that a pattern names, can be granted: neither when it is none of S3's.
func reach(action string) (bucket, object bool) {
	if action == "*" {
		return true, true
	}
	prefix, pattern, _ := strings.Cut(strings.ToLower(action), ":")
	if prefix != "s3" {
		return false, false
	}
	for _, op := range api.API.Operations {
		for i := range op.Actions {
			a := &op.Actions[i]
			name, ours := strings.CutPrefix(strings.ToLower(a.Name), "s3:")
			if !ours || !glob.Match(pattern, name) {
				continue
			}
			for _, r := range a.Resources {
				bucket = bucket || strings.HasSuffix(strings.ToLower(r.Name), "bucket")
				object = object || strings.HasSuffix(strings.ToLower(r.Name), "object")
			}
		}
	}
	for name, onObject := range moreActions {
		if glob.Match(pattern, name) {
			bucket, object = bucket || !onObject, object || onObject
		}
	}
	return bucket, object
}

// moreActions are those of S3 that no operation has as its own, and whether they are about objects. Service Authorization Reference: "Actions,
// resources, and condition keys for Amazon S3".
var moreActions = map[string]bool{
	"getobjectversion": true, "getobjectversionacl": true, "getobjectversiontagging": true, "getobjectversionattributes": true, "getobjectversiontorrent": true,
	"putobjectversionacl": true, "putobjectversiontagging": true, "deleteobjectversion": true, "deleteobjectversiontagging": true,
	"bypassgovernanceretention": true, "getobjectversionforreplication": true, "objectowneroverridetobucketowner": true, "replicateobject": true,
	"replicatedelete": true, "replicatetags": true, "initiatereplication": true, "listbucketversions": false, "getbucketabac": false, "putbucketabac": false,
	"tagresource": false, "untagresource": false, "listtagsforresource": false, "deletebucketpolicy": false,
}
