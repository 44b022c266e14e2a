package datakey

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"vauban/service"
)

// Kept are data keys that are used again for a while. The zero value works.
type Kept struct {
	mu sync.Mutex
	m  map[string]kept
}

type kept struct {
	key   *Key
	until time.Time
}

// mostKept bounds the memory; then all are forgotten, and KMS is asked again.
const mostKept = 10_000

// Get returns the key of that ID, nil when it is not kept, or no longer.
func (k *Kept) Get(id string, now time.Time) *Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	x := k.m[id]
	if x.key == nil || !now.Before(x.until) {
		delete(k.m, id)
		return nil
	}
	return x.key
}

// Put keeps the key until then.
func (k *Kept) Put(id string, key *Key, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.m == nil || len(k.m) >= mostKept {
		k.m = map[string]kept{}
	}
	k.m[id] = kept{key, until}
}

// Forget forgets all keys.
func (k *Kept) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.m = nil
}

// Asker tells callers apart as KMS does: what one may decrypt says nothing about another. Two sessions of one role can have one name and still not the same
// permissions, so that all that a session carries counts.
func Asker(c *service.Call) (string, error) {
	w := c.Caller
	session, err := json.Marshal(w.Session)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(session)
	return strings.Join([]string{w.Account, w.ARN, w.UserID, w.ServiceName, w.SourceARN, hex.EncodeToString(digest[:])}, "\n"), nil
}
