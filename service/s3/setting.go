package s3

import (
	"encoding/json"
	"fmt"
	"slices"

	"vauban/store"
)

// setting is one kind of configuration of a bucket.
type setting struct {
	Bucket string          `json:"bucket"` // its ID
	Kind   string          `json:"kind"`
	Body   json.RawMessage `json:"body"`
}

var settings = &store.Table[setting]{
	Name: "s3.setting",
	Key:  func(s *setting) store.Key { return store.K(s.Bucket, s.Kind) },
}

// kindOf is a kind of configuration, which is stored as a T.
type kindOf[T any] string

// in reads the bucket's configuration of the kind, nil when there is none. The bucket lists what it has, so that nothing is read for the many that
// have none.
func (k kindOf[T]) in(tx store.Tx, b *Bucket) (*T, error) {
	if !slices.Contains(b.Settings, string(k)) {
		return nil, nil
	}
	s, err := settings.Get(tx, store.K(b.ID, string(k)))
	if err != nil {
		return nil, fmt.Errorf("read the %s of bucket %s: %w", k, b.Name, err)
	}
	v := new(T)
	if err := json.Unmarshal(s.Body, v); err != nil {
		return nil, fmt.Errorf("read the %s of bucket %s: %w", k, b.Name, err)
	}
	return v, nil
}

// put makes v the bucket's configuration of the kind.
func (k kindOf[T]) put(tx store.Tx, b *Bucket, v *T) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := settings.Put(tx, &setting{b.ID, string(k), body}); err != nil {
		return fmt.Errorf("store the %s of bucket %s: %w", k, b.Name, err)
	}
	if slices.Contains(b.Settings, string(k)) {
		return nil
	}
	b.Settings = append(slices.Clone(b.Settings), string(k))
	return buckets.Update(tx, b)
}

// drop removes the bucket's configuration of the kind, if there is one.
func (k kindOf[T]) drop(tx store.Tx, b *Bucket) error {
	i := slices.Index(b.Settings, string(k))
	if i < 0 {
		return nil
	}
	if err := settings.Delete(tx, store.K(b.ID, string(k))); err != nil {
		return err
	}
	b.Settings = slices.Delete(slices.Clone(b.Settings), i, i+1)
	return buckets.Update(tx, b)
}

// forgetConfiguration removes the configuration of a bucket that is deleted.
func (s *Service) forgetConfiguration(tx store.Tx, b *Bucket) error {
	for _, kind := range b.Settings {
		if err := settings.Delete(tx, store.K(b.ID, kind)); err != nil && !store.IsAbsent(err) {
			return err
		}
	}
	return forgetNamed(tx, b)
}
