package sigv4

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVerifyTime(t *testing.T) {
	const query = "https://localhost/?Action=GetCallerIdentity&Version=2011-06-15"
	for _, test := range []struct {
		name        string
		r           *http.Request
		ok, refused time.Duration // from the time of signing
		kind        Kind
		general, s3 string
	}{
		{"past", signedRequest(t, "iam", "GET", "http://h/", emptyHash), 15 * time.Minute, 15*time.Minute + time.Second, RequestTooSkewed,
			"Signature expired: 20261124T120000Z is now earlier than 20261124T120001Z (20261124T121501Z - 15 min.)",
			"The difference between the request time and the current time is too large."},
		{"future", signedRequest(t, "iam", "GET", "http://h/", emptyHash), -15 * time.Minute, -15*time.Minute - time.Second, RequestTooSkewed,
			"Signature not yet current: 20261124T120000Z is still later than 20261124T115959Z (20261124T114459Z + 15 min.)",
			"The difference between the request time and the current time is too large."},
		{"s3 presigned", presignedRequest(t, "s3", "http://b.s3.localhost/k", time.Hour), time.Hour, time.Hour + time.Second, RequestExpired, "", "Request has expired"},
		{"s3 presigned early", presignedRequest(t, "s3", "http://b.s3.localhost/k", time.Hour), -15 * time.Minute, -16 * time.Minute, RequestNotYetValid, "", "Request is not yet valid"},
		{"presigned", presignedRequest(t, "polly", "https://localhost/v1/speech", time.Hour), time.Hour, time.Hour + time.Second, RequestExpired,
			"Signature expired: 20261124T120000Z is now earlier than 20261124T120001Z (20261124T130001Z - 60 min.)", ""},
		{"presigned sts lives 15 minutes", presignedRequest(t, "sts", query, time.Minute), 15 * time.Minute, 15*time.Minute + time.Second, RequestTooSkewed, "", ""},
		{"even with a long expiry", presignedRequest(t, "sts", query, time.Hour), 15 * time.Minute, 15*time.Minute + time.Second, RequestTooSkewed, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if p := verify(test.r, testNow.Add(test.ok), nil); p != nil {
				t.Fatalf("at the edge: %v", p)
			}
			p := verify(test.r, testNow.Add(test.refused), nil)
			if p == nil || p.Kind != test.kind {
				t.Fatalf("got %v, want kind %d", p, test.kind)
			}
			if got := p.In(FamilyQuery); test.general != "" && (got.Message != test.general || got.Code != "SignatureDoesNotMatch" || got.Status != 403) {
				t.Errorf("got %+v", got)
			}
			if got := p.In(FamilyS3); test.s3 != "" && got.Message != test.s3 {
				t.Errorf("got %+v", got)
			}
			if got := p.In(FamilyEC2); got.Code != "RequestExpired" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestMismatchInEachFamily(t *testing.T) {
	r := signedRequest(t, "kms", http.MethodPost, "http://localhost:4566/", PayloadHash([]byte("{}")), "X-Amz-Target", "TrentService.ListKeys")
	p := verify(r, testNow, []byte(`{"Limit":1}`))
	if p == nil || p.Kind != SignatureDoesNotMatch {
		t.Fatalf("got %v", p)
	}
	for family, want := range map[Family]Answer{
		FamilyQuery: {Code: "SignatureDoesNotMatch", Status: 403, Message: textMismatch},
		FamilyEC2:   {Code: "AuthFailure", Status: 401, Message: "AWS was not able to validate the provided access credentials"},
	} {
		if diff := cmp.Diff(want, p.In(family)); diff != "" {
			t.Error(diff)
		}
	}
	for family, status := range map[Family]int{FamilyJSON: 400, FamilyREST: 403} {
		got := p.In(family)
		canonical := "The Canonical String for this request should have been\n'POST\n/\n\nhost:localhost:4566\nx-amz-date:20261124T120000Z\nx-amz-target:TrentService.ListKeys\n\nhost;x-amz-date;x-amz-target\n" + PayloadHash([]byte(`{"Limit":1}`)) + "'"
		if got.Code != "InvalidSignatureException" || got.Status != status || !strings.HasPrefix(got.Message, textMismatch) || !strings.Contains(got.Message, canonical) {
			t.Errorf("got %+v", got)
		}
	}
	s3 := p.In(FamilyS3)
	if s3.Code != "SignatureDoesNotMatch" || s3.Message != textMismatchS3 || s3.Members[0] != (Member{"AWSAccessKeyId", testKey}) {
		t.Errorf("got %+v", s3)
	}
}

// TestGatewayKinds holds the wording of the kinds that only the caller can find.
func TestGatewayKinds(t *testing.T) {
	for _, test := range []struct {
		kind   Kind
		family Family
		want   Answer
	}{
		{InvalidClientTokenID, FamilyQuery, Answer{Code: "InvalidClientTokenId", Status: 403, Message: "The security token included in the request is invalid."}},
		{InvalidClientTokenID, FamilyJSON, Answer{Code: "UnrecognizedClientException", Status: 400, Message: "The security token included in the request is invalid."}},
		{InvalidClientTokenID, FamilyREST, Answer{Code: "UnrecognizedClientException", Status: 403, Message: "The security token included in the request is invalid."}},
		{InvalidClientTokenID, FamilyEC2, Answer{Code: "AuthFailure", Status: 401, Message: "AWS was not able to validate the provided access credentials"}},
		{InvalidClientTokenID, FamilyS3, Answer{Code: "InvalidAccessKeyId", Status: 403, Message: "The AWS Access Key Id you provided does not exist in our records."}},
		{ExpiredToken, FamilyQuery, Answer{Code: "ExpiredToken", Status: 403, Message: "The security token included in the request is expired"}},
		{ExpiredToken, FamilyJSON, Answer{Code: "ExpiredTokenException", Status: 400, Message: "The security token included in the request is expired"}},
		{ExpiredToken, FamilyS3, Answer{Code: "ExpiredToken", Status: 400, Message: "The provided token has expired."}},
		{InvalidToken, FamilyS3, Answer{Code: "InvalidToken", Status: 400, Message: "The provided token is malformed or otherwise invalid."}},
		{MissingAuthenticationToken, FamilyJSON, Answer{Code: "MissingAuthenticationTokenException", Status: 400, Message: "Missing Authentication Token"}},
	} {
		if diff := cmp.Diff(test.want, (&Problem{Kind: test.kind}).In(test.family)); diff != "" {
			t.Errorf("%d in %d:\n%s", test.kind, test.family, diff)
		}
	}
}

// TestEveryKindHasWords makes sure that no kind is answered without code, status and text, in any family.
func TestEveryKindHasWords(t *testing.T) {
	for kind := MissingAuthenticationToken; kind <= MalformedTrailer; kind++ {
		p := &Problem{Kind: kind}
		for family := FamilyQuery; family <= FamilyS3; family++ {
			if a := p.In(family); a.Code == "" || a.Status < 400 || a.Message == "" {
				t.Errorf("kind %d in family %d: %+v", kind, family, a)
			}
		}
		if !strings.HasPrefix(p.Error(), "sigv4: ") {
			t.Errorf("kind %d: %q", kind, p.Error())
		}
	}
}

func TestSessionTokenInAndOutOfTheQuerySignature(t *testing.T) {
	k := testSigner("iotdevicegateway")
	k.SessionToken = "token/+="
	r := newRequest(t, http.MethodGet, "https://localhost/mqtt")
	if err := k.Presign(r, emptyHash, time.Hour, testNow); err != nil {
		t.Fatal(err)
	}
	if p := verify(r, testNow, nil); p != nil {
		t.Errorf("inside: %v", p)
	}
	k.SessionToken = ""
	r = newRequest(t, http.MethodGet, "https://localhost/mqtt")
	if err := k.Presign(r, emptyHash, time.Hour, testNow); err != nil {
		t.Fatal(err)
	}
	r.URL.RawQuery += "&X-Amz-Security-Token=token%2F%2B%3D"
	if p := verify(r, testNow, nil); p != nil {
		t.Errorf("outside: %v", p)
	}
	if s, _ := Parse(r); s.SessionToken != "token/+=" {
		t.Errorf("token %q", s.SessionToken)
	}
	r.URL.RawQuery += "&More=1"
	if p := verify(r, testNow, nil); p == nil {
		t.Error("a parameter was added after signing")
	}
	r = presignedRequest(t, "s3", "http://b.s3.localhost/k", time.Hour)
	r.URL.RawQuery += "&X-Amz-Security-Token=t"
	if p := verify(r, testNow, nil); p == nil {
		t.Error("S3 accepts a token outside of the signature")
	}
}

func TestS3PathIsNeitherNormalisedNorEncodedTwice(t *testing.T) {
	for _, path := range []string{"/a//b/../c/", "/a%2Fb", "/%E1%88%B4", "/a%20b+c$d", "/../x", "/sp%C3%A9cial!'()*"} {
		r := signedRequest(t, "s3", http.MethodGet, "http://b.s3.localhost"+path, emptyHash)
		if p := verify(r, testNow, nil); p != nil {
			t.Errorf("%s: %v", path, p)
		}
		s, _ := Parse(r)
		got, _, _ := strings.Cut(string(s.appendPath(nil, variant{})), "\n")
		if strings.Contains(got, "%25") || strings.Count(got, "/") != strings.Count(path, "/") {
			t.Errorf("%s became %s", path, got)
		}
	}
	// The documentation's own example: "$" on the wire, "%24" in the signature.
	s := &Signed{Service: "s3", r: newRequest(t, "PUT", "http://b.s3.localhost/test$file.text")}
	if got := string(s.appendPath(nil, variant{})); got != "/test%24file.text" {
		t.Errorf("got %s", got)
	}
}

func TestS3HashOfBufferedBody(t *testing.T) {
	body := []byte("<Tagging/>")
	r := signedRequest(t, "s3", http.MethodPut, "http://b.s3.localhost/?tagging", PayloadHash(body))
	if p := verify(r, testNow, body); p != nil {
		t.Error(p)
	}
	if p := verify(r, testNow, []byte("<tagging/>")); p == nil || p.Kind != ContentSHA256Mismatch {
		t.Errorf("got %v", p)
	}
	r = signedRequest(t, "s3", http.MethodPut, "http://b.s3.localhost/?tagging", UnsignedPayload)
	if p := verify(r, testNow, []byte("anything")); p != nil {
		t.Error(p)
	}
	r, _ = chunkedRequest(t, Chunked, 1)
	if p := verify(r, testNow, nil); p == nil || p.In(FamilyS3).Code != "NotImplemented" {
		t.Errorf("got %v", p)
	}
}

// TestUnsignedPayloadIsForS3Only: elsewhere the body's own hash counts, whatever the header says.
func TestUnsignedPayloadIsForS3Only(t *testing.T) {
	r := newRequest(t, http.MethodPost, "http://localhost/", "X-Amz-Content-Sha256", UnsignedPayload)
	if err := testSigner("iam").Sign(r, UnsignedPayload, testNow); err != nil {
		t.Fatal(err)
	}
	if p := verify(r, testNow, []byte("Action=ListUsers")); p == nil || p.Kind != SignatureDoesNotMatch {
		t.Errorf("got %v", p)
	}
	s, _ := Parse(r)
	if _, p := s.VerifyStream(testSecret, testNow, nil, http.NoBody); p == nil {
		t.Error("a stream without a hash is accepted outside S3")
	}
}

func TestKeyCache(t *testing.T) {
	keys := NewKeyCache()
	r := signedRequest(t, "iam", http.MethodGet, "http://localhost/", emptyHash)
	s, _ := Parse(r)
	for range 3 {
		if p := s.Verify(testSecret, testNow, keys, nil); p != nil {
			t.Fatal(p)
		}
		if p := s.Verify(testSecret+"!", testNow, keys, nil); p == nil {
			t.Fatal("an old key is used for a new secret")
		}
	}
	scope := keyScope{testKey, "20261124", "us-east-1", "iam"}
	if a, b := keys.signingKey(HMAC, scope, testSecret), keys.signingKey(HMAC, scope, testSecret); a != b {
		t.Error("the second request derives again")
	}
	for i := range 3 * cacheSlots {
		keys.signingKey(HMAC, keyScope{testKey, "20261124", "us-east-1", strings.Repeat("s", i%40) + string(rune('a'+i%26))}, testSecret)
	}
	used := 0
	for i := range keys.slots {
		if keys.slots[i].Load() != nil {
			used++
		}
	}
	if used == 0 || used > cacheSlots {
		t.Errorf("%d slots used", used)
	}
}

func TestPostPolicy(t *testing.T) {
	policy := "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiIH0="
	key := deriveKey(HMAC, keyScope{testKey, "20261124", "us-east-1", "s3"}, testSecret)
	fields := map[string]string{"x-amz-algorithm": algorithmHMAC, "x-amz-credential": testKey + "/20261124/us-east-1/s3/aws4_request",
		"x-amz-date": "20261124T120000Z", "policy": policy, "x-amz-signature": hexMAC(key, policy)}
	parse := func(change ...string) (*Signed, *Problem) {
		return ParsePost(func(name string) string {
			if len(change) > 0 && name == change[0] {
				return change[1]
			}
			return fields[name]
		})
	}
	s, p := parse()
	if p != nil {
		t.Fatal(p)
	}
	if p := s.Verify(testSecret, testNow.Add(48*time.Hour), nil, nil); p != nil {
		t.Error(p)
	}
	for _, change := range [][]string{{"policy", policy + "A"}, {"x-amz-signature", strings.Repeat("0", 64)}, {"x-amz-date", "20261124T120001Z"}} {
		s, p := parse(change...)
		if p == nil {
			p = s.Verify(testSecret, testNow, nil, nil)
		}
		if refused := p != nil; refused != (change[0] != "x-amz-date") { // the time is a condition of the policy, not part of its signature
			t.Errorf("%v: %v", change, p)
		}
	}
	for _, test := range []struct {
		change []string
		code   string
	}{
		{[]string{"x-amz-signature", ""}, "InvalidArgument"},
		{[]string{"x-amz-algorithm", "AWS4-HMAC-SHA1"}, "InvalidRequest"},
		{[]string{"x-amz-date", "20261125T120000Z"}, "AuthorizationQueryParametersError"},
		{[]string{"x-amz-date", "now"}, "InvalidArgument"},
		{[]string{"x-amz-credential", "x"}, "AuthorizationQueryParametersError"},
	} {
		if _, p := parse(test.change...); p == nil || p.In(FamilyS3).Code != test.code {
			t.Errorf("%v: %v", test.change, p)
		}
	}
	if _, p := ParsePost(func(string) string { return "" }); p == nil || p.Kind != MissingAuthenticationToken {
		t.Errorf("got %v", p)
	}
}
