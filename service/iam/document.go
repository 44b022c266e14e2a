package iam

import (
	"errors"
	"strings"

	api "vauban/api/iam"
	"vauban/engine/policy"
)

// checkIdentityPolicy says whether IAM would store the document as a managed or an inline policy. Sizes are checked elsewhere.
func checkIdentityPolicy(doc string) error {
	_, err := policy.Validate(policy.IdentityPolicy, []byte(doc), policy.Checks{})
	return policyError(err)
}

// policyError puts what the policy language finds into IAM's errors. Where the fault stands is for the log: IAM does not tell.
func policyError(err error) error {
	var v *policy.ValidationError
	if !errors.As(err, &v) {
		return err
	}
	shape := api.MalformedPolicyDocumentException
	if v.Code == policy.CodeLimitExceeded {
		shape = api.LimitExceededException
	}
	return shape.New("%s", v.Message).Because(err)
}

// shownDocument is a policy document as the API shows it: percent-encoded, with only RFC 3986's unreserved characters left alone.
func shownDocument(doc string) *string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(doc) * 2)
	for i := range len(doc) {
		c := doc[i]
		if unreserved(c) {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return new(b.String())
}

// unreserved: RFC 3986, section 2.3.
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}
