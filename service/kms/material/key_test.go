package material

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func allSpecs() []string {
	return []string{Symmetric, RSA2048, RSA3072, RSA4096, P256, P384, P521, Secp256k1, Ed25519, HMAC224, HMAC256, HMAC384, HMAC512, MLDSA44, MLDSA65, MLDSA87}
}

func make1(t testing.TB, spec string) *Key {
	t.Helper()
	k, err := Generate(rand.Reader, spec)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestKeysSurviveStorage: what was made before a key was kept is good for the key that was read back.
func TestKeysSurviveStorage(t *testing.T) {
	for _, spec := range allSpecs() {
		t.Run(spec, func(t *testing.T) {
			k := make1(t, spec)
			b, err := k.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			back, err := Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			if back.Spec() != spec {
				t.Errorf("reads back as %s", back.Spec())
			}
			again, err := back.Marshal()
			if err != nil || !bytes.Equal(again, b) {
				t.Errorf("marshals differently the second time, %v", err)
			}
			exercise(t, k, back)
		})
	}
}

// exercise uses the first key and checks with the second.
func exercise(t *testing.T, k, back *Key) {
	t.Helper()
	message := []byte("attack at dawn")
	for _, a := range EncryptionAlgorithms(k.Spec(), EncryptDecrypt) {
		seal := func() ([]byte, error) { return k.Encrypt(a, message) }
		open := func(b []byte) ([]byte, error) { return back.Decrypt(a, b) }
		if a == AESGCM {
			seal = func() ([]byte, error) { return k.Seal(rand.Reader, message, []byte("aad")) }
			open = func(b []byte) ([]byte, error) { return back.Open(b, []byte("aad")) }
		}
		c, err := seal()
		if err != nil {
			t.Fatal(err)
		}
		if p, err := open(c); err != nil || !bytes.Equal(p, message) {
			t.Errorf("%s: opens as %q, %v", a, p, err)
		}
		c[len(c)/2] ^= 1
		if _, err := open(c); !errors.Is(err, ErrCiphertext) {
			t.Errorf("%s: a flipped bit answers %v", a, err)
		}
	}
	for _, a := range SigningAlgorithms(k.Spec(), SignVerify) {
		kind, m := TypeRaw, message
		if a == Ed25519Hash {
			kind, m = TypeDigest, bytes.Repeat([]byte{7}, 64)
		}
		s, err := k.Sign(a, kind, m)
		if err != nil {
			t.Fatal(err)
		}
		if err := back.Verify(a, kind, m, s); err != nil {
			t.Errorf("%s: %v", a, err)
		}
		other := slices.Clone(m)
		other[0] ^= 1
		if err := back.Verify(a, kind, other, s); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: another message answers %v", a, err)
		}
		if err := back.Verify(a, kind, m, s[:len(s)-1]); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: a cut signature answers %v", a, err)
		}
		if err := back.Verify(a, kind, m, nil); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: no signature answers %v", a, err)
		}
	}
	for _, a := range MACAlgorithms(k.Spec(), GenerateVerifyMAC) {
		c, err := k.MAC(a, message)
		if err != nil {
			t.Fatal(err)
		}
		if err := back.VerifyMAC(a, message, c); err != nil {
			t.Error(err)
		}
		c[0] ^= 1
		if err := back.VerifyMAC(a, message, c); !errors.Is(err, ErrMAC) {
			t.Errorf("%s: a flipped bit answers %v", a, err)
		}
	}
}

func TestAgreement(t *testing.T) {
	for _, spec := range []string{P256, P384, P521} {
		a, b := make1(t, spec), make1(t, spec)
		pa, err := a.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		pb, err := b.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		sa, err := a.Agree(pb)
		if err != nil {
			t.Fatal(err)
		}
		sb, err := b.Agree(pa)
		if err != nil || !bytes.Equal(sa, sb) {
			t.Errorf("%s: the two sides disagree, %v", spec, err)
		}
		for _, wrong := range []string{RSA2048, Ed25519, Secp256k1} {
			p, err := make1(t, wrong).PublicKey()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Agree(p); !errors.Is(err, ErrPublicKey) {
				t.Errorf("%s with a peer of %s answers %v", spec, wrong, err)
			}
		}
	}
}

