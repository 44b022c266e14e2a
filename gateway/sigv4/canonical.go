package sigv4

import (
	"cmp"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// variant selects among the readings of the specification that clients differ in. The zero variant is what almost all send.
type variant struct {
	plainPath bool // the path was not normalised before it was signed
	noToken   bool // X-Amz-Security-Token was added to the query after it was signed
}

// appendCanonicalRequest appends the canonical request of IAM User Guide "Create a signed AWS API request", step 1.
func (s *Signed) appendCanonicalRequest(b []byte, payloadHash string, v variant) []byte {
	if s.r.Method == "" { // net/http's client form
		b = append(b, http.MethodGet...)
	} else {
		b = append(b, s.r.Method...)
	}
	b = append(b, '\n')
	b = s.appendPath(b, v)
	b = append(b, '\n')
	b = s.appendQuery(b, v)
	b = append(b, '\n')
	for name, rest, more := "", s.SignedHeaders, true; more; {
		name, rest, more = strings.Cut(rest, ";")
		b = append(b, name...)
		b = append(b, ':')
		b = appendHeader(b, s.r, name)
		b = append(b, '\n')
	}
	b = append(b, '\n')
	b = append(b, s.SignedHeaders...)
	b = append(b, '\n')
	return append(b, payloadHash...)
}

// appendPath appends the canonical URI. S3 takes the path as it is, with each byte percent-encoded at most once; everybody else
// removes dot segments and empty segments and encodes what stood on the wire, and so a percent sign, again.
func (s *Signed) appendPath(b []byte, v variant) []byte {
	path := wirePath(s.r.URL)
	if s.IsS3() {
		return appendCanonicalEscapes(b, path, true)
	}
	if !v.plainPath && !isNormal(path) {
		path = normalize(path)
	}
	return appendEscaped(b, path, true)
}

// wirePath is the path as sent. RawPath is set exactly when the usual encoding of Path would differ from what was sent.
func wirePath(u *url.URL) string {
	path := u.RawPath
	if path == "" {
		path = u.EscapedPath()
	}
	if path == "" {
		return "/"
	}
	return path
}

func isNormal(path string) bool {
	return !strings.Contains(path, "//") && !strings.Contains(path, "/.")
}

// normalize removes empty segments, "." and "..", and keeps one trailing slash.
func normalize(path string) string {
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
		}
	}
	if len(kept) == 0 {
		return "/"
	}
	normal := "/" + strings.Join(kept, "/")
	if strings.HasSuffix(path, "/") {
		normal += "/"
	}
	return normal
}

type queryPair struct{ key, value string }

// appendQuery appends the canonical query string: encoded pairs sorted by key, then value.
func (s *Signed) appendQuery(b []byte, v variant) []byte {
	if s.r.URL.RawQuery == "" {
		return b
	}
	var few [16]queryPair
	pairs := few[:0]
	rest, pair := s.r.URL.RawQuery, ""
	for rest != "" {
		pair, rest, _ = strings.Cut(rest, "&")
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		key = canonicalEscapes(key)
		if s.Form == Query && (key == "X-Amz-Signature" || v.noToken && key == "X-Amz-Security-Token") {
			continue
		}
		pairs = append(pairs, queryPair{key, canonicalEscapes(value)})
	}
	slices.SortFunc(pairs, func(a, b queryPair) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.value, b.value))
	})
	for i, p := range pairs {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(b, p.key...)
		b = append(b, '=')
		b = append(b, p.value...)
	}
	return b
}

// appendHeader appends the values of a header, trimmed and joined by commas.
func appendHeader(b []byte, r *http.Request, name string) []byte {
	if name == "host" {
		if r.Host == "" {
			return appendTrimmed(b, r.URL.Host)
		}
		return appendTrimmed(b, r.Host)
	}
	values := r.Header[headerKey(name)]
	switch {
	case len(values) > 0:
	case name == "content-length" && r.ContentLength >= 0:
		return strconv.AppendInt(b, r.ContentLength, 10)
	case name == "transfer-encoding": // net/http takes it out of the header
		values = r.TransferEncoding
	}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendTrimmed(b, v)
	}
	return b
}

// headerKey is textproto.CanonicalMIMEHeaderKey without its allocation for the names of every request.
func headerKey(name string) string {
	switch name {
	case "content-type":
		return "Content-Type"
	case "content-length":
		return "Content-Length"
	case "x-amz-date":
		return "X-Amz-Date"
	case "x-amz-target":
		return "X-Amz-Target"
	case "x-amz-content-sha256":
		return "X-Amz-Content-Sha256"
	case "x-amz-security-token":
		return "X-Amz-Security-Token"
	case "amz-sdk-invocation-id":
		return "Amz-Sdk-Invocation-Id"
	case "amz-sdk-request":
		return "Amz-Sdk-Request"
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// appendTrimmed appends a header value without white space around it and with single spaces inside.
func appendTrimmed(b []byte, v string) []byte {
	v = strings.Trim(v, " \t")
	for {
		i := strings.Index(v, "  ")
		if i < 0 {
			return append(b, v...)
		}
		b = append(b, v[:i+1]...)
		v = strings.TrimLeft(v[i:], " ")
	}
}
