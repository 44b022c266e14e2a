package sigv4

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"io"
	"strconv"
	"time"
)

// emptyHash is the SHA-256 of nothing.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// Verify proves that the request was signed with the secret, at a time close to now, with exactly this body. It is for
// services whose request bodies are read whole. The body of an S3 request in aws-chunked encoding is refused: that is
// [Signed.VerifyStream]'s. keys may be nil.
func (s *Signed) Verify(secret SecretKey, now time.Time, keys *KeyCache, body []byte) *Problem {
	if p := s.checkTime(now); p != nil {
		return p
	}
	if !s.IsS3() {
		sum := sha256.Sum256(body)
		_, p := s.verifySignature(secret, keys, hex.EncodeToString(sum[:]))
		return p
	}
	if s.Payload.chunked() {
		return &Problem{Kind: InvalidContentSHA256, s3: answerS3{"NotImplemented", 501, "A header you provided implies functionality that is not implemented."}}
	}
	if _, p := s.verifySignature(secret, keys, s.payloadHash()); p != nil {
		return p
	}
	if s.Payload == Hashed {
		return s.checkContent(sha256.Sum256(body))
	}
	return nil
}

// VerifyStream proves that an S3 request was signed with the secret at a time close to now, and returns its payload, which is
// verified and decoded while it is read: until Read has answered io.EOF, nothing of it is proved, and nothing read may be kept.
func (s *Signed) VerifyStream(secret SecretKey, now time.Time, keys *KeyCache, body io.ReadCloser) (*Body, *Problem) {
	if !s.IsS3() {
		return nil, s.wrongService("s3")
	}
	if p := s.checkTime(now); p != nil {
		return nil, p
	}
	key, p := s.verifySignature(secret, keys, s.payloadHash())
	if p != nil {
		return nil, p
	}
	return s.newBody(key, body)
}

// payloadHash is the last line of an S3 request's canonical request.
func (s *Signed) payloadHash() string {
	if s.Payload == Hashed {
		return s.ContentSHA256
	}
	return s.Payload.String()
}

// verifySignature compares the signature with those of the allowed variants in turn. Nearly always the first decides.
func (s *Signed) verifySignature(secret SecretKey, keys *KeyCache, payloadHash string) (*signingKey, *Problem) {
	key := keys.signingKey(s.Algorithm, keyScope{s.AccessKeyID, s.Date, s.Region, s.Service}, secret)
	if s.Form == Post {
		if s.signatureIs(key, []byte(s.policy), s.signature) {
			return key, nil
		}
		return nil, &Problem{Kind: SignatureDoesNotMatch}
	}
	var canonical, toSign []byte
	var space [1536]byte
	for i := range 4 {
		v := variant{noToken: i&1 != 0, plainPath: i&2 != 0}
		if !s.allows(v) {
			continue
		}
		b := s.appendCanonicalRequest(space[:0], payloadHash, v)
		sts := s.appendStringToSign(make([]byte, 0, 192), b)
		if s.signatureIs(key, sts, s.signature) {
			return key, nil
		}
		if i == 0 {
			canonical, toSign = append(canonical, b...), sts
		}
	}
	return nil, &Problem{Kind: SignatureDoesNotMatch, canonical: string(canonical), stringToSign: string(toSign), members: []Member{
		{"AWSAccessKeyId", s.AccessKeyID}, {"StringToSign", string(toSign)}, {"SignatureProvided", s.signature}, {"CanonicalRequest", string(canonical)}}}
}

// allows reports whether the reading could differ from the usual one for this request, and its service admits it.
func (s *Signed) allows(v variant) bool {
	if v.noToken && (s.IsS3() || s.Form != Query || s.SessionToken == "") {
		return false
	}
	return !v.plainPath || !s.IsS3() && !isNormal(wirePath(s.r.URL))
}

func (s *Signed) appendStringToSign(b, canonical []byte) []byte {
	b = append(b, s.Algorithm.String()...)
	b = s.appendTimeAndScope(b)
	sum := sha256.Sum256(canonical)
	return hex.AppendEncode(b, sum[:])
}

func (s *Signed) appendTimeAndScope(b []byte) []byte {
	b = append(b, '\n')
	b = append(b, s.timestamp...)
	b = append(b, '\n')
	b = s.appendScope(b)
	return append(b, '\n')
}

// signatureIs reports whether the hexadecimal signature is that of the message, in constant time.
func (s *Signed) signatureIs(key *signingKey, message []byte, signature string) bool {
	if s.Algorithm == HMAC {
		sum := mac(key.hmac[:], message)
		var want [2 * sha256.Size]byte
		hex.Encode(want[:], sum[:])
		return subtle.ConstantTimeCompare(want[:], []byte(signature)) == 1
	}
	der, err := hex.DecodeString(signature)
	if err != nil || key.ecdsa == nil {
		return false
	}
	sum := sha256.Sum256(message)
	return ecdsa.VerifyASN1(key.ecdsa, sum[:], der)
}

// checkTime refuses requests outside of their window. See the package's comment on differences.
func (s *Signed) checkTime(now time.Time) *Problem {
	now = now.UTC()
	earliest, latest := now.Add(-skew), now.Add(skew)
	if s.Form == Post {
		return nil // the policy has its own expiry
	}
	if s.Time.After(latest) {
		p := &Problem{Kind: RequestTooSkewed, text: "Signature not yet current: " + s.timestamp + " is still later than " +
			latest.Format(timeFormat) + " (" + now.Format(timeFormat) + " + 15 min.)"}
		if s.Form == Query {
			p.Kind = RequestNotYetValid
			p.members = []Member{{"X-Amz-Date", strconv.FormatInt(s.Time.UnixMilli(), 10)}, {"Expires", s.expiry().Format(time.RFC3339)}, {"ServerTime", now.Format(time.RFC3339)}}
		}
		return p
	}
	if s.Form == Query && s.Service != "sts" {
		if now.After(s.expiry()) {
			return &Problem{Kind: RequestExpired, text: "Signature expired: " + s.timestamp + " is now earlier than " + now.Add(-s.Expires).Format(timeFormat) +
				" (" + now.Format(timeFormat) + " - " + strconv.Itoa(int(s.Expires/time.Minute)) + " min.)",
				members: []Member{{"X-Amz-Expires", strconv.Itoa(int(s.Expires / time.Second))}, {"Expires", s.expiry().Format(time.RFC3339)}, {"ServerTime", now.Format(time.RFC3339)}}}
		}
		return nil
	}
	if s.Time.Before(earliest) {
		return &Problem{Kind: RequestTooSkewed, text: "Signature expired: " + s.timestamp + " is now earlier than " +
			earliest.Format(timeFormat) + " (" + now.Format(timeFormat) + " - 15 min.)",
			members: []Member{{"RequestTime", s.timestamp}, {"ServerTime", now.Format(time.RFC3339)}, {"MaxAllowedSkewMilliseconds", strconv.Itoa(int(skew / time.Millisecond))}}}
	}
	return nil
}

func (s *Signed) expiry() time.Time { return s.Time.Add(s.Expires) }
