package seal

import (
	"context"
	"errors"

	"vauban/store"
)

// TableName is the table of the key ring; its changes are in the feed.
const TableName = "seal.ring"

type ringDoc struct {
	Record
}

// ringKey is the key of the one document.
func ringKey() store.Key { return store.K("ring") }

// Keep returns a Keeper on the store.
func Keep(db store.DB) Keeper {
	return &tableKeeper{db: db, table: &store.Table[ringDoc]{
		Name: TableName, Cached: true,
		Key: func(*ringDoc) store.Key { return ringKey() },
	}}
}

type tableKeeper struct {
	db    store.DB
	table *store.Table[ringDoc]
}

func (k *tableKeeper) Load(ctx context.Context) (*Record, error) {
	var rec *Record
	err := k.db.Read(ctx, func(tx store.Tx) error {
		doc, rev, err := k.table.GetRev(tx, ringKey())
		if errors.Is(err, store.ErrNotFound) {
			rec = nil
			return nil
		}
		if err != nil {
			return err
		}
		rec = &doc.Record
		rec.Rev = int64(rev)
		return nil
	})
	return rec, err
}

func (k *tableKeeper) Save(ctx context.Context, r *Record) error {
	return k.db.Write(ctx, func(tx store.Tx) error {
		_, rev, err := k.table.GetRev(tx, ringKey())
		absent := errors.Is(err, store.ErrNotFound)
		if err != nil && !absent {
			return err
		}
		if absent != (r.Rev == 0) || !absent && int64(rev) != r.Rev {
			return ErrChanged
		}
		return k.table.Put(tx, &ringDoc{*r})
	})
}
