package sns

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"strings"
	"sync"
	"time"

	"vauban/store"
)

// SigningKey signs messages. It is made once for a deployment, and anew when its certificate is near its end; old certificates stay, for what was signed
// with them.
type SigningKey struct {
	ID   string // in the certificate's address
	Key  []byte // PKCS #8, sealed
	Cert []byte // PEM
	Made time.Time
	Ends time.Time
}

var signingKeys = &store.Table[SigningKey]{
	Name: "sns.signing",
	Key:  func(k *SigningKey) store.Key { return store.K(k.Made, k.ID) },
	Unique: map[string]func(*SigningKey) store.Key{
		"id": func(k *SigningKey) store.Key { return store.K(k.ID) },
	},
}

// How long a certificate is good, and how long before its end another takes its place.
const (
	certificateLife = 10 * 365 * 24 * time.Hour
	certificateRest = 365 * 24 * time.Hour
	keyBits         = 2048
)

// signing keeps the opened key.
type signing struct {
	mu  sync.Mutex
	id  string
	end time.Time
	key *rsa.PrivateKey
}

// sign signs the envelope as the topic's SignatureVersion says: 1 with SHA-1, 2 with SHA-256.
func (s *Service) sign(ctx context.Context, e *envelope, version string) error {
	if version == "" {
		version = "1"
	}
	key, id, err := s.signer(ctx)
	if err != nil {
		return err
	}
	hash, sum := crypto.SHA1, sha1.Sum(e.canonical())
	digest := sum[:]
	if version == "2" {
		sum := sha256.Sum256(e.canonical())
		hash, digest = crypto.SHA256, sum[:]
	}
	signature, err := rsa.SignPKCS1v15(s.Rand, key, hash, digest)
	if err != nil {
		return fmt.Errorf("sign a message: %w", err)
	}
	e.SignatureVersion, e.Signature, e.SigningCertURL = version, base64.StdEncoding.EncodeToString(signature), s.endpoint()+certificatePath(id)
	return nil
}

// signer is the key that signs now.
func (s *Service) signer(ctx context.Context) (*rsa.PrivateKey, string, error) {
	g := &s.signing
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := s.Clock(); g.key != nil && now.Before(g.end) {
		return g.key, g.id, nil
	}
	k, err := s.latestKey(ctx)
	if err == nil && (k == nil || !s.Clock().Before(k.Ends.Add(-certificateRest))) {
		k, err = s.newKey(ctx)
	}
	if err != nil {
		return nil, "", err
	}
	plain, err := s.Seal.Open(signingKeys.Name, store.K(k.ID), k.Key)
	if err != nil {
		return nil, "", fmt.Errorf("open the signing key: %w", err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, "", fmt.Errorf("read the signing key: %w", err)
	}
	g.key, g.id, g.end = parsed.(*rsa.PrivateKey), k.ID, k.Ends.Add(-certificateRest)
	return g.key, g.id, nil
}

func (s *Service) latestKey(ctx context.Context) (latest *SigningKey, err error) {
	err = s.Store.Read(ctx, func(tx store.Tx) error {
		latest, err = newest(tx)
		return err
	})
	return latest, err
}

func newest(tx store.Tx) (*SigningKey, error) {
	all, err := signingKeys.List(tx, nil, nil, 0)
	if err != nil || len(all.Items) == 0 {
		return nil, err
	}
	return all.Items[len(all.Items)-1], nil
}

// newKey makes a key, unless another replica was faster.
func (s *Service) newKey(ctx context.Context) (*SigningKey, error) {
	made, err := s.makeKey()
	if err != nil {
		return nil, err
	}
	k := made
	err = s.Store.Write(ctx, func(tx store.Tx) error {
		other, err := newest(tx)
		if err != nil {
			return err
		}
		if other != nil && made.Made.Before(other.Ends.Add(-certificateRest)) {
			k = other
			return nil
		}
		k = made
		return signingKeys.Insert(tx, made)
	})
	return k, err
}

func (s *Service) makeKey() (*SigningKey, error) {
	private, err := rsa.GenerateKey(s.Rand, keyBits)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	var random [32]byte
	if _, err := io.ReadFull(s.Rand, random[:]); err != nil {
		return nil, err
	}
	k := &SigningKey{ID: hex.EncodeToString(random[:16]), Made: s.Clock().UTC().Truncate(time.Second)}
	k.Ends = k.Made.Add(certificateLife)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(random[16:]), Subject: pkix.Name{CommonName: principal, Organization: []string{"Vauban"}},
		NotBefore: k.Made.Add(-time.Hour), NotAfter: k.Ends, KeyUsage: x509.KeyUsageDigitalSignature, DNSNames: []string{principal},
	}
	der, err := x509.CreateCertificate(s.Rand, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, fmt.Errorf("make the certificate of a signing key: %w", err)
	}
	k.Cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	k.Key, err = s.Seal.Seal(signingKeys.Name, store.K(k.ID), plain)
	return k, err
}

// The address of a certificate, which anybody may fetch.
const (
	certificateBefore = "/SimpleNotificationService-"
	certificateBehind = ".pem"
)

func certificatePath(id string) string { return certificateBefore + id + certificateBehind }

// certificate is the certificate at the path, nil when there is none.
func (s *Service) certificate(ctx context.Context, path string) ([]byte, error) {
	id, ok := strings.CutPrefix(path, certificateBefore)
	id, ok2 := strings.CutSuffix(id, certificateBehind)
	if !ok || !ok2 || len(id) != 32 {
		return nil, nil
	}
	var cert []byte
	err := s.Store.Read(ctx, func(tx store.Tx) error {
		k, err := signingKeys.ByUnique(tx, "id", store.K(id))
		if err == nil {
			cert = k.Cert
		}
		return err
	})
	if store.IsAbsent(err) {
		return nil, nil
	}
	return cert, err
}
