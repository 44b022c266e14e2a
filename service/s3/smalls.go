package s3

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"

	"vauban/store"
)

// sealedBytes keeps the bytes of small objects that were read of late, as they are stored: sealed. Content is never changed under its ID, so that whoever
// has found a version has found bytes that are good for it. The zero value works.
type sealedBytes struct {
	mu   sync.RWMutex
	byID map[string][]byte
	size int
}

// maxSealedBytes bounds the memory; then all are forgotten: what is read often comes back at once.
const maxSealedBytes = 16 << 20

// of returns the stored bytes of the content of a small object, nil for that of a large one. Nobody may change them.
func (s *sealedBytes) of(tx store.Tx, c *content) ([]byte, error) {
	if !c.Small {
		return nil, nil
	}
	s.mu.RLock()
	sealed := s.byID[c.ID]
	s.mu.RUnlock()
	if sealed != nil {
		return sealed, nil
	}
	d, err := tx.Get(smalls.Name, store.K(c.ID))
	if err != nil {
		return nil, fmt.Errorf("read a small object: %w", err)
	}
	if sealed, err = sealedIn(d.Body); err == nil && tx.Snapshot() { // what a write transaction reads may be rolled back
		s.keep(c.ID, sealed)
	}
	return sealed, err
}

func (s *sealedBytes) keep(id string, sealed []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil || s.size+len(sealed) > maxSealedBytes {
		s.byID, s.size = map[string][]byte{}, 0
	}
	if _, kept := s.byID[id]; !kept {
		s.byID[id], s.size = sealed, s.size+len(sealed)
	}
}

// sealedIn takes the bytes out of a document of the table smalls: a JSON decoder would look at each of them several times.
func sealedIn(body []byte) ([]byte, error) {
	_, rest, ok := bytes.Cut(body, []byte(`"sealed":`))
	text, _, closed := bytes.Cut(bytes.TrimPrefix(bytes.TrimSpace(rest), []byte(`"`)), []byte(`"`))
	if !ok || !closed {
		return nil, errors.New("a small object's document has another form")
	}
	return base64.StdEncoding.AppendDecode(make([]byte, 0, base64.StdEncoding.DecodedLen(len(text))), text)
}
