package s3

import (
	"fmt"
	"testing"
	"time"

	"vauban/api/wire"
)

// TestRequestsAreSummed: however many requests a minute has, a metric of a filter is one set of values.
func TestRequestsAreSummed(t *testing.T) {
	turn := newTurn()
	m := &metered{bucket: &Bucket{Account: "a", Name: "b"}, filters: []*metricsFilter{{ID: "all", All: true}}}
	at := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	const requests = 1000
	for i := range requests {
		turn.hold(m, &request{op: &wire.Operation{Method: "GET", URI: "/{Bucket}/{Key+}"}, out: int64(i + 1), total: time.Duration(i) * time.Millisecond, at: at.Add(time.Duration(i) * time.Millisecond)})
	}
	metrics := turn.cells[cell{m.bucket, "all", at}]
	if len(turn.cells) != 1 || len(metrics) != 7 || turn.missed != 0 {
		t.Fatalf("%d cells, %d metrics, %d missed", len(turn.cells), len(metrics), turn.missed)
	}
	for name, sum := range map[string]float64{"AllRequests": requests, "GetRequests": requests, "4xxErrors": 0, bytesDownloaded: requests * (requests + 1) / 2} {
		if set := metrics[name]; set.Sum != sum || set.Count != requests {
			t.Errorf("%s: %v of %v requests", name, set.Sum, set.Count)
		}
	}
	if set := metrics[totalRequestLatency]; set.Min != 0 || set.Max != requests-1 || set.Blind {
		t.Errorf("latencies from %v to %v", set.Min, set.Max)
	}
}

// TestAllowance: an account whose requests count with too many filters loses some of its own metrics, and no other account loses any.
func TestAllowance(t *testing.T) {
	loud := &metered{bucket: &Bucket{Account: "loud", Name: "loud"}}
	for i := range 10 {
		loud.filters = append(loud.filters, &metricsFilter{ID: fmt.Sprint(i), All: true})
	}
	quiet := &metered{bucket: &Bucket{Account: "quiet", Name: "quiet"}, filters: []*metricsFilter{{ID: "all", All: true}}}
	for _, c := range []struct {
		left                 allowance
		cells, takes, missed int
	}{
		{allowance{looks: 1000, takes: 1000, cells: 1000}, 10, 50, 0},
		{allowance{looks: 25, takes: 1000, cells: 1000}, 10, 20, 3},
		{allowance{looks: 1000, takes: 13, cells: 1000}, 10, 13, 4},
		{allowance{looks: 1000, takes: 1000, cells: 4}, 4, 20, 5},
	} {
		turn := newTurn()
		left := c.left
		turn.left["loud"] = &left
		for range 5 {
			turn.hold(loud, &request{op: &wire.Operation{Method: "GET"}})
			turn.hold(quiet, &request{op: &wire.Operation{Method: "GET"}})
		}
		cells, takes, others := 0, 0.0, 0.0
		for at, metrics := range turn.cells {
			if at.bucket == quiet.bucket {
				others += metrics["AllRequests"].Count
				continue
			}
			cells++
			takes += metrics["AllRequests"].Count
		}
		if cells != c.cells || takes != float64(c.takes) || turn.missed != c.missed || others != 5 {
			t.Errorf("%+v: %d cells, %v requests, %d missed; of the other account %v", c.left, cells, takes, turn.missed, others)
		}
	}
}
