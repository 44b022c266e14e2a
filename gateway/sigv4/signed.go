package sigv4

import (
	"net/http"
	"strings"
	"time"
)

// Algorithm is a signing algorithm.
type Algorithm uint8

// The algorithms.
const (
	HMAC  Algorithm = iota // AWS4-HMAC-SHA256
	ECDSA                  // AWS4-ECDSA-P256-SHA256, "SigV4A"
)

const (
	algorithmHMAC  = "AWS4-HMAC-SHA256"
	algorithmECDSA = "AWS4-ECDSA-P256-SHA256"
)

// String returns the algorithm's name on the wire.
func (a Algorithm) String() string {
	if a == ECDSA {
		return algorithmECDSA
	}
	return algorithmHMAC
}

// Form says where the signature was.
type Form uint8

// The forms.
const (
	Header Form = iota // Authorization header
	Query              // presigned: query parameters
	Post               // S3 POST: form fields, the policy document is what is signed
)

// Limits on what a request may claim. They are far above what any client sends.
const (
	maxAuthorization = 8 << 10
	maxSignedHeaders = 256
	maxCredential    = 512
	maxSignature     = 256
	maxQueryPairs    = 4096
	maxExpires       = 7 * 24 * time.Hour
	skew             = 15 * time.Minute
)

// SecretKey is a secret access key. It does not print.
type SecretKey string

// String hides the secret from logs.
func (SecretKey) String() string { return "[secret]" }

// GoString hides the secret from logs.
func (SecretKey) GoString() string { return "[secret]" }

// Signed is what a request claims about itself, before anything is proved.
type Signed struct {
	Algorithm     Algorithm
	Form          Form
	AccessKeyID   string
	Date          string // of the scope: YYYYMMDD, equal to the day of Time
	Region        string // of the scope; "" for ECDSA, which has RegionSet
	RegionSet     string // ECDSA: X-Amz-Region-Set, comma-separated, with * wildcards
	Service       string // of the scope: the signing name
	SignedHeaders string // lower case, sorted, joined by ';'
	Time          time.Time
	Expires       time.Duration // Query: X-Amz-Expires
	SessionToken  string
	Payload       Payload
	ContentSHA256 string // Payload Hashed: hex

	r         *http.Request
	timestamp string // Time as it stands in the string to sign
	signature string
	claim     string // what x-amz-content-sha256 said
	policy    string // Post: base64 policy as sent
}

// Signs reports whether the header, whose name may be in any case, is covered by the signature.
func (s *Signed) Signs(header string) bool {
	rest, name := s.SignedHeaders, ""
	for rest != "" {
		name, rest, _ = strings.Cut(rest, ";")
		if len(name) == len(header) && strings.EqualFold(name, header) {
			return true
		}
	}
	return false
}

// IsS3 reports whether the rules of S3 apply: paths are encoded once and not normalised, the payload is what
// x-amz-content-sha256 says, and [Signed.VerifyStream] verifies it while it is read.
func (s *Signed) IsS3() bool { return isS3(s.Service) }

func isS3(service string) bool {
	switch service {
	case "s3", "s3express", "s3-object-lambda", "s3-outposts":
		return true
	}
	return false
}

// scope returns the credential scope as it stands in the string to sign.
func (s *Signed) appendScope(b []byte) []byte {
	b = append(b, s.Date...)
	if s.Algorithm == HMAC {
		b = append(b, '/')
		b = append(b, s.Region...)
	}
	b = append(b, '/')
	b = append(b, s.Service...)
	return append(b, "/aws4_request"...)
}

// CheckScope refuses a signature that was made for another region or service than those of the endpoint that serves the request.
func (s *Signed) CheckScope(region, service string) *Problem {
	if s.Service != service {
		return s.wrongService(service)
	}
	if s.Algorithm == HMAC && s.Region != region || s.Algorithm == ECDSA && !covers(s.RegionSet, region) {
		return s.wrongRegion(region)
	}
	return nil
}

// covers reports whether a comma-separated region set with * wildcards holds the region.
func covers(set, region string) bool {
	for set != "" {
		var pattern string
		pattern, set, _ = strings.Cut(set, ",")
		if matches(strings.TrimSpace(pattern), region) {
			return true
		}
	}
	return false
}

func matches(pattern, s string) bool {
	prefix, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	if !strings.HasPrefix(s, prefix) {
		return false
	}
	s = s[len(prefix):]
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], after
	}
}
