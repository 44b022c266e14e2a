package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vauban/access"
	"vauban/engine/policy"
	"vauban/gateway"
	"vauban/gateway/sigv4"
	"vauban/seal"
	"vauban/service"
	"vauban/store/sqlite"
)

// The refusals in the words of each family.
var (
	mismatch = perFamily{"query": "SignatureDoesNotMatch", "ec2": "AuthFailure", "json": "InvalidSignatureException", "s3": "SignatureDoesNotMatch"}
	late     = perFamily{"query": "SignatureDoesNotMatch", "ec2": "RequestExpired", "json": "InvalidSignatureException", "s3": "RequestTimeTooSkewed"}
	unknown  = perFamily{"query": "InvalidClientTokenId", "ec2": "AuthFailure", "json": "UnrecognizedClientException", "s3": "InvalidAccessKeyId"}
	noToken  = perFamily{"query": "InvalidClientTokenId", "ec2": "AuthFailure", "json": "UnrecognizedClientException", "s3": "InvalidToken"}
	expired  = perFamily{"query": "ExpiredToken", "ec2": "RequestExpired", "json": "ExpiredTokenException", "s3": "ExpiredToken"}
	scope    = perFamily{"query": "SignatureDoesNotMatch", "ec2": "AuthFailure", "json": "InvalidSignatureException", "s3": "AuthorizationHeaderMalformed"}
	unsigned = perFamily{"query": "MissingAuthenticationToken", "ec2": "MissingAuthenticationToken", "json": "MissingAuthenticationTokenException", "s3": "?"}
	twice    = perFamily{"query": "IncompleteSignature", "ec2": "AuthFailure", "json": "IncompleteSignatureException", "s3": "InvalidArgument"}
)

// forgery makes a request that proves nothing; nil where the kind has no such request.
type forgery struct {
	what string
	make func(t *testing.T, h *house, k *kind) *http.Request
	want perFamily
}

func changed(change func(r *http.Request)) func(*testing.T, *house, *kind) *http.Request {
	return func(t *testing.T, h *house, k *kind) *http.Request {
		r := h.signedBy(t, k.request(ask{}), k.signer())
		change(r)
		return r
	}
}

func signedAs(change func(s *sigv4.Signer)) func(*testing.T, *house, *kind) *http.Request {
	return func(t *testing.T, h *house, k *kind) *http.Request {
		s := k.signer()
		change(s)
		return h.signedBy(t, k.request(ask{}), s)
	}
}

func replaceAuth(old, new string) func(*testing.T, *house, *kind) *http.Request {
	return changed(func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
	})
}

