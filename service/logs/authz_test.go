package logs

import (
	"context"
	"slices"
	"testing"

	api "vauban/api/logs"
	"vauban/service"
	"vauban/store"
)

// TestWhatResultsAskAbout: results of a query, and events behind a pointer, are read by who may read the groups that they are of.
func TestWhatResultsAskAbout(t *testing.T) {
	r := newReplica(t)
	r.group(t, "a")
	q := &Query{Account: home, Region: "us-east-1", ID: "q", Groups: []string{"a", "b"}, IDs: []string{"1", "2"}, Created: r.clock.Now()}
	if err := r.Store.Write(t.Context(), func(tx store.Tx) error { return queries.Insert(tx, q) }); err != nil {
		t.Fatal(err)
	}
	pointer, err := r.pointer(q, "1/"+placeID(1, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	a, b := groupARN(home, "us-east-1", "a")+":log-stream:", groupARN(home, "us-east-1", "b")+":log-stream:"
	for _, x := range []struct {
		operation string
		in        any
		want      []string
	}{
		{"GetQueryResults", &api.GetQueryResultsInput{QueryId: new("q")}, []string{a, b}},
		{"GetQueryResults", &api.GetQueryResultsInput{QueryId: new("none")}, []string{"*"}},
		{"GetLogRecord", &api.GetLogRecordInput{LogRecordPointer: &pointer}, []string{b}},
		{"GetLogRecord", &api.GetLogRecordInput{LogRecordPointer: new("none")}, []string{"*"}},
	} {
		err := r.Store.Read(t.Context(), func(tx store.Tx) error {
			var got []string
			questions, err := r.rows[x.operation].Resource(&service.Call{Context: context.Background(), Account: home, Region: "us-east-1", Partition: "aws", Tx: tx}, x.in)
			for _, q := range questions {
				got = append(got, q.Resource)
			}
			if !slices.Equal(got, x.want) {
				t.Errorf("%s asks about %q, want %q", x.operation, got, x.want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
