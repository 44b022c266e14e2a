package iam

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"vauban/engine/password"
)

func TestHasher(t *testing.T) {
	h := newHasher(rand.Reader)
	h.cost = password.Cost{Memory: 64, Passes: 1, Threads: 1}
	hash, err := h.hash(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		hash []byte
		word string
		ok   bool
	}{{hash, "right", true}, {hash, "wrong", false}, {nil, "right", false}, {nil, "", false}} {
		ok, _, err := h.verify(t.Context(), test.hash, test.word)
		if err != nil || ok != test.ok {
			t.Errorf("%q: %v, %v", test.word, ok, err)
		}
	}
	if _, _, err := h.verify(t.Context(), []byte("damaged"), "right"); err == nil {
		t.Error("a damaged hash is taken for a wrong password")
	}
}

// TestHasherIsBounded: who waits for a slot gives up with its request.
func TestHasherIsBounded(t *testing.T) {
	h := newHasher(rand.Reader)
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := h.verify(ctx, nil, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("with all slots taken: %v", err)
	}
}

// TestHashersQueueIsBounded: who comes when too many wait already is told so at once, and the queue is what it was.
func TestHashersQueueIsBounded(t *testing.T) {
	h := newHasher(rand.Reader)
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	h.waiting.Store(int64(waitersPerSlot * cap(h.slots)))
	for range 3 {
		_, _, err := h.verify(t.Context(), nil, "x")
		if e := answered(err); e == nil || e.Shape != busy {
			t.Fatalf("with a full queue: %v", err)
		}
	}
	if n := h.waiting.Load(); n != int64(waitersPerSlot*cap(h.slots)) {
		t.Errorf("%d are waiting", n)
	}
}

func TestPasswordAge(t *testing.T) {
	set := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, test := range []struct {
		name   string
		policy *PasswordPolicy
		age    time.Duration
		want   bool
	}{
		{"no policy", nil, 10000 * time.Hour, false},
		{"no age", &PasswordPolicy{}, 10000 * time.Hour, false},
		{"young", &PasswordPolicy{MaxAge: 1}, 24*time.Hour - time.Second, false},
		{"old", &PasswordPolicy{MaxAge: 1}, 24 * time.Hour, true},
	} {
		if got := test.policy.expired(set, set.Add(test.age)); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestHistory(t *testing.T) {
	l := &Login{Hash: []byte("1")}
	p := &PasswordPolicy{ReusePrevention: 3}
	for _, h := range []string{"2", "3", "4"} {
		l.change([]byte(h), p, time.Time{})
	}
	if string(l.Hash) != "4" || len(l.History) != 2 || string(l.History[0]) != "3" || string(l.History[1]) != "2" {
		t.Errorf("%s, history %s", l.Hash, l.History)
	}
	l.change([]byte("5"), nil, time.Time{})
	if l.History != nil {
		t.Errorf("without a policy former passwords are kept: %s", l.History)
	}
}
