package logs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"testing"

	api "vauban/api/logs"
	"vauban/engine/logquery"
	"vauban/service"
	"vauban/store"
)

// TestTooLargeResult: a result that the store does not take ends the query as failed, with the reason, and nothing of it is kept.
func TestTooLargeResult(t *testing.T) {
	r := newReplica(t)
	q := &Query{Account: home, Region: "us-east-1", ID: "q", Text: "fields @message", Created: r.clock.Now(), Status: api.QueryStatusRunning}
	if err := r.Store.Write(t.Context(), func(tx store.Tx) error { return queries.Insert(tx, q) }); err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, store.MaxBody/2+1) // is not compressed; its digits are, by half
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	rows := [][]logquery.Cell{{{Name: "@message", Value: hex.EncodeToString(noise)}}}
	w := &service.Work{Context: context.Background(), Time: r.clock.Now(), Check: func(store.Tx) error { return nil }}
	if err := r.endQuery(w, q, rows, statistics{}, nil); err != nil {
		t.Fatal(err)
	}
	err := r.Store.Read(t.Context(), func(tx store.Tx) error {
		ended, err := queries.ByUnique(tx, "id", store.K(home, "us-east-1", "q"))
		if err != nil {
			return err
		}
		if ended.Status != api.QueryStatusFailed || !strings.Contains(ended.Error, "too large") || ended.Result != "" {
			t.Errorf("the query is %s: %s", ended.Status, ended.Error)
		}
		if has, err := results.Has(tx, store.K("q")); err != nil || has {
			t.Errorf("its result is kept (%v)", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
