package material

import (
	"bytes"
	"errors"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, spec := range allSpecs() {
		if spec == RSA3072 || spec == RSA4096 {
			continue
		}
		b, err := make1(f, spec).Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := Parse(b)
		if err != nil {
			if !errors.Is(err, ErrMaterial) && !errors.Is(err, ErrSpec) {
				t.Errorf("answers %v", err)
			}
			return
		}
		out, err := k.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(out)
		if err != nil {
			t.Fatalf("what it marshals does not parse: %v", err)
		}
		if second, err := again.Marshal(); err != nil || !bytes.Equal(second, out) {
			t.Errorf("marshals differently the second time, %v", err)
		}
	})
}

func FuzzAgree(f *testing.F) {
	k := make1(f, P256)
	for _, spec := range []string{P256, P384, RSA2048, Ed25519} {
		pub, err := make1(f, spec).PublicKey()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(pub)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		secret, err := k.Agree(b)
		if err != nil && !errors.Is(err, ErrPublicKey) || err == nil && len(secret) != 32 {
			t.Errorf("%d bytes, %v", len(secret), err)
		}
	})
}
