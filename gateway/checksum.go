package gateway

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/minio/crc64nvme"

	"vauban/api/wire"
	"vauban/gateway/sigv4"
)

// This file compares bodies with the checksums that clients send beside them. Bodies that stream are the handler's to check. Amazon S3 User Guide:
// "Checking object integrity in Amazon S3".

var (
	errBadDigest       = wire.Code("BadDigest", 400)
	errInvalidDigest   = wire.Code("InvalidDigest", 400)
	errMissingChecksum = wire.Code("InvalidRequest", 400)
)

// checkBody refuses a body that is not what its checksums say.
func (x *exchange) checkBody() error {
	op := x.target.op
	if op == nil || !op.Checked {
		return nil
	}
	given, err := x.checkMD5()
	if err != nil {
		return err
	}
	for _, name := range [...]string{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
		value := x.claimed("x-amz-checksum-" + strings.ToLower(name))
		if value == "" {
			continue
		}
		given = true
		h := checksumHash(name)
		h.Write(x.body)
		if sum, err := base64.StdEncoding.DecodeString(value); err != nil || len(sum) != h.Size() {
			return errMissingChecksum.New("Value for x-amz-checksum-%s header is invalid.", strings.ToLower(name))
		} else if !bytes.Equal(sum, h.Sum(nil)) {
			return errBadDigest.New("The %s you specified did not match the calculated checksum.", name)
		}
	}
	if !given && x.target.row.Checked {
		return errMissingChecksum.New("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
	}
	return nil
}

func (x *exchange) checkMD5() (given bool, err error) {
	value := x.r.Header.Get("Content-MD5")
	if value == "" {
		return false, nil
	}
	claim, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(claim) != md5.Size {
		return true, errInvalidDigest.New("The Content-MD5 you specified was invalid.").With("Content-MD5", value)
	}
	if sum := md5.Sum(x.body); !bytes.Equal(sum[:], claim) {
		return true, errBadDigest.New("The Content-MD5 you specified did not match what we received.").
			With("ExpectedDigest", value).With("CalculatedDigest", base64.StdEncoding.EncodeToString(sum[:]))
	}
	return true, nil
}

// claimed is what a header, or the trailer behind a chunked body, says.
func (x *exchange) claimed(name string) string {
	if v := x.r.Header.Get(name); v != "" {
		return v
	}
	if b, ok := x.r.Body.(*sigv4.Body); ok {
		return b.Trailer().Get(name)
	}
	return ""
}

func checksumHash(name string) hash.Hash {
	switch name {
	case "CRC32":
		return crc32.NewIEEE()
	case "CRC32C":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "CRC64NVME":
		return crc64nvme.New()
	case "SHA1":
		return sha1.New()
	}
	return sha256.New()
}
