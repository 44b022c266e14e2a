package datakey

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"strings"

	"vauban/api/kms"
	"vauban/service"
)

// Key is a data key in the clear. It is only in memory.
type Key struct {
	Wrapped []byte // as KMS has encrypted it
	aead    cipher.AEAD
}

// New returns a data key of 32 bytes.
func New(plain, wrapped []byte) (*Key, error) {
	if len(plain) != 32 {
		return nil, errors.New("datakey: KMS has answered no key of 256 bits")
	}
	block, err := aes.NewCipher(plain)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	return &Key{wrapped, aead}, nil
}

// Generate asks KMS for a new data key under the key, which is an ID, an alias or an ARN. It must not be called in a transaction. A refusal is KMS's.
func Generate(c *service.Call, as service.Identity, key string, context map[string]string) (*Key, error) {
	out, err := c.Door.Call(c, as, "kms", "GenerateDataKey", &kms.GenerateDataKeyInput{
		KeyId: &key, KeySpec: new(kms.DataKeySpecAes256), EncryptionContext: context,
	})
	if err != nil {
		return nil, err
	}
	made, ok := out.(*kms.GenerateDataKeyOutput)
	if !ok {
		return nil, errors.New("datakey: KMS has answered something else")
	}
	return New(made.Plaintext, made.CiphertextBlob)
}

// Decrypt asks KMS to open a data key. It must not be called in a transaction. A refusal is KMS's.
func Decrypt(c *service.Call, as service.Identity, wrapped []byte, context map[string]string) (*Key, error) {
	out, err := c.Door.Call(c, as, "kms", "Decrypt", &kms.DecryptInput{CiphertextBlob: wrapped, EncryptionContext: context})
	if err != nil {
		return nil, err
	}
	opened, ok := out.(*kms.DecryptOutput)
	if !ok {
		return nil, errors.New("datakey: KMS has answered something else")
	}
	return New(opened.Plaintext, wrapped)
}

// Seal encrypts with AES-256-GCM, bound to what it is about. A data key must seal far fewer things than the 2^32 for which random nonces are safe.
func (k *Key) Seal(random io.Reader, plain []byte, about string) ([]byte, error) {
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("random nonce: %w", err)
	}
	return k.aead.Seal(nonce, nonce, plain, []byte(about)), nil
}

// Open decrypts what Seal has made about the same thing.
func (k *Key) Open(sealed []byte, about string) ([]byte, error) {
	n := k.aead.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("too short")
	}
	return k.aead.Open(nil, sealed[:n], sealed[n:], []byte(about))
}

// ARN names a KMS key so that a caller of another account means the key of the owner: an ID or an alias is one of the owner's account.
func ARN(key, partition, region, account string) string {
	switch {
	case strings.HasPrefix(key, "arn:"):
		return key
	case !strings.HasPrefix(key, "alias/"):
		key = "key/" + key
	}
	return "arn:" + partition + ":kms:" + region + ":" + account + ":" + key
}
