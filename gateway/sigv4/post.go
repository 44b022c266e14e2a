package sigv4

import (
	"strings"
	"time"
)

// ParsePost reads the signature of an S3 POST upload from its form fields. What is signed is the policy document: its expiry and
// conditions are the caller's to check, after [Signed.Verify]. field returns a form field by its lower-case name.
// (S3 API Reference, "Authenticating Requests: Browser-Based Uploads Using POST".)
func ParsePost(field func(name string) string) (*Signed, *Problem) {
	required := func(names ...string) *Problem {
		for _, name := range names {
			if field(strings.ToLower(name)) == "" {
				text := "Bucket POST must contain a field named '" + name + "'. If it is specified, please check the order of the fields."
				return &Problem{Kind: IncompleteSignature, text: text, s3: answerS3{"InvalidArgument", 400, text},
					members: []Member{{"ArgumentName", name}, {"ArgumentValue", ""}}}
			}
		}
		return nil
	}
	if field("x-amz-algorithm") == "" && field("x-amz-signature") == "" && field("x-amz-credential") == "" {
		if field("signature") != "" || field("awsaccesskeyid") != "" {
			return nil, &Problem{Kind: UnsupportedMechanism}
		}
		return nil, &Problem{Kind: MissingAuthenticationToken}
	}
	if p := required("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature", "Policy"); p != nil {
		return nil, p
	}
	algorithm, ok := algorithmOf(field("x-amz-algorithm"))
	if !ok {
		return nil, &Problem{Kind: UnsupportedMechanism}
	}
	s := &Signed{Algorithm: algorithm, Form: Post, SessionToken: field("x-amz-security-token"), RegionSet: field("x-amz-region-set"),
		Payload: Unsigned, policy: field("policy"), signature: field("x-amz-signature"), timestamp: field("x-amz-date")}
	if p := s.setCredential(field("x-amz-credential")); p != nil {
		return nil, p
	}
	t, err := time.Parse(timeFormat, s.timestamp)
	if err != nil {
		text := `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`
		return nil, malformed(dateText(s.timestamp), "InvalidArgument", text)
	}
	if s.Time = t; s.Date != s.timestamp[:8] {
		return nil, s.wrongDate()
	}
	if len(s.signature) > maxSignature {
		return nil, &Problem{Kind: SignatureDoesNotMatch}
	}
	return s, nil
}
