package s3

import (
	"bytes"
	"strings"
	"testing"

	"vauban/store"
)

// oneSmall is a transaction that knows one document and counts how often it is read.
type oneSmall struct {
	store.Tx
	body     string
	snapshot bool
	reads    int
}

func (t *oneSmall) Snapshot() bool { return t.snapshot }

func (t *oneSmall) Get(string, store.Key) (store.Doc, error) {
	t.reads++
	return store.Doc{Body: []byte(t.body)}, nil
}

func TestSealedBytes(t *testing.T) {
	var s sealedBytes
	c := &content{ID: "a", Small: true}
	tx := &oneSmall{body: `{"id":"a", "sealed": "c2VhbGVk"}`}
	for range 2 { // what a write transaction reads is not kept: it may be rolled back
		if b, err := s.of(tx, c); err != nil || string(b) != "sealed" {
			t.Fatalf("%q, %v", b, err)
		}
	}
	if tx.snapshot = true; tx.reads != 2 {
		t.Errorf("%d reads in a write transaction", tx.reads)
	}
	for range 2 {
		if b, err := s.of(tx, c); err != nil || string(b) != "sealed" {
			t.Fatalf("%q, %v", b, err)
		}
	}
	if tx.reads != 3 {
		t.Errorf("%d reads: the second of a snapshot should not need one", tx.reads)
	}
	if b, err := s.of(tx, &content{ID: "large"}); b != nil || err != nil || tx.reads != 3 {
		t.Errorf("large: %q, %v", b, err)
	}
	tx.body = `{"id":"b"}`
	if _, err := s.of(tx, &content{ID: "b", Small: true}); err == nil {
		t.Error("a document of another form is taken")
	}
}

func TestSealedBytesAreBounded(t *testing.T) {
	var s sealedBytes
	piece := bytes.Repeat([]byte{1}, 1<<20)
	for i := range 100 {
		s.keep(strings.Repeat("x", i+1), piece)
		s.keep(strings.Repeat("x", i+1), piece) // once more counts nothing
		if s.size > maxSealedBytes || s.size != len(s.byID)*len(piece) {
			t.Fatalf("%d bytes of %d objects", s.size, len(s.byID))
		}
	}
}
