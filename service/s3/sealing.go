package s3

import (
	"fmt"
	"io"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/blob"
	"vauban/service"
	"vauban/store"
)

// sealing says how the data key of a content is kept: wrapped by the server, by KMS or by the customer.
type sealing struct {
	Kind      string `json:"kind,omitempty"`      // "AES256", "aws:kms" or customer
	Key       []byte `json:"key,omitempty"`       // the data key, wrapped
	KMSKey    string `json:"kmsKey,omitempty"`    // ARN
	Context   string `json:"context,omitempty"`   // the client's encryption context: base64 of JSON
	BucketKey bool   `json:"bucketKey,omitempty"` // the encryption context names the bucket
}

const customer = "SSE-C"

// asked is what a request says about encryption.
type asked struct {
	algorithm *string // x-amz-server-side-encryption
	keyID     *string
	context   *string
	bucketKey *bool
	customer  *customerKey // nil unless the customer brings the key
}

// askedIn reads what an input says. Its members have the same names in all operations.
func askedIn(in any) (a asked, err error) {
	a.algorithm, a.keyID, a.context = member(in, "ServerSideEncryption"), member(in, "SSEKMSKeyId"), member(in, "SSEKMSEncryptionContext")
	a.bucketKey = flag(in, "BucketKeyEnabled")
	a.customer, err = customerKeyIn(in, "")
	if err == nil && a.customer != nil && (a.algorithm != nil || a.keyID != nil) {
		err = errInvalidArgument.New("Server Side Encryption with Customer provided key is incompatible with the encryption method specified").
			With("ArgumentName", "x-amz-server-side-encryption").With("ArgumentValue", wire.Text(a.algorithm))
	}
	return a, err
}

// decide fills in the bucket's default where the request says nothing.
func (a *asked) decide(byDefault encryption) (encryption, error) {
	e := encryption{Algorithm: wire.Text(a.algorithm), KeyID: wire.Text(a.keyID), BucketKey: is(a.bucketKey)}
	switch {
	case a.customer != nil && byDefault.noCustomerKeys:
		return e, api.AccessDenied.New("The bucket blocks server-side encryption with customer-provided keys (SSE-C).")
	case a.customer != nil:
		return encryption{Algorithm: customer}, nil
	case a.algorithm == nil && a.keyID != nil:
		return e, invalid("x-amz-server-side-encryption", "", "The request is missing the x-amz-server-side-encryption header, which a KMS key ID needs.")
	case a.algorithm == nil:
		e = byDefault
		if a.bucketKey != nil {
			e.BucketKey = *a.bucketKey
		}
	case e.Algorithm == api.ServerSideEncryptionAwsKms && a.keyID == nil && byDefault.Algorithm == e.Algorithm:
		e.KeyID = byDefault.KeyID
	}
	switch e.Algorithm {
	case api.ServerSideEncryptionAes256:
		if e.KeyID != "" || a.context != nil {
			return e, invalid("x-amz-server-side-encryption", e.Algorithm, "The encryption method specified is not supported with a KMS key or encryption context.")
		}
		e.BucketKey = false
	case api.ServerSideEncryptionAwsKms:
		if e.KeyID == "" {
			e.KeyID = "alias/aws/s3"
		}
		if a.bucketKey == nil && a.algorithm != nil && byDefault.Algorithm == e.Algorithm {
			e.BucketKey = byDefault.BucketKey
		}
	case api.ServerSideEncryptionAwsKmsDsse:
		return e, errNotImplemented.New("Dual-layer server-side encryption (aws:kms:dsse) is not built in this version of Vauban. Use aws:kms.")
	default:
		return e, invalid("x-amz-server-side-encryption", e.Algorithm, "The encryption method specified is not supported")
	}
	return e, nil
}

// newKey makes the data key of a content of the object.
func (s *Service) newKey(c *service.Call, b *Bucket, key, id string, e encryption, a *asked) (sealing, *blob.DataKey, error) {
	if e.Algorithm == api.ServerSideEncryptionAwsKms {
		return s.newKMSKey(c, b, key, e, wire.Text(a.context))
	}
	data := new(blob.DataKey)
	if _, err := io.ReadFull(s.Rand, data[:]); err != nil {
		return sealing{}, nil, fmt.Errorf("no randomness: %w", err)
	}
	seal := sealing{Kind: e.Algorithm}
	var err error
	if e.Algorithm == customer {
		seal.Key, err = a.customer.wrap(id, data)
	} else {
		seal.Key, err = s.Seal.Seal(keyTable, store.K(id), data[:])
	}
	if err != nil {
		return sealing{}, nil, fmt.Errorf("wrap a data key: %w", err)
	}
	return seal, data, nil
}

// keyTable is what data keys are bound to, with the content's ID.
const keyTable = "s3.content"

// dataKey unwraps the data key of a content. given is the key that the customer brings, nil for none.
func (s *Service) dataKey(c *service.Call, b *Bucket, key string, k *content, given *customerKey) (*blob.DataKey, error) {
	seal := &k.Seal
	if (seal.Kind == customer) != (given != nil) {
		if given != nil {
			return nil, api.InvalidRequest.New("The encryption parameters are not applicable to this object.")
		}
		return nil, api.InvalidRequest.New("The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.")
	}
	var plain []byte
	var err error
	switch seal.Kind {
	case customer:
		plain, err = given.unwrap(k.ID, seal.Key)
	case api.ServerSideEncryptionAwsKms:
		plain, err = s.decryptWithKMS(c, b, key, seal)
	default:
		if plain, err = s.Seal.Open(keyTable, store.K(k.ID), seal.Key); err != nil {
			err = internal(fmt.Errorf("unwrap the data key of %s: %w", k.ID, err))
		}
	}
	if err != nil {
		return nil, err
	}
	if len(plain) != blob.KeySize {
		return nil, internal(fmt.Errorf("the data key of %s has %d bytes", k.ID, len(plain)))
	}
	return (*blob.DataKey)(plain), nil
}
