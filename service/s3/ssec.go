package s3

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"reflect"

	api "vauban/api/s3"
	"vauban/blob"
)

// customerKey is a key that comes with the request and is never stored: it wraps the data key, so that another key is known by not opening it.
// Amazon S3 User Guide: "Using server-side encryption with customer-provided keys (SSE-C)".
type customerKey struct {
	key [32]byte
	md5 string // base64
}

// customerKeyIn reads the key of an input; prefix is "CopySource" for that of the source of a copy. It is nil when the input brings none.
func customerKeyIn(in any, prefix string) (*customerKey, error) {
	algorithm, key, sum := member(in, prefix+"SSECustomerAlgorithm"), member(in, prefix+"SSECustomerKey"), member(in, prefix+"SSECustomerKeyMD5")
	switch {
	case algorithm == nil && key == nil && sum == nil:
		return nil, nil
	case algorithm == nil:
		return nil, invalid("x-amz-server-side-encryption", "null", "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.")
	case *algorithm != api.ServerSideEncryptionAes256:
		return nil, errInvalidAlgorithm.New("The Encryption request you specified is not valid. Supported value: AES256.").
			With("ArgumentName", "x-amz-server-side-encryption").With("ArgumentValue", *algorithm)
	case key == nil:
		return nil, invalid("x-amz-server-side-encryption", "null", "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.")
	case sum == nil:
		return nil, invalid("x-amz-server-side-encryption", "null", "Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the secret key.")
	}
	raw, err := base64.StdEncoding.DecodeString(*key)
	if err != nil || len(raw) != 32 {
		return nil, invalid("x-amz-server-side-encryption", "null", "The secret key was invalid for the specified algorithm.")
	}
	c := &customerKey{key: [32]byte(raw), md5: *sum}
	real := md5.Sum(raw)
	if subtle.ConstantTimeCompare([]byte(base64.StdEncoding.EncodeToString(real[:])), []byte(*sum)) != 1 {
		return nil, invalid("x-amz-server-side-encryption", "null", "The calculated MD5 hash of the key did not match the hash that was provided.")
	}
	return c, nil
}

func (k *customerKey) cipher() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (k *customerKey) wrap(id string, data *blob.DataKey) ([]byte, error) {
	aead, err := k.cipher()
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, data[:], []byte(id)), nil
}

// unwrap fails for any other key than the one that wrapped.
func (k *customerKey) unwrap(id string, wrapped []byte) ([]byte, error) {
	aead, err := k.cipher()
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, wrapped, []byte(id))
	if err != nil {
		return nil, api.AccessDenied.New("Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.").Because(err)
	}
	return plain, nil
}

// flag is a boolean member of an input, nil when it has none of that name.
func flag(in any, name string) *bool {
	f := reflect.ValueOf(in).Elem().FieldByName(name)
	if !f.IsValid() {
		return nil
	}
	p, _ := f.Interface().(*bool)
	return p
}
