package material

import (
	"bytes"
	"crypto/sha3"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// representative computes mu of a message without a context (FIPS 204 algorithm 7, step 6; RFC 9881 appendix D).
func representative(public, message []byte) []byte {
	h := sha3.NewSHAKE256()
	h.Write(public)
	tr := make([]byte, 64)
	h.Read(tr)
	h = sha3.NewSHAKE256()
	h.Write(tr)
	h.Write([]byte{0, 0})
	h.Write(message)
	mu := make([]byte, muSize)
	h.Read(mu)
	return mu
}

// TestRepresentatives: a signature of a message is one of its representative, both ways, and of nothing else. The library, which verifies whole
// messages, is the oracle.
func TestRepresentatives(t *testing.T) {
	for _, spec := range []string{MLDSA44, MLDSA65, MLDSA87} {
		t.Run(spec, func(t *testing.T) {
			k := make1(t, spec)
			public := k.form.(*latticePair).key.PublicKey().Bytes()
			rapid.Check(t, func(t *rapid.T) {
				message := rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(t, "message")
				mu := representative(public, message)
				whole, err := k.Sign(MLDSAShake, TypeRaw, message)
				if err != nil {
					t.Fatal(err)
				}
				short, err := k.Sign(MLDSAShake, TypeExternal, mu)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range [][]byte{whole, short} {
					if err := k.Verify(MLDSAShake, TypeRaw, message, s); err != nil {
						t.Fatalf("the message: %v", err)
					}
					if err := k.Verify(MLDSAShake, TypeExternal, mu, s); err != nil {
						t.Fatalf("its representative: %v", err)
					}
				}
				s := bytes.Clone(whole)
				s[rapid.IntRange(0, len(s)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
				if err := k.Verify(MLDSAShake, TypeExternal, mu, s); !errors.Is(err, ErrSignature) {
					t.Fatalf("an altered signature: %v", err)
				}
				if err := k.Verify(MLDSAShake, TypeRaw, message, s); !errors.Is(err, ErrSignature) {
					t.Fatalf("an altered signature, by the library: %v", err)
				}
				mu[0] ^= 1
				if err := k.Verify(MLDSAShake, TypeExternal, mu, whole); !errors.Is(err, ErrSignature) {
					t.Fatalf("another representative: %v", err)
				}
			})
		})
	}
}

func FuzzRepresentative(f *testing.F) {
	k := make1(f, MLDSA44)
	mu := make([]byte, muSize)
	s, err := k.Sign(MLDSAShake, TypeExternal, mu)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		err := k.Verify(MLDSAShake, TypeExternal, mu, b)
		if (err == nil) != bytes.Equal(b, s) {
			t.Errorf("%d bytes answer %v", len(b), err)
		}
	})
}
