package cloudtrail

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/service"
	"vauban/store"
)

// How long a key signs, and how much longer it is listed: a digest is looked for by its own times, which may lie before its
// signature's.
const (
	keySigns  = 90 * 24 * time.Hour
	keyListed = 7 * 24 * time.Hour
)

// digestKey is a key that signs digests in a region. CloudTrail User Guide: "CloudTrail digest file structure", "Validating CloudTrail log
// file integrity".
type digestKey struct {
	Region      string    `json:"region"`
	Fingerprint string    `json:"fingerprint"`
	Public      []byte    `json:"public"`  // DER of PKCS #1
	Private     []byte    `json:"private"` // DER of PKCS #1, sealed
	Start       time.Time `json:"start"`
	Until       time.Time `json:"until"` // signs no more from then on
	End         time.Time `json:"end"`   // of its validity
}

var digestKeys = &store.Table[digestKey]{
	Name: "cloudtrail.digest-key",
	Key:  func(k *digestKey) store.Key { return digestKeyKey(k.Region, k.Fingerprint) },
}

func digestKeyKey(region, fingerprint string) store.Key { return store.K(region, fingerprint) }

// newDigestKey makes a key of a region.
func (s *Service) newDigestKey(region string, now time.Time) (*digestKey, error) {
	private, err := rsa.GenerateKey(s.Rand, 2048)
	if err != nil {
		return nil, fmt.Errorf("make a key for digests: %w", err)
	}
	public := x509.MarshalPKCS1PublicKey(&private.PublicKey)
	sum := sha256.Sum256(public)
	now = now.UTC().Truncate(time.Second)
	k := &digestKey{
		Region: region, Fingerprint: hex.EncodeToString(sum[:16]), Public: public, Start: now, Until: now.Add(keySigns), End: now.Add(keySigns + keyListed),
	}
	if k.Private, err = s.Seal.Seal(digestKeys.Name, digestKeys.Key(k), x509.MarshalPKCS1PrivateKey(private)); err != nil {
		return nil, fmt.Errorf("seal a key for digests: %w", err)
	}
	return k, nil
}

// signingKey is the region's key of now, the newest when there are several; nil when there is none, or a clock that jumps has left it behind.
func signingKey(tx store.Tx, region string, now time.Time) (*digestKey, error) {
	var found *digestKey
	for k, err := range digestKeys.Each(tx, store.K(region)) {
		if err != nil {
			return nil, err
		}
		if !now.Before(k.Start) && now.Before(k.Until) && (found == nil || found.Start.Before(k.Start)) {
			found = k
		}
	}
	return found, nil
}

// sign is the signature of a text under the key, in hexadecimal.
func (s *Service) sign(k *digestKey, text string) (string, error) {
	der, err := s.Seal.Open(digestKeys.Name, digestKeys.Key(k), k.Private)
	if err != nil {
		return "", fmt.Errorf("open the key %s: %w", k.Fingerprint, err)
	}
	private, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return "", fmt.Errorf("read the key %s: %w", k.Fingerprint, err)
	}
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign with the key %s: %w", k.Fingerprint, err)
	}
	return hex.EncodeToString(signature), nil
}

// listPublicKeys lists the region's keys that were valid at some time of the range, which is now when it is not given.
func (s *Service) listPublicKeys(c *service.Call, in *api.ListPublicKeysInput) (*api.ListPublicKeysOutput, error) {
	if in.NextToken != nil {
		return nil, api.InvalidTokenException.New("The NextToken is not one that ListPublicKeys gave: it answers all keys at once.")
	}
	from, to := c.Time, c.Time
	if in.StartTime != nil {
		from = *in.StartTime
	}
	if in.EndTime != nil {
		to = *in.EndTime
	}
	if from.After(to) {
		return nil, api.InvalidTimeRangeException.New("The start time must not be after the end time.")
	}
	out := &api.ListPublicKeysOutput{PublicKeyList: []api.PublicKey{}}
	for k, err := range digestKeys.Each(c.Tx, store.K(c.Region)) {
		if err != nil {
			return nil, err
		}
		if k.Start.After(to) || k.End.Before(from) {
			continue
		}
		out.PublicKeyList = append(out.PublicKeyList, api.PublicKey{
			Fingerprint: &k.Fingerprint, Value: k.Public, ValidityStartTime: &k.Start, ValidityEndTime: &k.End,
		})
	}
	return out, nil
}

// newID is a random identifier.
func (s *Service) newID() (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(s.Rand, b); err != nil {
		return "", fmt.Errorf("make an ID: %w", err)
	}
	return hex.EncodeToString(b), nil
}
