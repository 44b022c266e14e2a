package sigv4

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// authParameters are the query parameters of a presigned request.
type authParameters struct {
	algorithm, credential, date, expires, signedHeaders, signature, token, contentSHA256, regionSet string

	found bool // any of them
	sigV2 bool // parameters of Signature Version 2
}

// parseQuery reads a presigned request, or finds that there is no signature at all.
func parseQuery(r *http.Request) (*Signed, *Problem) {
	q, problem := readAuthParameters(r.URL.RawQuery)
	if problem != nil {
		return nil, problem
	}
	if !q.found {
		if q.sigV2 {
			return nil, &Problem{Kind: UnsupportedMechanism}
		}
		return nil, &Problem{Kind: MissingAuthenticationToken}
	}
	if p := q.missing(); p != nil {
		return nil, p
	}
	algorithm, ok := algorithmOf(q.algorithm)
	if !ok {
		return nil, malformed("Unsupported AWS 'algorithm': '"+q.algorithm+"'.", queryError, `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"`)
	}
	s := &Signed{Algorithm: algorithm, Form: Query, SessionToken: q.token, RegionSet: q.regionSet, claim: q.contentSHA256, r: r}
	if s.SessionToken == "" {
		s.SessionToken = r.Header.Get("X-Amz-Security-Token")
	}
	if p := s.setCredential(q.credential); p != nil {
		return nil, p
	}
	t, err := time.Parse(timeFormat, q.date)
	if err != nil {
		return nil, malformed(dateText(q.date), queryError, `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
	}
	s.Time, s.timestamp = t, q.date
	if p := s.setExpires(q.expires); p != nil {
		return nil, p
	}
	if p := s.finish(components{signedHeaders: q.signedHeaders, signature: q.signature}); p != nil {
		return nil, p
	}
	return s, nil
}

const queryError = "AuthorizationQueryParametersError"

func readAuthParameters(rawQuery string) (q authParameters, p *Problem) {
	rest := rawQuery
	for n := 0; rest != ""; n++ {
		if n == maxQueryPairs {
			return q, malformed("The request has too many query parameters.", queryError, "The request has too many query parameters.")
		}
		var pair string
		pair, rest, _ = strings.Cut(rest, "&")
		key, value, _ := strings.Cut(pair, "=")
		if strings.IndexByte(key, '%') >= 0 {
			key = canonicalEscapes(key)
		}
		var field *string
		switch key {
		case "X-Amz-Algorithm":
			field = &q.algorithm
		case "X-Amz-Credential":
			field = &q.credential
		case "X-Amz-Date":
			field = &q.date
		case "X-Amz-Expires":
			field = &q.expires
		case "X-Amz-SignedHeaders":
			field = &q.signedHeaders
		case "X-Amz-Signature":
			field = &q.signature
		case "X-Amz-Security-Token":
			field = &q.token
		case "X-Amz-Content-Sha256":
			field = &q.contentSHA256
		case "X-Amz-Region-Set":
			field = &q.regionSet
		case "AWSAccessKeyId":
			q.sigV2 = true
			continue
		default:
			continue
		}
		decoded, err := url.PathUnescape(value) // '+' is not a space
		if err != nil || *field != "" {
			return q, malformed("The query-string parameter '"+key+"' is malformed or repeated. Re-examine the query-string parameters.",
				queryError, "The query parameter "+key+" is malformed or repeated.")
		}
		*field = decoded
	}
	q.found = q.algorithm != "" || q.credential != "" || q.signature != ""
	return q, nil
}

// missing names the absent parameters in AWS's order.
func (q *authParameters) missing() *Problem {
	var b strings.Builder
	for _, p := range [...]struct{ name, value string }{{"Algorithm", q.algorithm}, {"Credential", q.credential}, {"Signature", q.signature},
		{"SignedHeaders", q.signedHeaders}, {"Date", q.date}} {
		if p.value == "" {
			b.WriteString("AWS query-string parameters must include 'X-Amz-" + p.name + "'. ")
		}
	}
	s3 := strings.Contains(q.credential, "/s3/")
	if b.Len() == 0 && (q.expires != "" || !s3) {
		return nil
	}
	b.WriteString("Re-examine the query-string parameters.")
	return malformed(b.String(), queryError, "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
}

// setExpires reads X-Amz-Expires in seconds. Outside S3 it may be absent.
func (s *Signed) setExpires(value string) *Problem {
	if value == "" {
		s.Expires = skew
		return nil
	}
	const week = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
	seconds, err := strconv.ParseInt(value, 10, 64)
	text := ""
	switch {
	case err != nil && strings.Trim(value, "0123456789") == "":
		text = week
	case err != nil:
		text = "X-Amz-Expires should be a number"
	case seconds < 0:
		text = "X-Amz-Expires must be non-negative"
	case seconds > int64(maxExpires/time.Second):
		text = week
	default:
		s.Expires = time.Duration(seconds) * time.Second
		return nil
	}
	return malformed(text, queryError, text)
}
