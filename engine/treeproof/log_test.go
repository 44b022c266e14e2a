package treeproof

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// log is a log in memory, built with tlog's own storage of hashes.
type log struct {
	t       tester
	hashes  []tlog.Hash
	records [][]byte
	signer  note.Signer
	key     *Key
}

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
}

func (l *log) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// repeated is a source of as many bytes as wanted, all the same.
type repeated byte

func (r repeated) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r)
	}
	return len(b), nil
}

// newLog is a log of n entries whose key follows from the number.
func newLog(t tester, n int, key byte) *log {
	l := &log{t: t}
	secret, public, err := note.GenerateKey(repeated(key), "vauban-log/test")
	l.check(err)
	l.signer, err = note.NewSigner(secret)
	l.check(err)
	l.key, err = ParseKey(public + "\n")
	l.check(err)
	for range n {
		l.add(fmt.Sprintf(`{"eventID":"event-%d","eventName":"GetUser"}`, len(l.records)))
	}
	return l
}

// ReadHashes implements [tlog.HashReader].
func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(l.hashes)) {
			return nil, errors.New("no such hash")
		}
		out[i] = l.hashes[x]
	}
	return out, nil
}

func (l *log) add(record string) {
	h, err := tlog.StoredHashesForRecordHash(int64(len(l.records)), Leaf([]byte(record)), l)
	l.check(err)
	l.records, l.hashes = append(l.records, []byte(record)), append(l.hashes, h...)
}

// head is the signed head of the first n entries.
func (l *log) head(n int) []byte {
	root, err := tlog.TreeHash(int64(n), l)
	l.check(err)
	b, err := (&Head{Origin: l.key.Origin(), Size: int64(n), Root: root}).Sign(l.signer)
	l.check(err)
	return b
}

func (l *log) inclusion(size, index int) *Inclusion {
	path, err := tlog.ProveRecord(int64(size), int64(index), l)
	l.check(err)
	return &Inclusion{Record: l.records[index], Index: int64(index), Path: path, Head: l.head(size)}
}

func (l *log) growth(from, to int) *Consistency {
	p := &Consistency{Old: int64(from), Head: l.head(to)}
	if from > 0 {
		var err error
		p.Path, err = tlog.ProveTree(int64(to), int64(from), l)
		l.check(err)
	}
	return p
}
