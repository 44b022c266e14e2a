package iam

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"vauban/engine/password"
	"vauban/seal"
	"vauban/service"
	"vauban/store"
)

// TestBusyIsNoFailedAttempt: who is refused because too many passwords are being checked has not guessed. However often that happens, the
// right password is looked at without a wait afterwards, and the wrong one counts.
func TestBusyIsNoFailedAttempt(t *testing.T) {
	db := memory(t)
	ring, err := seal.Open(t.Context(), seal.Ephemeral{}, seal.Keep(db), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ring.Close() })
	s := New(service.Deps{Store: db, Seal: ring, Clock: time.Now, Rand: rand.Reader, Partition: "aws"}, nil)
	s.hashing.cost = password.Cost{Memory: 64, Passes: 1, Threads: 1}
	hash, err := s.hashing.hash(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx store.Tx) error {
		u := &User{Account: "111122223333", Name: "dana", Path: "/", ID: "AIDADANA", Login: &Login{}}
		if u.Login.Hash, err = s.sealHash(u, hash); err != nil {
			return err
		}
		return errors.Join(accounts.Insert(tx, &Account{ID: u.Account}), users.Insert(tx, u))
	})
	if err != nil {
		t.Fatal(err)
	}
	claim := service.Claim{Account: "111122223333", User: "dana", Password: "right", Source: foreign, Time: time.Now()}

	full := int64(waitersPerSlot * cap(s.hashing.slots))
	s.hashing.waiting.Add(full)
	for range 3 * limitSecret.free {
		_, err := s.Prove(t.Context(), claim)
		if e := answered(err); e == nil || e.Shape != busy {
			t.Fatalf("with a full queue: %v", err)
		}
	}
	if n := countTries(t, db); n != 0 {
		t.Errorf("%d subjects have failed attempts", n)
	}
	s.hashing.waiting.Add(-full)
	if _, err := s.Prove(t.Context(), claim); err != nil {
		t.Errorf("the right password, once the queue is short again: %v", err)
	}

	claim.Password = "wrong"
	var refused *service.Refusal
	if _, err := s.Prove(t.Context(), claim); !errors.As(err, &refused) || refused.Reason != service.WrongPassword {
		t.Errorf("a wrong password: %v", err)
	}
	if n := countTries(t, db); n == 0 {
		t.Error("a wrong password is not counted")
	}
}