// TestWrongAlgorithms asks every key for every algorithm that it does not have.
func TestWrongAlgorithms(t *testing.T) {
	for _, spec := range allSpecs() {
		if spec == RSA3072 || spec == RSA4096 {
			continue // slow to make, and as RSA_2048
		}
		k := make1(t, spec)
		var signing, macs []string
		for _, other := range allSpecs() {
			signing = append(signing, SigningAlgorithms(other, SignVerify)...)
			macs = append(macs, MACAlgorithms(other, GenerateVerifyMAC)...)
		}
		var wrong *AlgorithmError
		for _, a := range append(signing, "SM2DSA", "") {
			if !slices.Contains(SigningAlgorithms(spec, SignVerify), a) {
				if _, err := k.Sign(a, TypeRaw, nil); !errors.As(err, &wrong) {
					t.Errorf("%s signs with %q: %v", spec, a, err)
				}
				if err := k.Verify(a, TypeRaw, nil, nil); !errors.As(err, &wrong) {
					t.Errorf("%s verifies with %q: %v", spec, a, err)
				}
			}
		}
		for _, a := range append(macs, "") {
			if !slices.Contains(MACAlgorithms(spec, GenerateVerifyMAC), a) {
				if _, err := k.MAC(a, nil); !errors.As(err, &wrong) {
					t.Errorf("%s authenticates with %q: %v", spec, a, err)
				}
			}
		}
		if _, err := k.Encrypt(OAEPSHA1, nil); spec != RSA2048 && !errors.As(err, &wrong) {
			t.Errorf("%s encrypts with RSA: %v", spec, err)
		}
		if _, err := k.Seal(rand.Reader, nil, nil); spec != Symmetric && !errors.As(err, &wrong) {
			t.Errorf("%s seals: %v", spec, err)
		}
		if _, err := k.Agree(nil); len(AgreementAlgorithms(spec, KeyAgreement)) == 0 && !errors.As(err, &wrong) {
			t.Errorf("%s agrees: %v", spec, err)
		}
		if _, err := k.PublicKey(); !Asymmetric(spec) && !errors.As(err, &wrong) {
			t.Errorf("%s has a public key: %v", spec, err)
		}
	}
	if _, err := Generate(rand.Reader, "SM2"); !errors.Is(err, ErrSpec) {
		t.Errorf("SM2 answers %v", err)
	}
}

func TestMessageTypes(t *testing.T) {
	tests := []struct {
		spec, algorithm, kind string
		length, want          int // want -1: accepted
	}{
		{P256, ECDSASHA256, TypeDigest, 32, -1},
		{P256, ECDSASHA256, TypeDigest, 31, 32},
		{P384, ECDSASHA384, TypeDigest, 32, 48},
		{P521, ECDSASHA512, TypeDigest, 64, -1},
		{P256, ECDSASHA256, TypeExternal, 64, 0},
		{RSA2048, PSSSHA512, TypeDigest, 32, 64},
		{RSA2048, PKCS1SHA384, TypeDigest, 48, -1},
		{Secp256k1, ECDSASHA256, TypeDigest, 33, 32},
		{Ed25519, Ed25519Pure, TypeDigest, 64, 0},
		{Ed25519, Ed25519Hash, TypeRaw, 64, 0},
		{Ed25519, Ed25519Hash, TypeDigest, 63, 64},
		{MLDSA44, MLDSAShake, TypeDigest, 32, 0},
		{MLDSA44, MLDSAShake, TypeExternal, 63, 64},
		{MLDSA44, MLDSAShake, TypeExternal, 64, -1},
	}
	for _, tt := range tests {
		k := make1(t, tt.spec)
		s, err := k.Sign(tt.algorithm, tt.kind, make([]byte, tt.length))
		if tt.want == -1 {
			if err != nil {
				t.Errorf("%v: %v", tt, err)
			} else if err := k.Verify(tt.algorithm, tt.kind, make([]byte, tt.length), s); err != nil {
				t.Errorf("%v: %v", tt, err)
			}
			continue
		}
		var wrong *MessageError
		if !errors.As(err, &wrong) || wrong.Length != tt.want {
			t.Errorf("%v: %v", tt, err)
		}
		if err := k.Verify(tt.algorithm, tt.kind, make([]byte, tt.length), nil); !errors.As(err, &wrong) {
			t.Errorf("%v: verifies with %v", tt, err)
		}
	}
}

