package s3

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// This file keeps the kinds of configuration of which a bucket has several, each under an ID that its owner gave it.

// named is one of them.
type named struct {
	Bucket string          `json:"bucket"` // its ID
	Kind   string          `json:"kind"`
	ID     string          `json:"id"`
	Body   json.RawMessage `json:"body"`
	Name   string          `json:"name"` // of the bucket
}

var nameds = &store.Table[named]{
	Name: "s3.named-setting",
	Key:  func(n *named) store.Key { return store.K(n.Bucket, n.Kind, n.ID) },
}

// Quotas. S3 API Reference: "PutBucketMetricsConfiguration", "ListBucketMetricsConfigurations".
const (
	mostNamed  = 1000
	namedPage  = 100
	maxNamedID = 64
)

var (
	errIDMismatch   = wire.Code("IdMismatch", http.StatusBadRequest)
	errTooManyNamed = wire.Code("TooManyConfigurations", http.StatusBadRequest)
)

// namedKind is such a kind, stored as Ts. The bucket lists it among its settings while it has any, so that nothing is read for the many that have none.
type namedKind[T any] string

func (k namedKind[T]) has(b *Bucket) bool { return slices.Contains(b.Settings, string(k)) }

// in reads one, nil when there is none.
func (k namedKind[T]) in(tx store.Tx, b *Bucket, id string) (*T, error) {
	if !k.has(b) {
		return nil, nil
	}
	n, err := nameds.Get(tx, store.K(b.ID, string(k), id))
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return k.decode(n)
}

func (k namedKind[T]) decode(n *named) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(n.Body, v); err != nil {
		return nil, fmt.Errorf("read the %s %s of a bucket: %w", k, n.ID, err)
	}
	return v, nil
}

// all reads all of a bucket: at most mostNamed.
func (k namedKind[T]) all(tx store.Tx, b *Bucket) (out []*T, err error) {
	if !k.has(b) {
		return nil, nil
	}
	var failed error
	_, err = store.Visit(tx, nameds, store.K(b.ID, string(k)), nil, func(n *named) bool {
		var v *T
		if v, failed = k.decode(n); failed == nil {
			out = append(out, v)
		}
		return failed == nil
	})
	return out, firstOf(err, failed)
}

// put makes v the one of that ID.
func (k namedKind[T]) put(tx store.Tx, b *Bucket, id string, v *T) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	n := &named{Bucket: b.ID, Kind: string(k), ID: id, Body: body, Name: b.Name}
	there, err := nameds.Has(tx, nameds.Key(n))
	if err != nil {
		return err
	}
	if !there {
		have, err := nameds.Count(tx, store.K(b.ID, string(k)), mostNamed)
		if err != nil {
			return err
		}
		if have >= mostNamed {
			return errTooManyNamed.New("You are attempting to create a new configuration but have already reached the 1,000-configuration limit.")
		}
	}
	if err := nameds.Put(tx, n); err != nil {
		return fmt.Errorf("store the %s %s of bucket %s: %w", k, id, b.Name, err)
	}
	if k.has(b) {
		return nil
	}
	b.Settings = append(slices.Clone(b.Settings), string(k))
	return buckets.Update(tx, b)
}

// drop removes the one of that ID.
func (k namedKind[T]) drop(tx store.Tx, b *Bucket, id string) error {
	if !k.has(b) {
		return noConfiguration(b)
	}
	err := nameds.Delete(tx, store.K(b.ID, string(k), id))
	if store.IsAbsent(err) {
		return noConfiguration(b)
	}
	if err != nil {
		return err
	}
	left, err := nameds.Count(tx, store.K(b.ID, string(k)), 1)
	if err != nil || left > 0 {
		return err
	}
	i := slices.Index(b.Settings, string(k))
	b.Settings = slices.Delete(slices.Clone(b.Settings), i, i+1)
	return buckets.Update(tx, b)
}

// page reads those of one page of a listing, and answers the token of the next, nil at the end.
func (k namedKind[T]) page(s *Service, c *service.Call, b *Bucket, token *string, show func(*T)) (next *string, err error) {
	p, err := service.OpenPage(s.Seal, "s3."+string(k)+" "+b.ID, token, namedPage)
	if err != nil {
		return nil, invalid("continuation-token", *token, "The continuation token provided is incorrect")
	}
	if !k.has(b) {
		return nil, nil
	}
	return service.VisitPage(c.Tx, p, nameds, store.K(b.ID, string(k)), func(n *named) (bool, error) {
		v, err := k.decode(n)
		if err == nil {
			show(v)
		}
		return true, err
	})
}

// checkNamed refuses an ID that no configuration can have, or that is not the one of the path.
func checkNamed(path, body string) error {
	if path != body {
		return errIDMismatch.New("Document ID does not match the specified configuration ID.")
	}
	bad := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	}
	if path == "" || len(path) > maxNamedID || strings.ContainsFunc(path, bad) {
		return invalid("Id", path, "The ID of a configuration has 1 to 64 letters, digits, hyphens, underscores and periods.")
	}
	return nil
}

// forgetNamed removes those of a bucket that is deleted.
func forgetNamed(tx store.Tx, b *Bucket) error {
	var keys []store.Key
	if _, err := store.Visit(tx, nameds, store.K(b.ID), nil, func(n *named) bool {
		keys = append(keys, nameds.Key(n))
		return true
	}); err != nil {
		return err
	}
	for _, k := range keys {
		if err := nameds.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
}