func forgeries() []forgery {
	cut := func(n int) func(*testing.T, *house, *kind) *http.Request {
		return changed(func(r *http.Request) {
			a := r.Header.Get("Authorization")
			r.Header.Set("Authorization", a[:len(a)-n])
		})
	}
	return []forgery{
		{"a signature of zeros", changed(func(r *http.Request) {
			a := r.Header.Get("Authorization")
			r.Header.Set("Authorization", a[:len(a)-64]+strings.Repeat("0", 64))
		}), mismatch},
		{"half a signature", cut(32), mismatch},
		{"a signature without its last digit", cut(1), mismatch},
		{"another body", changed(func(r *http.Request) { setBody(r, []byte("Action=Cook&Name=stew")) }),
			perFamily{"query": "SignatureDoesNotMatch", "ec2": "?", "json": "InvalidSignatureException", "s3": "XAmzContentSHA256Mismatch"}},
		{"another host", changed(func(r *http.Request) { r.Host = "elsewhere.test" }), mismatch},
		{"another query", changed(func(r *http.Request) { r.URL.RawQuery = "x=1" }), mismatch},
		{"a header added", changed(func(r *http.Request) { r.Header.Set("X-Amz-Note", "free") }),
			perFamily{"query": "SignatureDoesNotMatch", "ec2": "AuthFailure", "json": "InvalidSignatureException", "s3": "AccessDenied"}},
		{"sixteen minutes late", changed(func(*http.Request) {}), late},
		{"sixteen minutes early", changed(func(*http.Request) {}), late},
		{"somebody else's secret", signedAs(func(s *sigv4.Signer) { s.Secret = "other" }), mismatch},
		{"another's name in the credential", replaceAuth("TESTROOT", "TESTSOME"), mismatch},
		{"an unknown key", signedAs(func(s *sigv4.Signer) { s.AccessKeyID = "AKIATESTTESTTESTNOBODY" }), unknown},
		{"a key that is not active", signedAs(func(s *sigv4.Signer) { s.AccessKeyID, s.Secret = "AKIATESTTESTTESTIDLE", secretOf("idle") }), unknown},
		{"another region", signedAs(func(s *sigv4.Signer) { s.Region = "mars-north-1" }), scope},
		{"another date in the scope", replaceAuth("/2", "/1"), scope},
		{"another end of the scope", replaceAuth("aws4_request", "aws5_request"), nil},
		{"no signature", func(_ *testing.T, _ *house, k *kind) *http.Request { return k.request(ask{}) }, unsigned},
		{"two Authorization headers", changed(func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }), twice},
		{"signed in header and query", func(t *testing.T, h *house, k *kind) *http.Request {
			r := h.presignedBy(t, k.request(ask{}), k.signer())
			return h.signedBy(t, r, k.signer())
		}, twice},
		{"a presigned request of a quarter of an hour ago", func(t *testing.T, h *house, k *kind) *http.Request {
			return h.presignedBy(t, k.request(ask{}), k.signer())
		}, perFamily{"query": "SignatureDoesNotMatch", "ec2": "RequestExpired", "json": "InvalidSignatureException", "s3": "AccessDenied"}},
	}
}

func TestForgeries(t *testing.T) {
	all := kinds()
	for _, f := range forgeries() {
		t.Run(f.what, func(t *testing.T) {
			h := newHouse(t, gateway.Limits{}, servicesOf(all)...)
			for _, k := range all {
				r, now := f.make(t, h, k), h.now
				switch {
				case strings.HasSuffix(f.what, "late"), strings.HasSuffix(f.what, "ago"):
					h.now = now.Add(15*time.Minute + time.Second)
				case strings.HasSuffix(f.what, "early"):
					h.now = now.Add(-15*time.Minute - time.Second)
				}
				o := h.do(r)
				h.now = now
				if o.status < 400 || o.status >= 500 || o.changes != 0 || o.events != 0 {
					t.Errorf("%s: answered %d %s, stored %d, recorded %d", k.name, o.status, o.w.Body, o.changes, o.events)
				}
				if want := f.want.of(k); want != "" && want != "?" && o.code != want {
					t.Errorf("%s: code %s, want %s: %s", k.name, o.code, want, o.w.Body)
				}
				if err := readable(o.w, r.Method); err != nil {
					t.Errorf("%s: %v: %q", k.name, err, o.w.Body)
				}
			}
		})
	}
}

// sessionOf seals temporary credentials of the user root.
func (h *house) sessionOf(t *testing.T, ring access.Sealer, change func(*access.Credentials)) *sigv4.Signer {
	t.Helper()
	user := "arn:aws:iam::111122223333:user/root"
	c := &access.Credentials{AccessKeyID: "ASIATESTTESTTESTROOT", Secret: "temporary", Caller: service.Caller{
		Kind: policy.User, Account: "111122223333", ARN: user, UserID: "AIDAroot", Name: "root",
		Session: &service.Session{Kind: service.GetSessionToken, Issuer: service.Issuer{Kind: policy.User, ARN: user, ID: "AIDAroot", Name: "root", Account: "111122223333"},
			IssuedAt: h.now.Add(-time.Minute), ExpiresAt: h.now.Add(time.Hour)},
	}}
	if change != nil {
		change(c)
	}
	token, err := access.SealSession(ring, c)
	if err != nil {
		t.Fatal(err)
	}
	return &sigv4.Signer{AccessKeyID: c.AccessKeyID, Secret: sigv4.SecretKey(c.Secret), SessionToken: token, Region: "us-east-1"}
}