// TestLongestPlaintext uses the limits that AWS documents.
func TestLongestPlaintext(t *testing.T) {
	for _, tt := range []struct {
		spec, algorithm string
		max             int
	}{{RSA2048, OAEPSHA1, 214}, {RSA2048, OAEPSHA256, 190}, {RSA3072, OAEPSHA256, 318}, {RSA4096, OAEPSHA1, 470}} {
		k := make1(t, tt.spec)
		if _, err := k.Encrypt(tt.algorithm, make([]byte, tt.max)); err != nil {
			t.Errorf("%v: %v", tt, err)
		}
		var long *TooLongError
		if _, err := k.Encrypt(tt.algorithm, make([]byte, tt.max+1)); !errors.As(err, &long) || long.Max != tt.max {
			t.Errorf("%v: %v", tt, err)
		}
	}
}

// TestSealBindsAdditionalData: a message opens only under its own key and additional data, and two seals never look alike.
func TestSealBindsAdditionalData(t *testing.T) {
	k, other := make1(t, Symmetric), make1(t, Symmetric)
	rapid.Check(t, func(t *rapid.T) {
		bytesOf := rapid.SliceOfN(rapid.Byte(), 0, 100)
		plain, aad, wrong := bytesOf.Draw(t, "plain"), bytesOf.Draw(t, "aad"), bytesOf.Draw(t, "wrong")
		c, err := k.Seal(rand.Reader, plain, aad)
		if err != nil {
			t.Fatal(err)
		}
		if len(c) != len(plain)+Overhead {
			t.Fatalf("%d bytes became %d", len(plain), len(c))
		}
		if got, err := k.Open(c, aad); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opens as %x, %v", got, err)
		}
		if _, err := k.Open(c, wrong); !bytes.Equal(wrong, aad) && !errors.Is(err, ErrCiphertext) {
			t.Fatalf("opens under other data: %v", err)
		}
		if _, err := other.Open(c, aad); !errors.Is(err, ErrCiphertext) {
			t.Fatalf("opens under another key: %v", err)
		}
		again, err := k.Seal(rand.Reader, plain, aad)
		if err != nil || bytes.Equal(again, c) {
			t.Fatalf("seals the same way twice, %v", err)
		}
	})
}

func TestIDs(t *testing.T) {
	k, other := make1(t, Symmetric), make1(t, Symmetric)
	id := func(k *Key, keyID string) string {
		t.Helper()
		s, err := k.ID(keyID)
		if err != nil || len(s) != 64 {
			t.Fatalf("id %q, %v", s, err)
		}
		return s
	}
	first, again := id(k, "a"), id(k, "a")
	if first != again || first == id(k, "b") || first == id(other, "a") {
		t.Error("an ID must be of one material under one key ID")
	}
}

// TestBadSource: a source of randomness that gives nothing, or only ones, makes an error instead of a key.
func TestBadSource(t *testing.T) {
	for _, spec := range []string{Symmetric, P256, Secp256k1, Ed25519, HMAC256, MLDSA65} {
		if _, err := Generate(bytes.NewReader(nil), spec); err == nil {
			t.Errorf("%s is made of nothing", spec)
		}
	}
	for _, spec := range []string{P256, P384, P521, Secp256k1} {
		if _, err := Generate(bytes.NewReader(bytes.Repeat([]byte{0xff}, 10_000)), spec); err == nil {
			t.Errorf("%s is made of a scalar above the order", spec)
		}
	}
}
