package s3

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"vauban/store"
)

// A version ID holds the version's place among those of its key, so that it is found without an index, and 16 random bytes, which cover it.

func newVersionID(random io.Reader, seq uint64) (string, error) {
	var b [24]byte
	if _, err := io.ReadFull(random, b[:16]); err != nil {
		return "", fmt.Errorf("no randomness: %w", err)
	}
	binary.BigEndian.PutUint64(b[16:], seq^binary.BigEndian.Uint64(b[:8]))
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// placeOf is the place that a version ID holds.
func placeOf(id string) (seq uint64, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(b) != 24 {
		return 0, false
	}
	return binary.BigEndian.Uint64(b[16:]) ^ binary.BigEndian.Uint64(b[:8]), true
}

// findVersion reads a version of an object, the current one for a nil ID, or answers store.ErrNotFound. It is a delete marker only when its ID was given.
func findVersion(tx store.Tx, b *Bucket, key string, id *string) (*Version, error) {
	if len(key) > maxKey {
		return nil, store.ErrNotFound
	}
	current, err := currents.Get(tx, store.K(b.ID, key))
	if id == nil || err == nil && current.ID == *id {
		return current, err
	}
	if err != nil && !store.IsAbsent(err) {
		return nil, err
	}
	return findOlder(tx, b, key, *id)
}

func findOlder(tx store.Tx, b *Bucket, key, id string) (*Version, error) {
	if id == nullID {
		return versions.ByUnique(tx, "null", store.K(b.ID, key))
	}
	seq, ok := placeOf(id)
	if !ok {
		return nil, store.ErrNotFound
	}
	v, err := versions.Get(tx, olderKey(b.ID, key, seq))
	if err == nil && v.ID != id {
		return nil, store.ErrNotFound
	}
	return v, err
}

// checkVersionID refuses what no version ID looks like. The empty ID of "?versionId=" counts as such, as in AWS.
func checkVersionID(id *string) error {
	if id == nil || *id == nullID {
		return nil
	}
	if _, ok := placeOf(*id); !ok {
		return invalid("versionId", *id, "Invalid version id specified").Because(errors.New("not a version ID"))
	}
	return nil
}
