package xaes

import (
	"crypto/sha3"
	"encoding/hex"
	"testing"
)

// The vectors of https://c2sp.org/XAES-256-GCM.
func TestXAESVectors(t *testing.T) {
	tests := []struct {
		key   byte
		nonce string
		plain string
		aad   string
		want  string
	}{
		{1, "ABCDEFGHIJKLMNOPQRSTUVWX", "XAES-256-GCM", "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{3, "ABCDEFGHIJKLMNOPQRSTUVWX", "XAES-256-GCM", "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	}
	for _, tt := range tests {
		var key [KeySize]byte
		for i := range key {
			key[i] = tt.key
		}
		x, err := New(&key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := x.Seal(nil, []byte(tt.nonce), []byte(tt.plain), []byte(tt.aad))
		if err != nil {
			t.Fatal(err)
		}
		if hex.EncodeToString(got) != tt.want {
			t.Errorf("key %d: got %x, want %s", tt.key, got, tt.want)
		}
		back, err := x.Open(nil, []byte(tt.nonce), got, []byte(tt.aad))
		if err != nil || string(back) != tt.plain {
			t.Errorf("key %d: opened %q, %v", tt.key, back, err)
		}
	}
}

// TestXAESAccumulated runs 10,000 pseudo-random messages, as the specification's accumulated vector does: both values of the subkey's
// top bit occur, which the fixed vectors do not guarantee.
func TestXAESAccumulated(t *testing.T) {
	in, out := sha3.NewSHAKE128(), sha3.NewSHAKE128()
	read := func(n int) []byte {
		b := make([]byte, n)
		if _, err := in.Read(b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	for range 10_000 {
		key := [KeySize]byte(read(KeySize))
		nonce := read(NonceSize)
		plain := read(int(read(1)[0]))
		aad := read(int(read(1)[0]))
		x, err := New(&key)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := x.Seal(nil, nonce, plain, aad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(sealed); err != nil {
			t.Fatal(err)
		}
		if back, err := x.Open(nil, nonce, sealed, aad); err != nil || string(back) != string(plain) {
			t.Fatalf("does not open: %v", err)
		}
	}
	sum := make([]byte, 32)
	if _, err := out.Read(sum); err != nil {
		t.Fatal(err)
	}
	const want = "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"
	if got := hex.EncodeToString(sum); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
