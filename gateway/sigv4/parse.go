package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Parse reads what a request claims, without proving anything. A request without a signature gives a Problem of kind
// [MissingAuthenticationToken]. The request's method, URL, Host and headers must stay as they are until it is verified.
func Parse(r *http.Request) (*Signed, *Problem) {
	auth, present := r.Header["Authorization"]
	if !present || len(auth) == 0 {
		return parseQuery(r)
	}
	if len(auth) > 1 || strings.Contains(r.URL.RawQuery, "X-Amz-Signature=") {
		return nil, &Problem{Kind: MultipleMechanisms, members: []Member{{"ArgumentName", "Authorization"}}}
	}
	return parseHeader(r, auth[0])
}

// components are the parts of a signature, wherever they stood.
type components struct {
	credential, signedHeaders, signature string
}

func parseHeader(r *http.Request, header string) (*Signed, *Problem) {
	if len(header) > maxAuthorization {
		return nil, &Problem{Kind: IncompleteSignature}
	}
	scheme, rest, _ := strings.Cut(header, " ")
	c, problem := splitAuthorization(header, rest)
	algorithm, supported := algorithmOf(scheme)
	if !supported {
		return nil, unsupportedHeader(r, header, scheme, c, problem)
	}
	if problem != nil {
		return nil, problem
	}
	if c.credential == "" || c.signature == "" || c.signedHeaders == "" || len(dateHeader(r.Header)) == 0 {
		return nil, missingComponents(r, header, c)
	}
	s := &Signed{Algorithm: algorithm, Form: Header, SessionToken: r.Header.Get("X-Amz-Security-Token"), r: r}
	if p := s.setCredential(c.credential); p != nil {
		return nil, p
	}
	if p := s.setTime(r.Header); p != nil {
		return nil, p
	}
	if algorithm == ECDSA {
		s.RegionSet = r.Header.Get("X-Amz-Region-Set")
	}
	if p := s.finish(c); p != nil {
		return nil, p
	}
	return s, nil
}

// splitAuthorization splits "k=v, k=v". AWS takes commas and spaces alike as separators.
func splitAuthorization(header, rest string) (c components, p *Problem) {
	for rest != "" {
		i := strings.IndexAny(rest, ", ")
		part := rest
		if i >= 0 {
			part, rest = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		if part == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return c, malformed("Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '"+digest(part)+"'.",
				"AuthorizationHeaderMalformed", `The authorization header is malformed; the authorization component "`+part+`" is malformed.`)
		}
		var field *string
		switch key {
		case "Credential":
			field = &c.credential
		case "SignedHeaders":
			field = &c.signedHeaders
		case "Signature":
			field = &c.signature
		default:
			continue
		}
		if *field != "" {
			return c, malformed("Authorization header has more than one '"+key+"' parameter.",
				"AuthorizationHeaderMalformed", `The authorization header is malformed; the authorization component "`+part+`" is malformed.`)
		}
		*field = value
	}
	return c, nil
}

func algorithmOf(name string) (Algorithm, bool) {
	switch name {
	case algorithmHMAC:
		return HMAC, true
	case algorithmECDSA:
		return ECDSA, true
	}
	return 0, false
}

// unsupportedHeader words the refusal of a foreign Authorization header: AWS complains of the parts that it misses, S3 of the mechanism.
func unsupportedHeader(r *http.Request, header, scheme string, c components, p *Problem) *Problem {
	if p == nil {
		if p = missingComponents(r, header, c); c.credential != "" && c.signature != "" && c.signedHeaders != "" {
			p.text = "Unsupported AWS 'algorithm': '" + scheme + "'."
		}
	}
	p.Kind = UnsupportedMechanism
	if p.s3 = (answerS3{}); scheme != "AWS" && !strings.HasPrefix(scheme, "AWS4-") {
		p.s3 = answerS3{"InvalidArgument", 400, "Unsupported Authorization Type"}
		p.members = []Member{{"ArgumentName", "Authorization"}}
	}
	return p
}

