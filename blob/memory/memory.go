// Package memory keeps objects in the process: for servers that keep nothing on disk. The bytes are sealed like everywhere else.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"vauban/blob"
)

// Store implements blob.Store.
type Store struct {
	rand  io.Reader
	clock func() time.Time

	mu      sync.RWMutex
	objects map[string]sealed
}

type sealed struct {
	bytes []byte
	put   time.Time
}

var _ blob.Store = (*Store)(nil)

// New returns an empty store. rand must be safe for concurrent use.
func New(rand io.Reader, clock func() time.Time) *Store {
	return &Store{rand: rand, clock: clock, objects: map[string]sealed{}}
}

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, id string, key *blob.DataKey, r io.Reader) (int64, error) {
	var b bytes.Buffer
	size, err := blob.Encrypt(ctx, &b, s.rand, key, id, r)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[id] = sealed{b.Bytes(), s.clock()}
	return size, nil
}

// Open implements blob.Store.
func (s *Store) Open(_ context.Context, id string, key *blob.DataKey) (blob.Object, error) {
	if err := blob.CheckID(id); err != nil {
		return nil, err
	}
	s.mu.RLock()
	o, ok := s.objects[id]
	s.mu.RUnlock()
	if !ok {
		return nil, fmt.Errorf("open %s: %w", id, blob.ErrNotFound)
	}
	return blob.Open(bytes.NewReader(o.bytes), int64(len(o.bytes)), key, id)
}

// Delete implements blob.Store.
func (s *Store) Delete(_ context.Context, id string) error {
	if err := blob.CheckID(id); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, id)
	return nil
}

// List implements blob.Store.
func (s *Store) List(ctx context.Context, fn func(blob.Info) error) error {
	s.mu.RLock()
	all := maps.Clone(s.objects)
	s.mu.RUnlock()
	for id, o := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(blob.Info{ID: id, Stored: int64(len(o.bytes)), Time: o.put}); err != nil {
			return err
		}
	}
	return nil
}

// Close implements blob.Store.
func (s *Store) Close() error { return nil }
