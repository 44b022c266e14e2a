package cloudtrail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"

	"vauban/store"
)

// chain is the chain of digests of a stream: each lists the log files since the one before, and holds its hash and signature.
type chain struct {
	Delivery string      `json:"delivery"`
	Account  string      `json:"account"`
	Region   string      `json:"region"`
	Start    time.Time   `json:"start"` // of the next digest
	Previous *link       `json:"previous,omitempty"`
	Plan     *digestPlan `json:"plan,omitempty"` // being delivered
	Ends     []time.Time `json:"ends,omitempty"` // of the last digests: their keys are taken
}

// link is what a digest says of the one before.
type link struct {
	Bucket    string `json:"bucket"`
	Key       string `json:"key"`
	Hash      string `json:"hash"`
	Signature string `json:"signature"`
}

// digestPlan is a digest that is to be delivered: written down before it is, so that it stays the same however often it is tried.
type digestPlan struct {
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"`
	Through     int64     `json:"through"` // the last cut whose files it lists
	Target      Settings  `json:"target"`
	Fingerprint string    `json:"fingerprint"` // of the key that signs
	Last        bool      `json:"last"`        // the chain ends with it
}

var chains = &store.Table[chain]{
	Name: "cloudtrail.digest-chain",
	Key:  func(c *chain) store.Key { return store.K(c.Delivery, c.Account, c.Region) },
}

// maxEnds is how many digests' times are remembered, against a clock that is set back onto one of them.
const maxEnds = 64

// openChains begins the chains that the files need, and that of the trail's own account and region: quiet hours have empty digests.
func openChains(tx store.Tx, id string, sp *span, files []*logFile) error {
	open := func(account, region string) error {
		has, err := chains.Has(tx, store.K(id, account, region))
		if err != nil || has {
			return err
		}
		return chains.Insert(tx, &chain{Delivery: id, Account: account, Region: region, Start: sp.Since.UTC().Truncate(time.Second)})
	}
	if err := open(sp.Account, sp.Region); err != nil {
		return err
	}
	for _, f := range files {
		if err := open(f.Account, f.Region); err != nil {
			return err
		}
	}
	return nil
}

// digestFile is a digest's content. CloudTrail User Guide: "CloudTrail digest file structure".
type digestFile struct {
	Account           string        `json:"awsAccountId"`
	Start             string        `json:"digestStartTime"`
	End               string        `json:"digestEndTime"`
	Bucket            string        `json:"digestS3Bucket"`
	Key               string        `json:"digestS3Object"`
	Fingerprint       string        `json:"digestPublicKeyFingerprint"`
	Algorithm         string        `json:"digestSignatureAlgorithm"`
	Newest            *string       `json:"newestEventTime"`
	Oldest            *string       `json:"oldestEventTime"`
	PreviousBucket    *string       `json:"previousDigestS3Bucket"`
	PreviousKey       *string       `json:"previousDigestS3Object"`
	PreviousHash      *string       `json:"previousDigestHashValue"`
	PreviousAlgorithm *string       `json:"previousDigestHashAlgorithm"`
	PreviousSignature *string       `json:"previousDigestSignature"`
	Files             []digestedLog `json:"logFiles"`
}

type digestedLog struct {
	Bucket    string `json:"s3Bucket"`
	Key       string `json:"s3Object"`
	Hash      string `json:"hashValue"`
	Algorithm string `json:"hashAlgorithm"`
	Newest    string `json:"newestEventTime"`
	Oldest    string `json:"oldestEventTime"`
}

const (
	signatureAlgorithm = "SHA256withRSA"
	hashAlgorithm      = "SHA-256"
)

func instantText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// content is the digest that the chain plans, with the files that it lists.
func (c *chain) content(files []*logFile) ([]byte, *digestFile, error) {
	p := c.Plan
	d := &digestFile{
		Account: c.Account, Start: instantText(p.Start), End: instantText(p.End), Bucket: p.Target.Bucket, Key: p.Target.digestKeyAt(c.Account, c.Region, p.End),
		Fingerprint: p.Fingerprint, Algorithm: signatureAlgorithm, Files: []digestedLog{},
	}
	if v := c.Previous; v != nil {
		d.PreviousBucket, d.PreviousKey, d.PreviousHash, d.PreviousSignature = &v.Bucket, &v.Key, &v.Hash, &v.Signature
		d.PreviousAlgorithm = new(hashAlgorithm)
	}
	var newest, oldest time.Time
	for _, f := range files {
		if newest.IsZero() || f.Newest.After(newest) {
			newest = f.Newest
		}
		if oldest.IsZero() || f.Oldest.Before(oldest) {
			oldest = f.Oldest
		}
		d.Files = append(d.Files, digestedLog{f.Bucket, f.Key, f.Hash, hashAlgorithm, instantText(f.Newest), instantText(f.Oldest)})
	}
	if len(files) > 0 {
		d.Newest, d.Oldest = new(instantText(newest)), new(instantText(oldest))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		return nil, nil, fmt.Errorf("write a digest: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), d, nil
}

// toSign is the text that a digest's signature is of.
func (d *digestFile) toSign(content []byte) string {
	previous := "null"
	if d.PreviousSignature != nil {
		previous = *d.PreviousSignature
	}
	return d.End + "\n" + d.Bucket + "/" + d.Key + "\n" + hashOf(content) + "\n" + previous
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// zipped is the content of a small file, compressed.
func zipped(content []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		return nil, fmt.Errorf("compress a digest: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress a digest: %w", err)
	}
	return b.Bytes(), nil
}

// taken reports whether a digest of the chain has ended at that time already.
func (c *chain) taken(end time.Time) bool {
	return slices.ContainsFunc(c.Ends, func(t time.Time) bool { return t.Equal(end) })
}
