package kms

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vauban/service/kms/material"
	"vauban/service/kms/xks"
)

// FuzzParseBlob: no bytes bring the parser down, and what it takes names the key that the head of such a ciphertext names.
func FuzzParseBlob(f *testing.F) {
	k := &Key{Account: "111122223333", ID: "134f2428-cec1-4b25-a1ae-9048164dba47"}
	head, err := blobHead(k, strings.Repeat("ab", 32))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(head, make([]byte, material.Overhead)...))
	f.Add([]byte{blobFormat})
	outer := append([]byte{outerBlob}, head[1:]...)
	f.Add(appendOuter(outer, &xks.Sealed{IV: make([]byte, 12), Tag: make([]byte, 16), Metadata: []byte("m"), Ciphertext: make([]byte, material.Overhead)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		parsed, err := parseBlob(b)
		if err != nil {
			return
		}
		k := &Key{Account: parsed.account, ID: parsed.key}
		if parsed.outer != nil {
			k.Store = "cks-1"
		}
		head, err := blobHead(k, parsed.generation)
		if parsed.outer != nil && !bytes.Equal(appendOuter(bytes.Clone(parsed.header), parsed.outer), b) {
			t.Errorf("%x is read as %+v", b, parsed.outer)
		}
		if err != nil || !bytes.Equal(head, b[:blobHeader]) {
			t.Errorf("%x is read as account %s, key %s, generation %s, whose head is %x (%v)", b[:blobHeader], parsed.account, parsed.key, parsed.generation, head, err)
		}
	})
}

// TestContextsDiffer: two encryption contexts have one form only if they are equal.
func TestContextsDiffer(t *testing.T) {
	contexts := rapid.MapOf(rapid.StringMatching(`[ab]{0,3}`), rapid.StringMatching(`[ab\x00\x01\x02]{0,3}`))
	rapid.Check(t, func(t *rapid.T) {
		a, b := contexts.Draw(t, "a"), contexts.Draw(t, "b")
		same := bytes.Equal(appendContext(nil, a), appendContext(nil, b))
		if same != maps.Equal(a, b) {
			t.Errorf("%q and %q: the forms are equal: %t", a, b, same)
		}
	})
}

// TestKeyIDs: what is made is read back, and nothing else is taken.
func TestKeyIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b [16]byte
		copy(b[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
		multi := rapid.Bool().Draw(t, "multi-Region")
		got, m, ok := parseKeyID(keyIDOf(b, multi))
		if !ok || m != multi || got != b {
			t.Errorf("%s is read as %x, %t, %t", keyIDOf(b, multi), got, m, ok)
		}
	})
	for _, bad := range []string{"", "mrk-", "134f2428cec14b25a1ae9048164dba47", "134F2428-cec1-4b25-a1ae-9048164dba47", "134f2428-cec1-4b25-a1ae-9048164dba4", "134f2428-cec1-4b25-a1ae-9048164dba477",
		"mrk-134f2428cec14b25a1ae9048164dba4", "mrk-134f2428-cec1-4b25-a1ae-9048164dba47", "134f2428-cec1-4b25-a1ae-9048164dbag7"} {
		if _, _, ok := parseKeyID(bad); ok {
			t.Errorf("%q is taken for a key ID", bad)
		}
	}
}

// TestGrantsCoverWhatTheyAdmit: a grant that its grantee makes of another admits no encryption context that the other does not.
func TestGrantsCoverWhatTheyAdmit(t *testing.T) {
	texts := rapid.SampledFrom([]string{"a", "b"})
	contexts := rapid.MapOfN(texts, texts, 0, 2)
	some := func(t *rapid.T, name string) map[string]string {
		if rapid.Bool().Draw(t, name+" is set") {
			return contexts.Draw(t, name)
		}
		return nil
	}
	rapid.Check(t, func(t *rapid.T) {
		outer := &Grant{Operations: []string{"Decrypt"}, Equals: some(t, "outer equals"), Subset: some(t, "outer subset")}
		inner := &Grant{Operations: []string{"Decrypt"}, Equals: some(t, "inner equals"), Subset: some(t, "inner subset")}
		a := &about{bound: true, context: contexts.Draw(t, "context")}
		if outer.covers(inner) && inner.admitsContext(a) && !outer.admitsContext(a) {
			t.Errorf("%+v covers %+v, which admits %v though the former does not", outer, inner, a.context)
		}
	})
}
