package kms

import (
	"bytes"
	"fmt"
	"sync"

	"vauban/engine/policy"
	"vauban/service"
	"vauban/service/kms/material"
	"vauban/store"
)

// held is a key as calls use it: its document, with the policy parsed and the material opened, both once. Many calls share it, so nothing of it
// may be changed.
type held struct {
	*Key
	arn    string
	policy policy.Named
	keys   map[string][]string // condition keys that the key gives
	body   []byte              // of the document: what the rest is a function of

	mu     sync.Mutex
	opened map[string]*material.Key // by generation
	grants map[string][]*Grant      // by grantee
}

// keyCache keeps keys by the bytes of their documents: whatever transaction reads the same bytes may use the same held key. Material goes
// out of memory with the entry.
type keyCache struct {
	mu sync.RWMutex
	m  map[string]*held
}

// maxHeld bounds the keys in memory. Who uses one keeps it when the cache starts over.
const maxHeld = 10_000

// get reads a key; [store.ErrNotFound] when there is none.
func (c *keyCache) get(tx store.Tx, key store.Key) (*held, error) {
	d, err := tx.Get(keyTable.Name, key)
	if err != nil {
		if store.IsAbsent(err) {
			c.drop(key)
		}
		return nil, err
	}
	c.mu.RLock()
	h := c.m[string(key)]
	c.mu.RUnlock()
	if h != nil && bytes.Equal(h.body, d.Body) {
		return h, nil
	}
	k, err := keyTable.Get(tx, key)
	if err != nil {
		return nil, err
	}
	fresh, err := hold(k)
	if err != nil {
		return nil, err
	}
	fresh.body = d.Body
	if h != nil {
		fresh.inherit(h)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxHeld {
		c.m = map[string]*held{}
	}
	c.m[string(key)] = fresh
	return fresh, nil
}

func (c *keyCache) drop(key store.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.m, string(key))
}

// hold parses what a key's document holds.
func hold(k *Key) (*held, error) {
	doc, err := policy.Parse([]byte(k.Policy))
	if err != nil {
		return nil, fmt.Errorf("parse the policy of key %s: %w", k.ID, err)
	}
	arn := k.ARN()
	return &held{Key: k, arn: arn, policy: policy.Named{Name: arn, Document: doc}, keys: keyKeys(k), opened: map[string]*material.Key{}}, nil
}

// inherit takes over the opened material of the former document that the new one still lists: material never changes under its ID.
func (h *held) inherit(former *held) {
	former.mu.Lock()
	defer former.mu.Unlock()
	for _, g := range h.Generations {
		if m := former.opened[g.ID]; m != nil && !g.Missing {
			h.opened[g.ID] = m
		}
	}
}

// generation is the material of that ID, in memory after the first use. tx may be nil: then it is read on a snapshot of its own.
func (s *Service) generation(u *use, id string) (*material.Key, error) {
	h := u.key
	if g := h.generationOf(id); g != nil && g.gone(u.Time) {
		return nil, h.pendingImport()
	}
	h.mu.Lock()
	m := h.opened[id]
	h.mu.Unlock()
	if m != nil {
		return m, nil
	}
	err := s.read(u.Call, func(tx store.Tx) (err error) {
		m, err = s.loadMaterial(tx, h.Key, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened[id] = m
	return m, nil
}

// read runs fn in the call's transaction, or on a snapshot when it has none.
func (s *Service) read(c *service.Call, fn func(store.Tx) error) error {
	if c.Tx != nil {
		return fn(c.Tx)
	}
	return s.Store.Read(c, fn)
}

// current is the material that encrypts, signs and so on.
func (s *Service) current(u *use) (*material.Key, error) { return s.generation(u, u.key.Current) }
