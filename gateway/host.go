package gateway

import (
	"net/netip"
	"strings"
)

// path is the request's path as routing and decoding see it, still escaped: a bucket in the host's name is its first segment. The signature
// covers the path as it was sent. Amazon S3 User Guide: "Virtual hosting of general purpose buckets".
func (x *exchange) path() string {
	sent := x.r.URL.EscapedPath()
	switch {
	case x.bucket == "":
		return sent
	case sent == "" || sent == "/":
		return "/" + x.bucket
	}
	return "/" + x.bucket + sent
}

// bucketOf is the bucket that a host names before ".s3." or before one of the server's own names, "" when there is none.
func bucketOf(host string, names []string) string {
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return ""
	}
	if i := strings.LastIndex(host, ".s3."); i > 0 {
		return host[:i]
	}
	for _, name := range names {
		bucket, ok := strings.CutSuffix(host, "."+name)
		if ok && bucket != "s3" && !strings.HasPrefix(bucket, "s3.") {
			return bucket
		}
	}
	return ""
}

// controlPath begins the paths of S3 Control, whose hosts name an account and no bucket.
const controlPath = "/v20180820/"
