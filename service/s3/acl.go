package s3

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	api "vauban/api/s3"
	"vauban/api/wire"
)

// canonicalID is an account's canonical user ID: 64 hexadecimal digits, the same for ever.
func canonicalID(account string) string {
	sum := sha256.Sum256([]byte("canonical user " + account))
	return hex.EncodeToString(sum[:])
}

func aclNotSupported() *wire.Error {
	return errAccessControl.New("The bucket does not allow ACLs")
}

func errInvalidBucketACL() *wire.Error {
	return wire.Code("InvalidBucketAclWithObjectOwnership", 400).New("Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
}

// checkACL takes the canned lists that mean the same where the bucket's owner owns all. Amazon S3 User Guide: "Controlling ownership of objects
// and disabling ACLs for your bucket".
func checkACL(canned *string, grants ...*string) error {
	for _, g := range grants {
		if g != nil {
			return aclNotSupported()
		}
	}
	if !slices.Contains([]string{"", api.ObjectCannedACLBucketOwnerFullControl, api.ObjectCannedACLPrivate}, wire.Text(canned)) {
		return aclNotSupported()
	}
	return nil
}
