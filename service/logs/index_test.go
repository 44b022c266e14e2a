package logs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	api "vauban/api/logs"
	"vauban/engine/logquery"
	"vauban/service"
	"vauban/store"
)

// ask runs a query at once.
func (r *replica) ask(t testing.TB, text string, groups ...string) ([][]logquery.Cell, statistics) {
	t.Helper()
	q := &Query{Account: home, Region: "us-east-1", Text: text, Groups: groups, From: 0, To: r.clock.Now().UnixMilli(), Created: r.clock.Now(), Status: api.QueryStatusRunning}
	for _, g := range groups {
		q.IDs = append(q.IDs, r.groupID(t, g))
	}
	q.ID, _ = r.newUUID()
	if err := r.Store.Write(context.Background(), func(tx store.Tx) error { return queries.Insert(tx, q) }); err != nil { // a long scan looks whether it was stopped
		t.Fatal(err)
	}
	w := &service.Work{Context: context.Background(), Time: r.clock.Now(), Partition: "aws", Door: r.door}
	rows, done, err := r.scan(w, q)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return rows, done
}

func (r *replica) groupID(t testing.TB, name string) string {
	t.Helper()
	q := &Query{Groups: []string{name}}
	c := &service.Call{Context: context.Background(), Account: home, Region: "us-east-1"}
	err := r.Store.Read(c, func(tx store.Tx) error {
		c.Tx = tx
		_, err := r.askAll(c, q.Groups)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c.Found.([]*finding)[0].group.ID
}

// TestIndexLaw: a group with an index answers what one without does, whatever came before the index.
func TestIndexLaw(t *testing.T) {
	values := []string{`1`, `"1"`, `"x"`, `true`, `null`, `{"b":2}`, `"1.0"`}
	queries := []string{
		`filter a = 1 | stats count(*) as n by c | sort c`, `filter a in ["x", 2] and c = 1 | stats count(*) by a`, `filter a.b = 2 | stats count(*)`, `filter @logStream = "s" and a = "x" | stats count(*)`,
		`filter a = "nothing" or c = 1 | stats count(*)`, `filter a = 1 | limit 2 | stats count(*)`,
	}
	for seed := range uint64(6) {
		r, rng := newReplica(t), rand.New(rand.NewPCG(seed, 1))
		for _, g := range []string{"plain", "indexed"} {
			r.group(t, g, "s", "other")
		}
		put := func(n int) {
			for range n {
				stream := []string{"s", "other"}[rng.IntN(2)]
				message := fmt.Sprintf(`{"a":%s,"c":%s}`, values[rng.IntN(len(values))], values[rng.IntN(len(values))])
				for _, g := range []string{"plain", "indexed"} {
					r.put(t, g, stream, []api.InputLogEvent{event(r.clock.Now().UnixMilli(), message)})
				}
				r.clock.pass(time.Second)
			}
		}
		put(3)
		call[api.PutIndexPolicyOutput](t, r, "PutIndexPolicy", &api.PutIndexPolicyInput{LogGroupIdentifier: new("indexed"), PolicyDocument: new(`{"Fields":["a","a.b"]}`)})
		put(12)
		for _, text := range queries {
			want, _ := r.ask(t, text, "plain")
			got, done := r.ask(t, text, "indexed")
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: skipped %d, scanned %d: %s", text, done.Skipped, done.Scanned, d)
			}
		}
	}
}

// TestIndexSkips: chunks that cannot have the value are not looked at; filterIndex passes over what is not indexed.
func TestIndexSkips(t *testing.T) {
	r := newReplica(t)
	r.group(t, "g", "s")
	put := func(n int) {
		r.put(t, "g", "s", []api.InputLogEvent{event(r.clock.Now().UnixMilli(), fmt.Sprintf(`{"id":"r-%d"}`, n))})
		r.clock.pass(time.Second)
	}
	put(1)
	call[api.PutIndexPolicyOutput](t, r, "PutIndexPolicy", &api.PutIndexPolicyInput{LogGroupIdentifier: new("g"), PolicyDocument: new(`{"Fields":["id"]}`)})
	for n := range 20 {
		put(n)
	}
	for text, want := range map[string][2]int64{ // scanned, matched
		`filter id = "r-1"`: {2, 2}, `filterIndex id = "r-1"`: {1, 1}, `filter id in ["r-5", "r-7"]`: {3, 2}, `filter id = "none"`: {1, 0}, `filter id like "r-1"`: {21, 12}, `filter @logStream = "no"`: {0, 0},
		`filterIndex other = 1`: {0, 0},
	} {
		_, done := r.ask(t, text, "g")
		if done.Scanned+done.Skipped != 21 || done.Matched != want[1] || done.Scanned < want[0] || done.Scanned > want[0]+3 {
			t.Errorf("%s: %+v, want %v", text, done, want)
		}
	}
}

// BenchmarkIndex is a query for one value among 100,000 events, with and without an index.
func BenchmarkIndex(b *testing.B) {
	for _, indexed := range []bool{false, true} {
		r := newReplica(b)
		r.group(b, "g", "s")
		if indexed {
			call[api.PutIndexPolicyOutput](b, r, "PutIndexPolicy", &api.PutIndexPolicyInput{LogGroupIdentifier: new("g"), PolicyDocument: new(`{"Fields":["requestId"]}`)})
		}
		at := r.clock.Now().UnixMilli()
		for i := range 100 {
			var batch []api.InputLogEvent
			for j := range 1000 {
				batch = append(batch, event(at+int64(i), fmt.Sprintf(`{"requestId":"req-%d","level":"INFO","message":"%s"}`, i*1000+j, strings.Repeat("x", 100))))
			}
			r.put(b, "g", "s", batch)
		}
		r.clock.pass(time.Second)
		b.Run(fmt.Sprintf("indexed=%t", indexed), func(b *testing.B) {
			for b.Loop() {
				if _, done := r.ask(b, `filter requestId = "req-77777"`, "g"); done.Matched != 1 {
					b.Fatalf("%+v", done)
				}
			}
		})
	}
}
