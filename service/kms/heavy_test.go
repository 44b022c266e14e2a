package kms

import (
	"crypto/rand"
	"errors"
	"testing"

	"vauban/api/wire"
	"vauban/service"
	"vauban/service/kms/material"
)

// TestKeyPairsTakeTurns: no account gets more of the machine by asking for more key pairs at a time. Keys that cost nothing do not wait.
func TestKeyPairsTakeTurns(t *testing.T) {
	s := &Service{Deps: service.Deps{Rand: rand.Reader}, heavy: service.NewTurns(1)}
	c := &service.Call{Context: t.Context(), Account: "111122223333"}
	end, err := s.heavy.Take(c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.newMaterial(c, material.P256)
	var e *wire.Error
	if !errors.As(err, &e) || e.Shape != errThrottling {
		t.Errorf("a key pair more than the account may have in the making: %v", err)
	}
	if _, err := s.newMaterial(c, material.Symmetric); err != nil {
		t.Error(err)
	}
	end()
	if _, err := s.newMaterial(c, material.P256); err != nil {
		t.Error(err)
	}
}
