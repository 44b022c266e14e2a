package tree

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"vauban/engine/treeproof"
	"vauban/store"
)

// height is that of tiles: as in C2SP "tlog-tiles".
const (
	height = 8
	width  = 1 << height
)

// tile is a complete tile: the hashes of width nodes at level height*Level, the N'th of them. It is written once.
type tile struct {
	Level  int    `json:"level"`
	N      int64  `json:"n"`
	Hashes []byte `json:"hashes"`
	Runs   []run  `json:"runs,omitempty"` // at level 0: where the entries are in the log
}

func tileTable() *store.Table[tile] {
	return &store.Table[tile]{Name: "eventlog.treetile", Key: func(t *tile) store.Key { return tileKey(t.Level, t.N) }}
}

func tileKey(level int, n int64) store.Key { return store.K(level, n) }

// run is entries with consecutive sequence numbers. Numbers have holes where writes were rolled back.
type run struct {
	Seq   int64 `json:"seq"` // of the first
	Count int64 `json:"count"`
}

// state is the tree but for its complete tiles.
type state struct {
	Size  int64    `json:"size"`
	Tails [][]byte `json:"tails"`          // the incomplete tile of each level, bottom first
	Runs  []run    `json:"runs,omitempty"` // of the one at the bottom
	Head  []byte   `json:"head"`           // signed
}

func stateTable() *store.Table[state] {
	return &store.Table[state]{Name: "eventlog.tree", Key: func(*state) store.Key { return stateKey() }}
}

func stateKey() store.Key { return store.K("tree") }

// ErrTampered says that what is stored is not what was logged.
var ErrTampered = errors.New("the log was tampered with")

// errAltered says that the tree was not written by this program with its key.
var errAltered = fmt.Errorf("%w: the hashes in the store are not those that their signed head stands for", ErrTampered)

// load returns the state and its head, after it has checked that one belongs to the other. Without a state the tree is empty.
func (t *Tree) load(tx store.Tx) (*state, *treeproof.Head, error) {
	s, err := stateTable().Get(tx, stateKey())
	if errors.Is(err, store.ErrNotFound) {
		s = &state{}
		h, err := t.sign(tx, s)
		return s, h, err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the log's tree: %w", err)
	}
	h, err := treeproof.OpenHead(s.Head, t.key)
	if err != nil {
		return nil, nil, fmt.Errorf("%w (%w)", errAltered, err)
	}
	if h.Size != s.Size || !s.shaped() {
		return nil, nil, errAltered
	}
	root, err := tlog.TreeHash(s.Size, &nodes{tx: tx, state: s})
	if err != nil {
		return nil, nil, err
	}
	if root != h.Root {
		return nil, nil, errAltered
	}
	return s, h, nil
}

// shaped reports whether the incomplete tiles have the lengths that the size asks for.
func (s *state) shaped() bool {
	if s.Size < 0 {
		return false
	}
	for level := 0; level < len(s.Tails) || s.Size>>(height*level) > 0; level++ {
		have := 0
		if level < len(s.Tails) {
			have = len(s.Tails[level])
		}
		if int64(have) != s.Size>>(height*level)%width*tlog.HashSize {
			return false
		}
	}
	return true
}

// sign puts a signed head for what the state holds into it.
func (t *Tree) sign(tx store.Tx, s *state) (*treeproof.Head, error) {
	root, err := tlog.TreeHash(s.Size, &nodes{tx: tx, state: s})
	if err != nil {
		return nil, fmt.Errorf("hash the log's tree: %w", err)
	}
	h := &treeproof.Head{Origin: t.key.Origin(), Size: s.Size, Root: root}
	s.Head, err = h.Sign(t.signer)
	return h, err
}
