package material

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"
)

// TestPublishedSignatures verifies signatures of RFC 6979 appendix A.2.5 to A.2.7 ("sample"), whose keys are given as scalars.
func TestPublishedSignatures(t *testing.T) {
	for _, tt := range []struct{ spec, algorithm, scalar, r, s string }{
		{P256, ECDSASHA256, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
			"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
			"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
		{P384, ECDSASHA384, "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5",
			"94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46",
			"99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"},
		{P521, ECDSASHA512, "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
			"00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa",
			"00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a"},
	} {
		k, err := Generate(bytes.NewReader(unhex(t, tt.scalar)), tt.spec)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(unhex(t, tt.r)), new(big.Int).SetBytes(unhex(t, tt.s))})
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Verify(tt.algorithm, TypeRaw, []byte("sample"), sig); err != nil {
			t.Errorf("%s: %v", tt.spec, err)
		}
	}
}

// TestEdwardsVectors: RFC 8032 section 7.1 TEST 2 and section 7.3 (Ed25519ph).
func TestEdwardsVectors(t *testing.T) {
	k, err := Generate(bytes.NewReader(unhex(t, "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")), Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	s, err := k.Sign(Ed25519Pure, TypeRaw, []byte{0x72})
	const want = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
	if err != nil || hexOf(s) != want {
		t.Errorf("signs %x, %v", s, err)
	}
	k, err = Generate(bytes.NewReader(unhex(t, "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42")), Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	sum := unhex(t, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f") // SHA-512 of "abc"
	s, err = k.Sign(Ed25519Hash, TypeDigest, sum)
	const hashed = "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
	if err != nil || hexOf(s) != hashed {
		t.Errorf("signs %x, %v", s, err)
	}
}

// TestMACVectors: RFC 4231 section 4.4, whose key is shorter than KMS allows, does not parse; section 4.3's key of 131 bytes is too long; the case
// of "Hi There" with its key extended by the zeros that HMAC adds anyway gives the published codes.
func TestMACVectors(t *testing.T) {
	key := append(bytes.Repeat([]byte{0x0b}, 20), make([]byte, 44)...)
	for spec, want := range map[string]string{
		HMAC224: "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
		HMAC256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
		HMAC384: "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
		HMAC512: "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
	} {
		k, err := Import(spec, key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.MAC("HMAC_SHA_"+spec[5:], []byte("Hi There"))
		if err != nil || hexOf(got) != want {
			t.Errorf("%s: %x, %v", spec, got, err)
		}
		for _, n := range []int{0, 20, 131} {
			if _, err := Import(spec, make([]byte, n)); !errors.Is(err, ErrMaterial) {
				t.Errorf("%s takes a key of %d bytes: %v", spec, n, err)
			}
		}
	}
}
