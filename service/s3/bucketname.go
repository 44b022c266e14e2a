package s3

import (
	"net/netip"
	"strings"

	"vauban/api/wire"
)

// checkBucketName refuses what cannot be a bucket's name. Amazon S3 User Guide: "General purpose bucket naming rules".
func checkBucketName(name string) *wire.Error {
	if validBucketName(name) {
		return nil
	}
	return errInvalidBucketName.New("The specified bucket is not valid.").With("BucketName", name)
}

// addressPath is the first part of the paths of function URLs: unsigned, an object of such a bucket could not be reached in path style. See gateway/web.go.
const addressPath = "lambda-url"

func validBucketName(name string) bool {
	if len(name) < 3 || len(name) > 63 || !isAlphanumeric(name[0]) || !isAlphanumeric(name[len(name)-1]) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !isAlphanumeric(c) && c != '-' && (c != '.' || name[i+1] == '.') {
			return false
		}
	}
	if name == addressPath {
		return false
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"} {
		if strings.HasSuffix(name, suffix) {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