// missingComponents names everything that a header lacks. The header itself is answered as a digest: it may be a secret of another scheme.
func missingComponents(r *http.Request, header string, c components) *Problem {
	var b strings.Builder
	for _, part := range [...]struct{ name, value string }{{"Credential", c.credential}, {"Signature", c.signature}, {"SignedHeaders", c.signedHeaders}} {
		if part.value == "" {
			b.WriteString("Authorization header requires '" + part.name + "' parameter. ")
		}
	}
	complete := b.Len() == 0
	if len(dateHeader(r.Header)) == 0 {
		b.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	b.WriteString("(Hashed with SHA-256 and encoded with Base64) Authorization=" + digest(header))
	p := malformed(b.String(), "AuthorizationHeaderMalformed",
		"The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature.")
	if complete {
		p.s3 = answerS3{"AccessDenied", 403, textNoDateS3}
	}
	return p
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// timeFormat is ISO 8601's basic format, in UTC.
const timeFormat = "20060102T150405Z"

// setTime reads X-Amz-Date, or the Date header in its absence.
func (s *Signed) setTime(h http.Header) *Problem {
	values := dateHeader(h)
	if len(values) == 1 {
		if t, err := time.Parse(timeFormat, values[0]); err == nil {
			s.Time, s.timestamp = t, values[0]
			return nil
		}
		if t, err := http.ParseTime(values[0]); err == nil {
			s.Time, s.timestamp = t.UTC(), t.UTC().Format(timeFormat)
			return nil
		}
	}
	return &Problem{Kind: IncompleteSignature, text: dateText(values[0]), s3: answerS3{"AccessDenied", 403, textNoDateS3}}
}

func dateHeader(h http.Header) []string {
	if v := h["X-Amz-Date"]; len(v) > 0 {
		return v
	}
	return h["Date"]
}

const textNoDateS3 = "AWS authentication requires a valid Date or x-amz-date header"

func dateText(got string) string {
	return "Date must be in ISO-8601 'basic format'. Got '" + got + "'. See http://en.wikipedia.org/wiki/ISO_8601"
}

// finish checks what both forms have in common once credential and time are known.
func (s *Signed) finish(c components) *Problem {
	if s.Date != s.timestamp[:8] {
		return s.wrongDate()
	}
	if p := s.setSignedHeaders(c.signedHeaders); p != nil {
		return p
	}
	if len(c.signature) > maxSignature {
		return &Problem{Kind: SignatureDoesNotMatch}
	}
	s.signature = c.signature
	if p := s.checkSigned(); p != nil {
		return p
	}
	return s.setPayload()
}

// setSignedHeaders accepts names in lower case, sorted and without repetition: any other list cannot be what the client signed.
func (s *Signed) setSignedHeaders(list string) *Problem {
	last, name, rest, more := "", "", list, true
	for n := 0; more; n++ {
		name, rest, more = strings.Cut(rest, ";")
		if n == maxSignedHeaders || name <= last || !isHeaderName(name) {
			return &Problem{Kind: SignatureDoesNotMatch}
		}
		last = name
	}
	s.SignedHeaders = list
	return nil
}

func isHeaderName(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == ':' || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return s != ""
}

// checkSigned refuses a signature that leaves out Host or anything that would change what AWS does.
func (s *Signed) checkSigned() *Problem {
	if !s.Signs("host") {
		return s.notSigned("Host", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	var unsigned []string
	for name := range s.r.Header {
		if s.mustBeSigned(name) && !s.Signs(name) {
			unsigned = append(unsigned, name)
		}
	}
	if unsigned == nil {
		return nil
	}
	slices.Sort(unsigned)
	return s.notSigned(strings.Join(unsigned, ", "), "'"+unsigned[0]+"' must be a 'SignedHeader' in the AWS Authorization.")
}

func (s *Signed) mustBeSigned(name string) bool {
	switch {
	case name == "X-Amz-Security-Token":
		return s.IsS3()
	case name == "Date":
		return s.Form == Header && s.r.Header["X-Amz-Date"] == nil
	}
	return len(name) > 6 && strings.EqualFold(name[:6], "X-Amz-")
}

func (s *Signed) notSigned(name, text string) *Problem {
	return &Problem{Kind: HeadersNotSigned, text: text, members: []Member{{"HeadersNotSigned", strings.ToLower(name)}}}
}
