package sigv4

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// KeyCache keeps derived signing keys, which live for a day, so that a request costs one HMAC and not five (and for SigV4A, no
// derivation of an elliptic-curve key). It is a fixed table without locks, in which a new key takes the place of an older one
// at its slot, and a key is found only for the very secret that it was derived from: a changed secret leaves no trace.
// A nil KeyCache derives every time.
type KeyCache struct {
	seed  maphash.Seed
	slots [cacheSlots]atomic.Pointer[signingKey]
}

const cacheSlots = 4096

// NewKeyCache returns an empty cache.
func NewKeyCache() *KeyCache { return &KeyCache{seed: maphash.MakeSeed()} }

// keyScope is what a signing key depends on beside the secret. For ECDSA, only the access key is set.
type keyScope struct{ accessKeyID, date, region, service string }

type signingKey struct {
	scope  keyScope
	secret SecretKey
	hmac   [sha256.Size]byte
	ecdsa  *ecdsa.PublicKey
}

// signingKey returns the key for the scope, nil when the secret cannot be one of SigV4A.
func (k *KeyCache) signingKey(a Algorithm, scope keyScope, secret SecretKey) *signingKey {
	if a == ECDSA {
		scope = keyScope{accessKeyID: scope.accessKeyID}
	}
	if k == nil {
		return deriveKey(a, scope, secret)
	}
	slot := &k.slots[maphash.Comparable(k.seed, scope)%cacheSlots]
	if e := slot.Load(); e != nil && e.scope == scope && subtle.ConstantTimeCompare([]byte(e.secret), []byte(secret)) == 1 {
		return e
	}
	// Substrings of a request would keep all of it alive.
	scope = keyScope{strings.Clone(scope.accessKeyID), strings.Clone(scope.date), strings.Clone(scope.region), strings.Clone(scope.service)}
	e := deriveKey(a, scope, secret)
	slot.Store(e)
	return e
}

func deriveKey(a Algorithm, scope keyScope, secret SecretKey) *signingKey {
	e := &signingKey{scope: scope, secret: secret}
	if a == ECDSA {
		private, err := deriveECDSA(scope.accessKeyID, secret)
		if err == nil {
			e.ecdsa = &private.PublicKey
		}
		return e
	}
	key := mac([]byte("AWS4"+secret), []byte(scope.date))
	for _, part := range [...]string{scope.region, scope.service, "aws4_request"} {
		key = mac(key[:], []byte(part))
	}
	e.hmac = key
	return e
}

func mac(key, message []byte) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	h.Sum(sum[:0])
	return sum
}

// deriveECDSA derives the key pair of SigV4A: a NIST SP 800-108 counter-mode KDF over the access key ID and an outer counter,
// repeated until the result is a private key of P-256.
func deriveECDSA(accessKeyID string, secret SecretKey) (*ecdsa.PrivateKey, error) {
	curve := elliptic.P256()
	input := binary.BigEndian.AppendUint32(nil, 1)
	input = append(input, algorithmECDSA...)
	input = append(input, 0)
	input = append(input, accessKeyID...)
	counter := len(input)
	input = append(input, 0)
	input = binary.BigEndian.AppendUint32(input, 256) // bits of the result
	for input[counter] = 1; input[counter] < 255; input[counter]++ {
		candidate := mac([]byte("AWS4A"+secret), input)
		// candidate must be at most n-2; the key is candidate+1. Both are compared without a branch on their bytes.
		addOne(&candidate)
		if key, err := ecdsa.ParseRawPrivateKey(curve, candidate[:]); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("sigv4: no SigV4A key for this secret")
}

// addOne adds one to a big-endian number. All ones wrap to zero, which no curve takes for a private key.
func addOne(n *[sha256.Size]byte) {
	carry := uint16(1)
	for i := len(n) - 1; i >= 0; i-- {
		carry += uint16(n[i])
		n[i] = byte(carry)
		carry >>= 8
	}
}
