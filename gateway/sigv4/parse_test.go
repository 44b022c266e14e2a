package sigv4

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseClaims(t *testing.T) {
	iam := signedRequest(t, "iam", http.MethodPost, "https://localhost:4566/", emptyHash)
	iam.Header.Set("X-Amz-Security-Token", "token") // after signing: outside S3 that is allowed
	s3 := signedRequest(t, "s3", http.MethodGet, "http://b.s3.localhost/k", strings.ToUpper(emptyHash))
	sts := presignedRequest(t, "sts", "https://localhost/?Action=GetCallerIdentity&Version=2011-06-15", time.Minute)
	asymmetric, _ := ecdsaRequest(t, UnsignedPayload)
	plain := newRequest(t, http.MethodGet, "http://localhost/")
	plain.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=A/20261124/eu-west-1/ec2/aws4_request,SignedHeaders=date;host,Signature=00")
	plain.Header.Set("Date", "Tue, 24 Nov 2026 12:00:00 GMT")

	for _, test := range []struct {
		name string
		r    *http.Request
		want Signed
	}{
		{"header", iam, Signed{AccessKeyID: testKey, Date: "20261124", Region: "us-east-1", Service: "iam", SignedHeaders: "host;x-amz-date", Time: testNow, SessionToken: "token"}},
		{"s3", s3, Signed{AccessKeyID: testKey, Date: "20261124", Region: "us-east-1", Service: "s3", SignedHeaders: "host;x-amz-content-sha256;x-amz-date", Time: testNow, ContentSHA256: strings.ToUpper(emptyHash)}},
		{"query", sts, Signed{Form: Query, AccessKeyID: testKey, Date: "20261124", Region: "us-east-1", Service: "sts", SignedHeaders: "host", Time: testNow, Expires: time.Minute}},
		{"ecdsa", asymmetric, Signed{Algorithm: ECDSA, AccessKeyID: testKey, Date: "20261124", RegionSet: "us-*,eu-west-1", Service: "s3", SignedHeaders: "host;x-amz-content-sha256;x-amz-date;x-amz-region-set", Time: testNow, Payload: Unsigned}},
		{"date header", plain, Signed{AccessKeyID: "A", Date: "20261124", Region: "eu-west-1", Service: "ec2", SignedHeaders: "date;host", Time: testNow}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, p := Parse(test.r)
			if p != nil {
				t.Fatal(p)
			}
			if diff := cmp.Diff(&test.want, got, cmpopts.IgnoreUnexported(Signed{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestParseRefusals holds AWS's wording for what is wrong before any key is known.
func TestParseRefusals(t *testing.T) {
	const (
		cred   = "Credential=A/20261124/us-east-1/iam/aws4_request"
		credS3 = "Credential=A/20261124/us-east-1/s3/aws4_request"
		rest   = ", SignedHeaders=host;x-amz-date, Signature=00"
		date   = "20261124T120000Z"
		query  = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20261124%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=" + date + "&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
	)
	for _, test := range []struct {
		name, auth, date, query string
		header                  []string
		kind                    Kind
		general, s3             Answer // checked when it has a code
	}{
		{name: "no signature", kind: MissingAuthenticationToken, general: Answer{Code: "MissingAuthenticationToken", Status: 403, Message: "Request is missing Authentication Token"},
			s3: Answer{Code: "AccessDenied", Status: 403, Message: "Access Denied"}},
		{name: "query without signature", query: "Action=AssumeRoleWithWebIdentity&X-Amz-Date=x", kind: MissingAuthenticationToken},
		{name: "bearer", auth: "Bearer abc", kind: UnsupportedMechanism, general: Answer{Code: "IncompleteSignature", Status: 400,
			Message: "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='."},
			s3: Answer{Code: "InvalidArgument", Status: 400, Message: "Unsupported Authorization Type", Members: []Member{{"ArgumentName", "Authorization"}}}},
		{name: "signature version 2", auth: "AWS A:b=", kind: UnsupportedMechanism,
			s3: Answer{Code: "InvalidRequest", Status: 400, Message: "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."}},
		{name: "signature version 2 in the query", query: "AWSAccessKeyId=A&Expires=1&Signature=x", kind: UnsupportedMechanism},
		{name: "another hash", auth: "AWS4-HMAC-SHA512 " + cred + rest, date: date, kind: UnsupportedMechanism,
			general: Answer{Code: "IncompleteSignature", Status: 400, Message: "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'."}},
		{name: "empty", auth: "AWS4-HMAC-SHA256", kind: IncompleteSignature, general: Answer{Code: "IncompleteSignature", Status: 400,
			Message: "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=YI2YWea8FSxnksZL2ETHbs5elHm9HQufxTLK0W0ffV0="},
			s3: Answer{Code: "AuthorizationHeaderMalformed", Status: 400, Message: "The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature."}},
		{name: "no date", auth: "AWS4-HMAC-SHA256 " + cred + rest, kind: IncompleteSignature,
			s3: Answer{Code: "AccessDenied", Status: 403, Message: "AWS authentication requires a valid Date or x-amz-date header"}},
		{name: "bad date", auth: "AWS4-HMAC-SHA256 " + cred + rest, date: "today", kind: IncompleteSignature,
			general: Answer{Code: "IncompleteSignature", Status: 400, Message: "Date must be in ISO-8601 'basic format'. Got 'today'. See http://en.wikipedia.org/wiki/ISO_8601"}},
		{name: "space in the credential", auth: "AWS4-HMAC-SHA256 Credential= A/20261124/us-east-1/iam/aws4_request" + rest, date: date, kind: IncompleteSignature,
			s3: Answer{Code: "AuthorizationHeaderMalformed", Status: 400, Message: `The authorization header is malformed; the authorization component "A/20261124/us-east-1/iam/aws4_request" is malformed.`}},
		{name: "credential twice", auth: "AWS4-HMAC-SHA256 " + cred + "," + cred + rest, date: date, kind: IncompleteSignature},
		{name: "slash in the key", auth: "AWS4-HMAC-SHA256 Credential=A/B/20261124/us-east-1/iam/aws4_request" + rest, date: date, kind: IncompleteSignature,
			general: Answer{Code: "IncompleteSignature", Status: 400, Message: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'A/B/20261124/us-east-1/iam/aws4_request'"},
			s3:      Answer{Code: "AuthorizationHeaderMalformed", Status: 400, Message: `The authorization header is malformed; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`}},
		{name: "terminator", auth: "AWS4-HMAC-SHA256 Credential=A/20261124/us-east-1/iam/aws4" + rest, date: date, kind: WrongScope,
			general: Answer{Code: "SignatureDoesNotMatch", Status: 403, Message: "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'."}},
		{name: "other day", auth: "AWS4-HMAC-SHA256 Credential=A/20261123/us-east-1/iam/aws4_request" + rest, date: date, kind: WrongScope,
			general: Answer{Code: "SignatureDoesNotMatch", Status: 403, Message: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261123' != '20261124', from '20261124T120000Z'."},
			s3:      Answer{Code: "AuthorizationHeaderMalformed", Status: 400, Message: "The authorization header is malformed; Invalid credential date. Date is not the same as X-Amz-Date."}},
		{name: "host not signed", auth: "AWS4-HMAC-SHA256 " + cred + ", SignedHeaders=x-amz-date, Signature=00", date: date, kind: HeadersNotSigned,
			general: Answer{Code: "SignatureDoesNotMatch", Status: 403, Message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}},
		{name: "date not signed", auth: "AWS4-HMAC-SHA256 " + cred + ", SignedHeaders=host, Signature=00", date: date, kind: HeadersNotSigned,
			s3: Answer{Code: "AccessDenied", Status: 403, Message: "There were headers present in the request which were not signed", Members: []Member{{"HeadersNotSigned", "x-amz-date"}}}},
		{name: "target not signed", auth: "AWS4-HMAC-SHA256 " + cred + rest, date: date, header: []string{"X-Amz-Target", "TrentService.ListKeys"}, kind: HeadersNotSigned,
			general: Answer{Code: "SignatureDoesNotMatch", Status: 403, Message: "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."}},
		{name: "s3 token not signed", auth: "AWS4-HMAC-SHA256 " + credS3 + rest, date: date, header: []string{"X-Amz-Security-Token", "t"}, kind: HeadersNotSigned},
		{name: "unsorted headers", auth: "AWS4-HMAC-SHA256 " + cred + ", SignedHeaders=x-amz-date;host, Signature=00", date: date, kind: SignatureDoesNotMatch},
		{name: "upper-case header", auth: "AWS4-HMAC-SHA256 " + cred + ", SignedHeaders=Host;x-amz-date, Signature=00", date: date, kind: SignatureDoesNotMatch},
		{name: "repeated header", auth: "AWS4-HMAC-SHA256 " + cred + ", SignedHeaders=host;host;x-amz-date, Signature=00", date: date, kind: SignatureDoesNotMatch},
		{name: "s3 without a hash", auth: "AWS4-HMAC-SHA256 " + credS3 + rest, date: date, kind: MissingContentSHA256,
			s3: Answer{Code: "InvalidRequest", Status: 400, Message: "Missing required header for this request: x-amz-content-sha256"}},
		{name: "header and query", auth: "AWS4-HMAC-SHA256 " + cred + rest, date: date, query: query, kind: MultipleMechanisms},
		{name: "long header", auth: "AWS4-HMAC-SHA256 " + strings.Repeat("a=b,", 3000), kind: IncompleteSignature},
		{name: "query parameters missing", query: "X-Amz-Algorithm=AWS4-HMAC-SHA256", kind: IncompleteSignature, general: Answer{Code: "IncompleteSignature", Status: 400,
			Message: "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."},
			s3: Answer{Code: "AuthorizationQueryParametersError", Status: 400, Message: "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."}},
		{name: "s3 without expiry", query: query, kind: IncompleteSignature},
		{name: "expiry too long", query: query + "&X-Amz-Expires=604801", kind: IncompleteSignature,
			s3: Answer{Code: "AuthorizationQueryParametersError", Status: 400, Message: "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"}},
		{name: "expiry huge", query: query + "&X-Amz-Expires=99999999999999999999", kind: IncompleteSignature},
		{name: "expiry negative", query: query + "&X-Amz-Expires=-1", kind: IncompleteSignature,
			s3: Answer{Code: "AuthorizationQueryParametersError", Status: 400, Message: "X-Amz-Expires must be non-negative"}},
		{name: "expiry no number", query: query + "&X-Amz-Expires=undefined", kind: IncompleteSignature,
			s3: Answer{Code: "AuthorizationQueryParametersError", Status: 400, Message: "X-Amz-Expires should be a number"}},
		{name: "signature twice", query: query + "&X-Amz-Expires=1&X%2DAmz-Signature=11", kind: IncompleteSignature},
		{name: "bad escape", query: strings.Replace(query, "%2F", "%2", 1), kind: IncompleteSignature},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRequest(t, http.MethodGet, "http://localhost/", test.header...)
			r.URL.RawQuery = test.query
			if test.auth != "" {
				r.Header.Set("Authorization", test.auth)
			}
			if test.date != "" {
				r.Header.Set("X-Amz-Date", test.date)
			}
			_, p := Parse(r)
			if p == nil || p.Kind != test.kind {
				t.Fatalf("got %v, want kind %d", p, test.kind)
			}
			for family, want := range map[Family]Answer{FamilyQuery: test.general, FamilyS3: test.s3} {
				if want.Code == "" {
					continue
				}
				if diff := cmp.Diff(want, p.In(family)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestRepeatedAuthorization(t *testing.T) {
	r := signedRequest(t, "iam", http.MethodGet, "http://localhost/", emptyHash)
	r.Header.Add("Authorization", r.Header.Get("Authorization"))
	if _, p := Parse(r); p == nil || p.Kind != MultipleMechanisms {
		t.Fatalf("got %v", p)
	}
}

func TestCheckScope(t *testing.T) {
	hmac := &Signed{Region: "eu-west-1", Service: "iam"}
	asymmetric := &Signed{Algorithm: ECDSA, RegionSet: "us-*-1, eu-west-1", Service: "s3"}
	for _, test := range []struct {
		s               *Signed
		region, service string
		want            string
	}{
		{hmac, "eu-west-1", "iam", ""},
		{hmac, "us-east-1", "iam", "Credential should be scoped to a valid region."},
		{hmac, "eu-west-1", "sts", "Credential should be scoped to correct service: 'sts'."},
		{asymmetric, "us-west-1", "s3", ""},
		{asymmetric, "eu-west-1", "s3", ""},
		{asymmetric, "us-west-2", "s3", "Credential should be scoped to a valid region."},
		{&Signed{Algorithm: ECDSA, RegionSet: "*", Service: "s3"}, "anywhere", "s3", ""},
		{&Signed{Algorithm: ECDSA, RegionSet: "", Service: "s3"}, "us-east-1", "s3", "Credential should be scoped to a valid region."},
	} {
		got := ""
		if p := test.s.CheckScope(test.region, test.service); p != nil {
			got = p.In(FamilyQuery).Message
		}
		if got != test.want {
			t.Errorf("%+v in %s/%s: %q, want %q", test.s, test.region, test.service, got, test.want)
		}
	}
	p := (&Signed{Form: Query, Region: "us-east-1", Service: "s3"}).CheckScope("us-gov-west-1", "s3")
	want := Answer{Code: "AuthorizationQueryParametersError", Status: 400, Message: "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'us-gov-west-1'", Members: []Member{{"Region", "us-gov-west-1"}}}
	if diff := cmp.Diff(want, p.In(FamilyS3)); diff != "" {
		t.Error(diff)
	}
}

func TestSecretDoesNotPrint(t *testing.T) {
	if got := cmp.Diff(testSecret.String()+testSecret.GoString(), "[secret][secret]"); got != "" {
		t.Error(got)
	}
}
