package eventlog

import (
	"errors"
	"time"

	"vauban/store"
)

// relayed is the note of how far the relay has come: entries up to Seq are in the archive, complete, and not in the outbox.
type relayed struct {
	Seq int64 `json:"seq"`
}

func relayedTable() *store.Table[relayed] {
	return &store.Table[relayed]{Name: "eventlog.relayed", Key: func(*relayed) store.Key { return relayedKey() }}
}

func relayedKey() store.Key { return store.K("relayed") }

func getRelayed(tx store.Tx) (int64, error) {
	r, err := relayedTable().Get(tx, relayedKey())
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return r.Seq, nil
}

// cursor is how far a consumer has come.
type cursor struct {
	Name  string    `json:"name"`
	Seq   int64     `json:"seq"`
	Moved time.Time `json:"moved"`
}

func cursorTable() *store.Table[cursor] {
	return &store.Table[cursor]{Name: "eventlog.cursor", Key: func(c *cursor) store.Key { return cursorKey(c.Name) }}
}

func cursorKey(name string) store.Key { return store.K(name) }

// getCursor returns a new cursor at the start of the log when there is none.
func getCursor(tx store.Tx, name string) (*cursor, error) {
	c, err := cursorTable().Get(tx, cursorKey(name))
	if errors.Is(err, store.ErrNotFound) {
		return &cursor{Name: name}, nil
	}
	return c, err
}
