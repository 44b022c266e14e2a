package datakey_test

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"vauban/service"
	"vauban/service/datakey"
)

// TestSeal: what is sealed opens under the same key about the same thing, and is refused otherwise.
func TestSeal(t *testing.T) {
	one, err := datakey.New(bytes.Repeat([]byte{1}, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := datakey.New(bytes.Repeat([]byte{2}, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := one.Seal(rand.Reader, []byte("text"), "m1")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := one.Open(sealed, "m1"); err != nil || string(got) != "text" {
		t.Errorf("%q, %v", got, err)
	}
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	for name, try := range map[string]func() ([]byte, error){
		"about another": func() ([]byte, error) { return one.Open(sealed, "m2") },
		"another key":   func() ([]byte, error) { return other.Open(sealed, "m1") },
		"a bit flipped": func() ([]byte, error) { return one.Open(flipped, "m1") },
		"too short":     func() ([]byte, error) { return one.Open(sealed[:5], "m1") },
	} {
		if _, err := try(); err == nil {
			t.Errorf("%s: was opened", name)
		}
	}
	if _, err := datakey.New(make([]byte, 16), nil); err == nil {
		t.Error("a key of 128 bits was taken")
	}
}

// TestKept: a key is there until its time, and not after Forget.
func TestKept(t *testing.T) {
	var kept datakey.Kept
	key, err := datakey.New(make([]byte, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(0, 0)
	kept.Put("a", key, now.Add(time.Second))
	kept.Put("b", key, now.Add(time.Minute))
	if kept.Get("a", now) != key || kept.Get("a", now.Add(time.Second)) != nil || kept.Get("b", now.Add(time.Second)) != key {
		t.Error("a key is kept for another time than was said")
	}
	kept.Forget()
	if kept.Get("b", now) != nil {
		t.Error("a forgotten key is still there")
	}
}

func TestARN(t *testing.T) {
	for in, want := range map[string]string{
		"arn:aws:kms:eu-west-1:2:key/k": "arn:aws:kms:eu-west-1:2:key/k", "alias/a": "arn:aws:kms:us-east-1:1:alias/a", "k": "arn:aws:kms:us-east-1:1:key/k",
	} {
		if got := datakey.ARN(in, "aws", "us-east-1", "1"); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// TestAsker: sessions of one role and name share keys only when they are one session: another's policy, or its tags, may keep a key from it.
func TestAsker(t *testing.T) {
	asker := func(change func(*service.Session)) string {
		x := &service.Session{Kind: service.AssumeRole, Name: "s", IssuedAt: time.Unix(1, 0), Policy: "{}", PolicyARNs: []string{"a"}, Tags: map[string]string{"k": "v"}}
		change(x)
		got, err := datakey.Asker(&service.Call{Caller: &service.Caller{Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/r/s", UserID: "AROA:s", Session: x}})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	one := asker(func(*service.Session) {})
	if asker(func(*service.Session) {}) != one {
		t.Error("a session is not itself")
	}
	for name, change := range map[string]func(*service.Session){
		"policy":      func(x *service.Session) { x.Policy = "" },
		"policy ARNs": func(x *service.Session) { x.PolicyARNs = nil },
		"tags":        func(x *service.Session) { x.Tags = map[string]string{"k": "w"} },
		"issue time":  func(x *service.Session) { x.IssuedAt = time.Unix(2, 0) },
	} {
		if asker(change) == one {
			t.Errorf("another %s: one asker", name)
		}
	}
}
