package s3

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"reflect"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/minio/crc64nvme"

	api "vauban/api/s3"
	"vauban/api/wire"
)

// checksums is the checksum that is kept of an object. Amazon S3 User Guide: "Checking object integrity in Amazon S3".
type checksums struct {
	Algorithm string `json:"algorithm,omitempty"`
	Type      string `json:"type,omitempty"`
	Value     string `json:"value,omitempty"` // base64; of a composite one with "-" and the number of parts
}

const (
	algorithmCRC32     = api.ChecksumAlgorithmCrc32
	algorithmCRC32C    = api.ChecksumAlgorithmCrc32c
	algorithmCRC64NVME = api.ChecksumAlgorithmCrc64nvme
)

// newHash makes the hash of an algorithm, or nil for one that is not built.
func (s *Service) newHash(algorithm string) hash.Hash {
	switch algorithm {
	case algorithmCRC32:
		return crc32.NewIEEE()
	case algorithmCRC32C:
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case algorithmCRC64NVME:
		return crc64nvme.New()
	case api.ChecksumAlgorithmSha1:
		return sha1.New()
	case api.ChecksumAlgorithmSha256:
		return sha256.New()
	case api.ChecksumAlgorithmSha512:
		return sha512.New()
	case api.ChecksumAlgorithmMd5:
		return md5.New()
	case api.ChecksumAlgorithmXxhash64:
		return xxhash.New()
	}
	return nil
}

// knownHash is newHash that refuses what is not built.
func (s *Service) knownHash(algorithm string) (hash.Hash, error) {
	h := s.newHash(algorithm)
	if h == nil {
		return nil, api.InvalidRequest.New("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5, XXHASH64]")
	}
	return h, nil
}

func checksumHeader(algorithm string) string { return "x-amz-checksum-" + strings.ToLower(algorithm) }

// givenChecksum is the one that the members of an input, or of a part in a list, name. All three are empty when there is none.
func (s *Service) givenChecksum(in any) (algorithm, value string, err error) {
	v := reflect.ValueOf(in).Elem()
	for _, name := range algorithms() {
		p, _ := v.FieldByName("Checksum" + name).Interface().(*string)
		if p == nil {
			continue
		}
		if algorithm != "" {
			return "", "", api.InvalidRequest.New("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		algorithm, value = name, *p
	}
	if algorithm == "" {
		return "", "", nil
	}
	h, err := s.knownHash(algorithm)
	if err != nil {
		return "", "", err
	}
	return algorithm, value, checkChecksum(algorithm, value, h.Size())
}

func checkChecksum(algorithm, value string, size int) error {
	if sum, err := base64.StdEncoding.DecodeString(value); err != nil || len(sum) != size {
		return api.InvalidRequest.New("Value for %s header is invalid.", checksumHeader(algorithm))
	}
	return nil
}

func algorithms() []string {
	return []string{"CRC32", "CRC32C", "CRC64NVME", "MD5", "SHA1", "SHA256", "SHA512", "XXHASH128", "XXHASH3", "XXHASH64"}
}

// show sets the members of an output that tell the checksum.
func (c *checksums) show(out any) {
	if c.Value == "" {
		return
	}
	v := reflect.ValueOf(out).Elem()
	v.FieldByName("Checksum" + c.Algorithm).Set(reflect.ValueOf(new(c.Value)))
	if t := v.FieldByName("ChecksumType"); t.IsValid() && c.Type != "" {
		t.Set(reflect.ValueOf(new(c.Type)))
	}
}

func badDigest(algorithm string) *wire.Error {
	return errBadDigest.New("The %s you specified did not match the calculated checksum.", algorithm)
}

// md5Claim reads Content-MD5. nil stands for none.
func md5Claim(header *string) ([]byte, error) {
	if header == nil {
		return nil, nil
	}
	sum, err := base64.StdEncoding.DecodeString(*header)
	if err != nil || len(sum) != md5.Size {
		return nil, errInvalidDigest.New("The Content-MD5 you specified was invalid.").With("Content-MD5", *header)
	}
	return sum, nil
}

func checkMD5(claim, sum []byte) error {
	if claim == nil || bytes.Equal(claim, sum) {
		return nil
	}
	return errBadDigest.New("The Content-MD5 you specified did not match what we received.").
		With("ExpectedDigest", base64.StdEncoding.EncodeToString(claim)).With("CalculatedDigest", base64.StdEncoding.EncodeToString(sum))
}
