package s3

import "vauban/store"

// inventoryWalk goes through the versions of a bucket, a batch at a time: key by key, of each key the newest version first. Each batch is read in a
// transaction of its own, so that a long walk holds up nobody; what changes meanwhile is in the report as it was or as it is.
type inventoryWalk struct {
	bucket, prefix string
	older          bool // all versions, not the current ones alone

	afterCurrent, afterOlder store.Key
	last                     string // the key of the last version
	begun                    bool
}

// lane reads one table ahead.
type lane struct {
	table *store.Table[Version]
	after *store.Key
	rows  []*Version
	ended bool
}

func (l *lane) peek(tx store.Tx, prefix store.Key) (*Version, error) {
	if len(l.rows) == 0 && !l.ended {
		page, err := l.table.List(tx, prefix, *l.after, versionBatch)
		if err != nil {
			return nil, err
		}
		l.rows, l.ended = page.Items, len(page.Items) == 0
	}
	if len(l.rows) == 0 {
		return nil, nil
	}
	return l.rows[0], nil
}

func (l *lane) take() {
	*l.after = l.table.Key(l.rows[0])
	l.rows = l.rows[1:]
}

// next is up to n versions; fewer at the end.
func (i *inventoryWalk) next(tx store.Tx, n int) ([]*inventoryRow, error) {
	prefix := below(i.bucket, i.prefix)
	current, older := &lane{table: currents, after: &i.afterCurrent}, &lane{table: versions, after: &i.afterOlder, ended: !i.older}
	var out []*inventoryRow
	for len(out) < n {
		a, err := current.peek(tx, prefix)
		if err != nil {
			return nil, err
		}
		b, err := older.peek(tx, prefix)
		if err != nil {
			return nil, err
		}
		v, from := a, current
		switch {
		case a == nil && b == nil:
			return out, nil
		case a == nil || b != nil && b.Key < a.Key:
			v, from = b, older
		}
		from.take()
		out = append(out, &inventoryRow{Version: v, latest: !i.begun || v.Key != i.last})
		i.last, i.begun = v.Key, true
	}
	return out, nil
}
