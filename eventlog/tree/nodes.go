package tree

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"vauban/store"
)

// nodes reads hashes of the tree's nodes: a [tlog.HashReader]. The root of a tree needs incomplete tiles only, but for at most the last node of each level.
type nodes struct {
	tx    store.Tx
	state *state
	tiles map[[2]int64]*tile
}

// ReadHashes implements [tlog.HashReader].
func (n *nodes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		t := tlog.TileForIndex(height, index)
		b, err := n.hashes(t.L, t.N)
		if err != nil {
			return nil, err
		}
		if out[i], err = tlog.HashFromTile(t, b, index); err != nil {
			return nil, fmt.Errorf("read the log's tree: %w", err)
		}
	}
	return out, nil
}

// hashes are those of a tile, complete or not.
func (n *nodes) hashes(level int, number int64) ([]byte, error) {
	if number == n.state.Size>>(height*(level+1)) && level < len(n.state.Tails) {
		return n.state.Tails[level], nil
	}
	t, err := n.tile(level, number)
	if err != nil {
		return nil, err
	}
	return t.Hashes, nil
}

// tile is a complete tile.
func (n *nodes) tile(level int, number int64) (*tile, error) {
	at := [2]int64{int64(level), number}
	if t := n.tiles[at]; t != nil {
		return t, nil
	}
	t, err := tileTable().Get(n.tx, tileKey(level, number))
	if errors.Is(err, store.ErrNotFound) || err == nil && len(t.Hashes) != width*tlog.HashSize {
		return nil, fmt.Errorf("tile %d of level %d: %w", number, level, errAltered)
	}
	if err != nil {
		return nil, fmt.Errorf("read tile %d of level %d: %w", number, level, err)
	}
	if n.tiles == nil {
		n.tiles = map[[2]int64]*tile{}
	}
	n.tiles[at] = t
	return t, nil
}
