package tree

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"golang.org/x/mod/sumdb/tlog"

	"vauban/engine/treeproof"
	"vauban/eventlog"
	"vauban/store"
)

// Errors of proofs.
var (
	ErrBehind = errors.New("the entry is not in the tree yet")
	ErrBefore = errors.New("the entry is older than the tree")
	ErrLarger = errors.New("the log has fewer entries")
)

// Head returns the newest head, signed.
func (t *Tree) Head(ctx context.Context) (h *treeproof.Head, signed []byte, err error) {
	err = t.db.Read(ctx, func(tx store.Tx) error {
		s, head, err := t.load(tx)
		if err == nil {
			h, signed = head, s.Head
		}
		return err
	})
	return h, signed, err
}

// Prove returns the proof that the entry is in the log, under the newest head. ErrBehind says that the tree has not come so far.
func (t *Tree) Prove(ctx context.Context, e *eventlog.Entry) (p *treeproof.Inclusion, h *treeproof.Head, err error) {
	p = &treeproof.Inclusion{Record: e.Record}
	err = t.db.Read(ctx, func(tx store.Tx) error {
		var s *state
		if s, h, err = t.load(tx); err != nil {
			return err
		}
		n := &nodes{tx: tx, state: s}
		if p.Index, err = n.find(e.Seq); err != nil {
			return err
		}
		leaf, err := n.leaf(p.Index)
		if err != nil {
			return err
		}
		if leaf != treeproof.Leaf(e.Record) {
			return fmt.Errorf("%w: the record in the archive is not the one that entry %d was logged with", ErrTampered, p.Index)
		}
		path, err := tlog.ProveRecord(s.Size, p.Index, n)
		if err != nil {
			return err
		}
		if tlog.CheckRecord(path, h.Size, h.Root, p.Index, leaf) != nil {
			return errAltered
		}
		p.Path, p.Head = path, s.Head
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return p, h, nil
}

// ProveGrowth returns the proof that the log of the newest head begins with the first entries, as many as size says. ErrLarger says that it has not so many;
// the head is returned then too.
func (t *Tree) ProveGrowth(ctx context.Context, size int64) (p *treeproof.Consistency, h *treeproof.Head, err error) {
	p = &treeproof.Consistency{Old: size}
	err = t.db.Read(ctx, func(tx store.Tx) error {
		var s *state
		if s, h, err = t.load(tx); err != nil {
			return err
		}
		p.Head, p.Path = s.Head, nil
		if size > s.Size {
			return ErrLarger
		}
		if size > 0 {
			p.Path, err = tlog.ProveTree(s.Size, size, &nodes{tx: tx, state: s})
		}
		return err
	})
	return p, h, err
}

// leaf is the hash of an entry.
func (n *nodes) leaf(index int64) (tlog.Hash, error) {
	b, err := n.hashes(0, index/width)
	if err != nil {
		return tlog.Hash{}, err
	}
	return tlog.Hash(b[index%width*tlog.HashSize:]), nil
}

// find is the index of the entry with the sequence number.
func (n *nodes) find(seq int64) (int64, error) {
	tiles := n.state.Size / width
	var bad error
	number := int64(sort.Search(int(tiles), func(i int) bool { // the first that ends at or after it
		if bad != nil {
			return true
		}
		t, err := n.tile(0, int64(i))
		if err == nil && len(t.Runs) == 0 {
			err = errAltered
		}
		if err != nil {
			bad = err
			return true
		}
		last := t.Runs[len(t.Runs)-1]
		return last.Seq+last.Count > seq
	}))
	if bad != nil {
		return 0, bad
	}
	runs := n.state.Runs
	if number < tiles {
		t, err := n.tile(0, number)
		if err != nil {
			return 0, err
		}
		runs = t.Runs
	}
	return within(runs, number*width, n.state.Size, seq)
}

// within finds the entry in the runs of one tile, whose first has the index.
func within(runs []run, index, size, seq int64) (int64, error) {
	for _, r := range runs {
		if seq < r.Seq {
			return 0, ErrBefore
		}
		if seq < r.Seq+r.Count {
			if index += seq - r.Seq; index >= size {
				return 0, errAltered
			}
			return index, nil
		}
		index += r.Count
	}
	return 0, ErrBehind
}
