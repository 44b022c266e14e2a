package kms

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"vauban/service/kms/material"
	"vauban/store"
)

// Key is a KMS key without its material, which is in [Material].
type Key struct {
	Account     string    `json:"account"`
	Region      string    `json:"region"`
	ID          string    `json:"id"`
	Created     time.Time `json:"created"`
	Description string    `json:"description,omitempty"`
	Spec        string    `json:"spec"`
	Usage       string    `json:"usage"`
	Origin      string    `json:"origin"`
	Service     string    `json:"service,omitempty"` // AWS managed keys: the service that it is for, e.g. "s3"
	State       string    `json:"state"`             // AWS's name of the state
	Deletion    time.Time `json:"deletion,omitzero"` // when a key that is pending deletion goes
	Wait        int       `json:"wait,omitempty"`    // days between the request for deletion and it
	Tags        []Tag     `json:"tags,omitempty"`
	Aliases     []string  `json:"aliases,omitempty"` // with their prefix, in order

	Policy string            `json:"policy"`           // users and roles by their unique IDs
	Owners map[string]string `json:"owners,omitempty"` // accounts of the unique IDs

	Generations []Generation `json:"generations,omitempty"` // of its material, oldest first
	Current     string       `json:"current,omitempty"`     // the generation that encrypts
	Pending     *Generation  `json:"pending,omitempty"`     // imported material that waits for rotation
	Rotation    Rotation     `json:"rotation,omitzero"`

	// GrantsAt is made anew with each change of the key's grants, so that what is known of them goes with the document. "" without any.
	GrantsAt string `json:"grantsAt,omitempty"`

	MultiRegion bool   `json:"multiRegion,omitempty"`
	Primary     string `json:"primary,omitempty"` // multi-Region keys: Region of the primary key

	Store    string `json:"store,omitempty"`    // keys in external key stores: its ID
	External string `json:"external,omitempty"` // and that of the external key, as its proxy knows it
}

// Generation is one material that a key has or had. What it encrypted stays readable.
type Generation struct {
	ID   string    `json:"id"`             // AWS's key material ID: 64 hexadecimal digits
	At   time.Time `json:"at"`             // when it became the current one
	Type string    `json:"type,omitempty"` // of the rotation, AUTOMATIC or ON_DEMAND; "" for the first

	// Of imported material. What is missing was deleted, has expired, or is known from another key of the multi-Region key only.
	Description string    `json:"description,omitempty"`
	Expires     time.Time `json:"expires,omitzero"` // zero: never
	Missing     bool      `json:"missing,omitempty"`
	Elsewhere   bool      `json:"elsewhere,omitempty"` // waits for rotation in a primary key, and for its import into some replica key
}

// Rotation is how the material of a key is replaced.
type Rotation struct {
	Days     int       `json:"days,omitempty"`     // period of automatic rotation; 0 means none
	Next     time.Time `json:"next,omitzero"`      // when the next automatic one is due
	OnDemand int       `json:"onDemand,omitempty"` // how many were asked for
}

var keyTable = &store.Table[Key]{
	Name:   "kms.key",
	Key:    func(k *Key) store.Key { return keyOf(k.Account, k.Region, k.ID) },
	Cached: true,
	Refs: map[string]func(*Key) []store.Key{
		"copies": func(k *Key) []store.Key { // of a multi-Region key, in all Regions
			if !k.MultiRegion {
				return nil
			}
			return []store.Key{store.K(k.Account, k.ID)}
		},
		"store": func(k *Key) []store.Key { // the keys of an external key store
			if k.Store == "" {
				return nil
			}
			return []store.Key{keyOf(k.Account, k.Region, k.Store)}
		},
		"external": func(k *Key) []store.Key { // the key of an external key
			if k.Store == "" {
				return nil
			}
			return []store.Key{store.K(k.Account, k.Region, k.Store, k.External)}
		},
	},
}

func keyOf(account, region, id string) store.Key { return store.K(account, region, id) }

// arnOf is the ARN that a key of that ID has.
func arnOf(partition, region, account, id string) string {
	return "arn:" + partition + ":kms:" + region + ":" + account + ":key/" + id
}

// ARN is the key's ARN.
func (k *Key) ARN() string { return arnOf("aws", k.Region, k.Account, k.ID) }

// newKeyID is a random UUID; those of multi-Region keys begin with mrk- and have no hyphens.
func newKeyID(random io.Reader, multiRegion bool) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make a key ID: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return keyIDOf(b, multiRegion), nil
}

const multiRegionPrefix = "mrk-"

func keyIDOf(b [16]byte, multiRegion bool) string {
	s := hex.EncodeToString(b[:])
	if multiRegion {
		return multiRegionPrefix + s
	}
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// parseKeyID returns the bytes of a well-formed key ID.
func parseKeyID(id string) (b [16]byte, multiRegion, ok bool) {
	rest, multiRegion := strings.CutPrefix(id, multiRegionPrefix)
	if !multiRegion {
		if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
			return b, false, false
		}
		rest = id[:8] + id[9:13] + id[14:18] + id[19:23] + id[24:]
	}
	n, err := hex.Decode(b[:], []byte(rest)[:min(len(rest), 33)])
	return b, multiRegion, err == nil && n == 16 && len(rest) == 32 && rest == strings.ToLower(rest)
}

// kind is the type of key as AWS counts them: symmetric encryption, HMAC or asymmetric.
func (k *Key) kind() string {
	switch {
	case k.Spec == material.Symmetric:
		return "symmetric"
	case material.Asymmetric(k.Spec):
		return "asymmetric"
	}
	return "hmac"
}