func TestSessionTokens(t *testing.T) {
	all := kinds()
	h := newHouse(t, gateway.Limits{Unproven: 1e6}, servicesOf(all)...)
	elsewhere, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	foreignRing, err := seal.Open(t.Context(), seal.Ephemeral{}, seal.Keep(elsewhere), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	whole := h.sessionOf(t, h.ring, nil)
	with := func(change func(s *sigv4.Signer)) *sigv4.Signer {
		s := *whole
		change(&s)
		return &s
	}
	message, err := access.SealMessage(h.ring, access.Message{Account: "111122223333", Authz: []byte(`{"k":"ASIATESTTESTTESTROOT"}`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what   string
		signer *sigv4.Signer
		want   perFamily
	}{
		{"whole", whole, perFamily{}},
		{"expired this second", h.sessionOf(t, h.ring, func(c *access.Credentials) { c.Caller.Session.ExpiresAt = h.now }), expired},
		{"expired long ago", h.sessionOf(t, h.ring, func(c *access.Credentials) { c.Caller.Session.ExpiresAt = h.now.Add(-1000 * time.Hour) }), expired},
		{"of another server", h.sessionOf(t, foreignRing, nil), noToken},
		{"tampered at its end", with(func(s *sigv4.Signer) { s.SessionToken = flip(s.SessionToken, len(s.SessionToken)-2) }), noToken},
		{"tampered at its start", with(func(s *sigv4.Signer) { s.SessionToken = flip(s.SessionToken, 0) }), noToken},
		{"tampered in the middle", with(func(s *sigv4.Signer) { s.SessionToken = flip(s.SessionToken, len(s.SessionToken)/2) }), noToken},
		{"truncated", with(func(s *sigv4.Signer) { s.SessionToken = s.SessionToken[:len(s.SessionToken)/2] }), noToken},
		{"far too long", with(func(s *sigv4.Signer) { s.SessionToken = strings.Repeat("A", 60_000) }), noToken},
		{"a sealed message instead", with(func(s *sigv4.Signer) { s.SessionToken = message }), noToken},
		{"missing", with(func(s *sigv4.Signer) { s.SessionToken = "" }), noToken},
		{"with another key ID", with(func(s *sigv4.Signer) { s.AccessKeyID = "ASIATESTTESTTESTSOME" }), noToken},
		{"with a long-term key", with(func(s *sigv4.Signer) { s.AccessKeyID, s.Secret = "AKIATESTTESTTESTROOT", "secret" }), noToken},
		{"with another secret", with(func(s *sigv4.Signer) { s.Secret = "other" }), mismatch},
		{"of a principal that is gone", h.sessionOf(t, h.ring, func(c *access.Credentials) { c.Caller.Session.Issuer.ID = "AIDAgone" }), noToken},
	} {
		t.Run(c.what, func(t *testing.T) {
			for _, k := range all {
				s := *c.signer
				s.Service = k.name
				for form, r := range map[string]*http.Request{
					"header": h.signedBy(t, k.request(ask{}), &s), "query": h.presignedBy(t, k.request(ask{}), &s),
				} {
					o := h.do(r)
					if want := c.want.of(k); o.code != want {
						t.Errorf("%s, %s: %d %s, want %q: %s", k.name, form, o.status, o.code, want, o.w.Body)
					}
					if proves := c.what == "whole"; proves != (o.events == 1 && o.changes > 0) || !proves && o.events+o.changes > 0 {
						t.Errorf("%s, %s: stored %d, recorded %d", k.name, form, o.changes, o.events)
					}
				}
			}
		})
	}
}

// flip changes one character of a token.
func flip(token string, at int) string {
	c := byte('A')
	if token[at] == c {
		c = 'B'
	}
	return token[:at] + string(c) + token[at+1:]
}
