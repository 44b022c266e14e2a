package tree

import (
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"vauban/engine/treeproof"
	"vauban/eventlog"
	"vauban/store"
)

// Consumer is the name of the tree's cursor.
const Consumer = "tree"

// Pace is how the tree is built: the state is written, and a head signed, at most so often unless much is waiting.
func Pace() eventlog.Pace { return eventlog.Pace{Batch: 4096, Pause: 500 * time.Millisecond} }

// Consume adds the entries to the tree, in the transaction that moves the cursor.
func (t *Tree) Consume(tx store.Tx, batch []*eventlog.Entry) error {
	s, _, err := t.load(tx)
	if err != nil {
		return err
	}
	for _, e := range batch {
		if err := s.add(tx, e.Seq, treeproof.Leaf(e.Record)); err != nil {
			return err
		}
	}
	if _, err := t.sign(tx, s); err != nil {
		return err
	}
	return stateTable().Put(tx, s)
}

// add adds a leaf.
func (s *state) add(tx store.Tx, seq int64, leaf tlog.Hash) error {
	if n := len(s.Runs); n > 0 && s.Runs[n-1].Seq+s.Runs[n-1].Count == seq {
		s.Runs[n-1].Count++
	} else {
		s.Runs = append(s.Runs, run{seq, 1})
	}
	s.Size++
	h := leaf
	for level := 0; ; level++ {
		if level == len(s.Tails) {
			s.Tails = append(s.Tails, make([]byte, 0, width*tlog.HashSize))
		}
		s.Tails[level] = append(s.Tails[level], h[:]...)
		if len(s.Tails[level]) < width*tlog.HashSize {
			return nil
		}
		done := &tile{Level: level, N: s.Size>>(height*(level+1)) - 1, Hashes: s.Tails[level]}
		if level == 0 {
			done.Runs, s.Runs = s.Runs, nil
		}
		if err := tileTable().Insert(tx, done); err != nil {
			return fmt.Errorf("write tile %d of level %d: %w", done.N, level, err)
		}
		h = tileRoot(done.Hashes)
		s.Tails[level] = s.Tails[level][:0]
	}
}

// tileRoot is the node that a complete tile stands below.
func tileRoot(hashes []byte) tlog.Hash {
	var row [width]tlog.Hash
	for i := range row {
		row[i] = tlog.Hash(hashes[i*tlog.HashSize:])
	}
	for n := width; n > 1; n /= 2 {
		for i := range n / 2 {
			row[i] = tlog.NodeHash(row[2*i], row[2*i+1])
		}
	}
	return row[0]
}
