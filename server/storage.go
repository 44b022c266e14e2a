package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"vauban/store"
)

// storage is a store that remembers that a write found no room, for readiness. That a smaller one does says little: it may go into what is left.
type storage struct {
	store.DB
	full atomic.Bool
}

func (s *storage) Write(ctx context.Context, fn func(store.Tx) error) error {
	err := s.DB.Write(ctx, fn)
	s.note(err)
	return err
}

func (s *storage) Append(ctx context.Context, events ...store.Event) error {
	err := s.DB.Append(ctx, events...)
	s.note(err)
	return err
}

func (s *storage) note(err error) {
	if errors.Is(err, store.ErrFull) {
		s.full.Store(true)
	}
}

// probe is a document that is written only to learn whether there is room again.
type probe struct{ Text string }

var probes = &store.Table[probe]{Name: "server.probe", Key: func(*probe) store.Key { return store.K("room") }}

// probeSize is about what a change of a policy with its record takes.
const probeSize = 32 << 10

// room returns nil unless a write found none, and the probe finds none either.
func (s *storage) room(ctx context.Context) error {
	if !s.full.Load() {
		return nil
	}
	err := s.Write(ctx, func(tx store.Tx) error { return probes.Put(tx, &probe{strings.Repeat("room ", probeSize/5)}) })
	if err != nil {
		return fmt.Errorf("there is no room for changes and records: %w", err)
	}
	s.full.Store(false)
	return nil
}
