package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"vauban/store"
	"vauban/store/storetest"
)

func openTest(t testing.TB, dsn string, o Options) *DB {
	t.Helper()
	db, err := Open(context.Background(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// explain returns the plan of a statement as a connection of the store has it.
func (db *DB) explain(t *testing.T, sql string, args ...any) string {
	t.Helper()
	rows, err := db.pool.Query(context.Background(), "EXPLAIN "+sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return plan.String()
}

// TestPlans: every statement finds its rows by the primary key, without statistics and with them.
func TestPlans(t *testing.T) {
	db := openTest(t, storetest.Postgres(t), Options{})
	ctx := context.Background()
	k, list := []byte{1}, [][]byte{{1}, {2}}
	statements := map[string][]any{
		getSQL:        {k},
		lookupSQL:     {k},
		currentSQL:    {k},
		scanSQL:       {k, k, 10},
		skimSQL:       {k, k, 10, k, 2, k},
		scanRefSQL:    {k, k, 10, k, 2},
		insertSQL:     {k, 0, k, k, k, list, list},
		updateSQL:     {k, 0, k, k, k, list, list, list, list},
		updateBodySQL: {k, 0, k},
		deleteSQL:     {k, list, list},
		undoInsertSQL: {k, list},
		undoUpdateSQL: {list},
		changesSQL:    {int64(0), 10},
		headSQL:       {},
		eventsSQL:     {int64(0), 10},
		dropEventsSQL: {int64(0)},
		droppedSQL:    {},
		noteSQL:       {100},
		trimSQL:       {},
	}
	check := func(when string) {
		for sql, args := range statements {
			plan := db.explain(t, sql, args...)
			// An index scan without a condition reads the whole table as well; only for the highest number that is no loss.
			wide := strings.Count(plan, "Index Scan using")+strings.Count(plan, "Index Only Scan") > strings.Count(plan, "Index Cond:")
			if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Sort") || wide {
				t.Errorf("%s: %s\n%s", when, sql, plan)
			}
		}
	}
	check("empty")
	err := db.Write(ctx, func(tx store.Tx) error {
		for i := range 3000 {
			d := store.Doc{Key: store.K(fmt.Sprint(i)), Body: []byte("{}")}
			ix := store.Indexes{Unique: map[string]store.Key{"u": d.Key}, Refs: map[string][]store.Key{"r": {store.K(i % 10)}}}
			if err := tx.Insert("t", d, ix, true); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	check("filled, without statistics")
	if _, err := db.pool.Exec(ctx, "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	check("with statistics")
}
