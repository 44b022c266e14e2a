package treeproof

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"strings"
	"testing"
)

// The formats are those of C2SP, byte for byte.
func TestFormats(t *testing.T) {
	l := newLog(t, 2, 1)
	text := string(l.inclusion(2, 1).Text())
	for _, want := range []string{
		"c2sp.org/tlog-proof@v1\nextra eyJldmVudElEIjoiZXZlbnQtMSIsImV2ZW50TmFtZSI6IkdldFVzZXIifQ==\nindex 1\n",
		"\n\nvauban-log/test\n2\n", "\n\n— vauban-log/test ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if text := string(l.growth(1, 2).Text()); !strings.HasPrefix(text, "old 1\n") || !strings.Contains(text, "\n\nvauban-log/test\n2\n") {
		t.Errorf("growth is written as\n%s", text)
	}
	if n, err := SizeOf(l.head(2)); err != nil || n != 2 {
		t.Errorf("size %d, %v", n, err)
	}
}

// Anybody computes a leaf's hash from the delivered record.
func TestLeaf(t *testing.T) {
	record := []byte(`{"eventID":"e"}`)
	if got := Leaf(record); got != sha256.Sum256(append([]byte{0}, record...)) {
		t.Errorf("leaf %v", got)
	}
}

func TestRefusalsSaySo(t *testing.T) {
	l, other := newLog(t, 9, 1), newLog(t, 9, 2)
	forged := newLog(t, 0, 1)
	for range 9 {
		forged.add(`{"eventID":"x"}`)
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"another's head", second(OpenHead(other.head(9), l.key)), "is not signed with the key of vauban-log/test"},
		{"altered head", second(OpenHead(bytes.Replace(l.head(9), []byte("\n9\n"), []byte("\n8\n"), 1), l.key)), "the head was altered"},
		{"no head", second(OpenHead([]byte("hello"), l.key)), "not a signed tree head"},
		{"huge head", second(OpenHead(make([]byte, maxHead+1), l.key)), "at most"},
		{"two logs of one size", third(forged.growth(9, 9).Verify(l.head(9), l.key)), "two different logs of 9 entries"},
		{"another beginning", third(forged.growth(5, 9).Verify(l.head(5), l.key)), "does not begin with the 5 entries"},
		{"wrong head", third(l.growth(5, 9).Verify(l.head(4), l.key)), "the proof begins at 5 entries, the earlier head has 4"},
		{"no key", second(ParseKey("nonsense")), "not a verifier key"},
		{"no proof", second(ParseInclusion([]byte("x"))), "not an inclusion proof"},
		{"no record", second(ParseInclusion([]byte(inclusionTitle + "index 1\n"))), "holds no record"},
		{"huge proof", second(ParseInclusion(make([]byte, MaxProof+1))), "more than"},
		{"many hashes", second(ParseConsistency([]byte("old 1\n" + strings.Repeat(strings.Repeat("A", 43)+"=\n", maxPath+1)))), "more than 128 hashes"},
		{"cut off", second(ParseConsistency([]byte("old 1\n" + strings.Repeat("A", 43) + "=\n"))), "cut off"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, c.err, c.want)
		}
	}
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

// The record is found in everything that CloudTrail gives out, with its own bytes.
func TestDelivered(t *testing.T) {
	const record = `{"eventID":"b",  "eventName":"GetUser"}`
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(`{"Records":[` + record + `]}`)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"log file": `{"Records":[{"eventID":"a"}, ` + record + `]}`,
		"gzip":     zipped.String(),
		"lookup":   `{"Events":[{"EventId":"b","CloudTrailEvent":"{\"eventID\":\"b\",  \"eventName\":\"GetUser\"}"}]}`,
		"alone":    record + "\n",
	} {
		got, err := Delivered([]byte(file), "b")
		if err != nil || string(got) != record {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		if _, err := Delivered([]byte(file), "c"); err != ErrNoRecord {
			t.Errorf("%s: %v, want ErrNoRecord", name, err)
		}
	}
	if _, err := Delivered([]byte("no JSON"), "b"); err == nil {
		t.Error("what is not JSON is taken")
	}
	if !SameButSpaces([]byte(record), []byte("{\n \"eventID\":\"b\",\"eventName\": \"GetUser\"}")) {
		t.Error("spaces make a difference")
	}
	for _, other := range []string{`{"eventID":"b","eventName":"Get User"}`, `{"eventID":"b","eventName":"GetUser","eventName":"GetUser"}`, `no JSON`} {
		if SameButSpaces([]byte(record), []byte(other)) {
			t.Errorf("%s is taken for the same", other)
		}
	}
}

func FuzzParse(f *testing.F) {
	l := newLog(f, 9, 1)
	f.Add(l.inclusion(9, 3).Text())
	f.Add(l.growth(3, 9).Text())
	f.Add(l.head(9))
	f.Add([]byte(`{"Records":[{"eventID":"b"}]}`))
	earlier := l.head(3)
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ParseInclusion(b); err == nil {
			if !bytes.Equal(p.Text(), b) {
				t.Errorf("%q is written %q", b, p.Text())
			}
			if h, err := p.Verify(l.key); err == nil && h.Size != 9 {
				t.Errorf("a forged head of %d entries", h.Size)
			}
		}
		if p, err := ParseConsistency(b); err == nil {
			if !bytes.Equal(p.Text(), b) {
				t.Errorf("%q is written %q", b, p.Text())
			}
			if _, to, err := p.Verify(earlier, l.key); err == nil && to.Size != 9 {
				t.Errorf("a forged head of %d entries", to.Size)
			}
		}
		if h, err := OpenHead(b, l.key); err == nil {
			if n, err := SizeOf(b); err != nil || n != h.Size {
				t.Errorf("the size is %d, or %d, %v", h.Size, n, err)
			}
		}
		if r, err := Delivered(b, "b"); err == nil && EventID(r) != "b" {
			t.Errorf("another's record: %q", r)
		}
	})
}
