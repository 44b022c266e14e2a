package s3

import (
	"math"
	"net/http"
	"strings"
	"time"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/metric"
	"vauban/store"
)

// This file counts requests that were noted, a turn at a time.

// What one account has of a turn. A bucket may have a thousand filters, and each request then counts a thousand times: what is beyond the allowance is missing
// in the account's metrics, and costs nobody else theirs.
const (
	mostLooks = 1 << 21 // requests times filters of their bucket
	mostTakes = 1 << 17 // of them those that the filter takes
	mostCells = 1 << 11
	loadLooks = 16 // that reading a filter costs as much as
)

// turn is one counting of what waits.
type turn struct {
	cells  map[cell]map[string]*metric.Bucket // then by metric
	asked  map[string]*metered                // by bucket name
	left   map[string]*allowance              // by account
	missed int                                // requests that found no allowance, for some filter at least
}

// cell is a minute of a filter.
type cell struct {
	bucket *Bucket
	filter string
	minute time.Time
}

// allowance is what an account has left of a turn.
type allowance struct{ looks, takes, cells int }

func newTurn() *turn {
	return &turn{cells: map[cell]map[string]*metric.Bucket{}, asked: map[string]*metered{}, left: map[string]*allowance{}}
}

func (t *turn) count(tx store.Tx, r *request) error {
	m, ok := t.asked[r.name]
	if !ok {
		var err error
		if m, err = t.metered(tx, r.name); err != nil {
			return err
		}
		t.asked[r.name] = m
	}
	if m == nil || r.bucket != "" && r.bucket != m.bucket.ID {
		return nil
	}
	t.hold(m, r)
	return nil
}

// hold holds a request against the filters of its bucket.
func (t *turn) hold(m *metered, r *request) {
	a := t.allowance(m.bucket)
	if m.unread || a.looks < len(m.filters) {
		t.missed++
		return
	}
	a.looks -= len(m.filters)
	all := true
	for _, f := range m.filters {
		if !f.takes(r.key, r.tags) {
			continue
		}
		at := cell{m.bucket, f.ID, r.at.UTC().Truncate(time.Minute)}
		metrics := t.cells[at]
		if a.takes <= 0 || metrics == nil && a.cells <= 0 {
			all = false
			continue
		}
		if metrics == nil {
			metrics = map[string]*metric.Bucket{}
			t.cells[at] = metrics
			a.cells--
		}
		a.takes--
		r.addTo(metrics)
	}
	if !all {
		t.missed++
	}
}

func (t *turn) allowance(b *Bucket) *allowance {
	a := t.left[b.Account]
	if a == nil {
		a = &allowance{mostLooks, mostTakes, mostCells}
		t.left[b.Account] = a
	}
	return a
}

// metered is a bucket with its metrics configurations.
type metered struct {
	bucket  *Bucket
	filters []*metricsFilter
	unread  bool // its account had no allowance left to read them
}

// metered is nil when there is nothing to count.
func (t *turn) metered(tx store.Tx, name string) (*metered, error) {
	b, err := buckets.Get(tx, store.K(name))
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !metricsKind.has(b) {
		return nil, nil
	}
	a := t.allowance(b)
	if a.looks <= 0 {
		return &metered{bucket: b, unread: true}, nil
	}
	filters, err := metricsKind.all(tx, b)
	if len(filters) == 0 || err != nil {
		return nil, err
	}
	a.looks -= loadLooks * len(filters)
	return &metered{bucket: b, filters: filters}, nil
}

// addTo adds a request to the metrics of a filter.
func (r *request) addTo(metrics map[string]*metric.Bucket) {
	add := func(name string, v float64) {
		set := metrics[name]
		if set == nil {
			set = &metric.Bucket{}
			metrics[name] = set
		}
		set.Add(v, 1)
	}
	add("AllRequests", 1)
	if kind := requestKind(r.op); kind != "" {
		add(kind, 1)
	}
	add("4xxErrors", oneIf(r.status >= 400 && r.status < 500))
	add("5xxErrors", oneIf(r.status >= 500))
	if r.in > 0 {
		add(bytesUploaded, float64(r.in))
	}
	if r.out > 0 {
		add(bytesDownloaded, float64(r.out))
	}
	add(firstByteLatency, tenths(r.first))
	add(totalRequestLatency, tenths(r.total))
}

// Metrics that count no requests.
const (
	bytesUploaded       = "BytesUploaded"
	bytesDownloaded     = "BytesDownloaded"
	firstByteLatency    = "FirstByteLatency"
	totalRequestLatency = "TotalRequestLatency"
)

func unitOf(name string) string {
	switch name {
	case bytesUploaded, bytesDownloaded:
		return "Bytes"
	case firstByteLatency, totalRequestLatency:
		return "Milliseconds"
	}
	return "Count"
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// tenths are milliseconds, to a tenth.
func tenths(d time.Duration) float64 { return math.Round(max(d, 0).Seconds()*1e4) / 10 }

// requestKind is the metric of requests of that kind, "" for those that only AllRequests counts.
func requestKind(op *wire.Operation) string {
	switch op.Name {
	case api.OpListObjects.Name, api.OpListObjectsV2.Name, api.OpListObjectVersions.Name, api.OpListMultipartUploads.Name:
		return "ListRequests"
	case api.OpDeleteObjects.Name:
		return "DeleteRequests"
	case api.OpSelectObjectContent.Name:
		return ""
	}
	object := strings.Contains(op.URI, "{Key")
	switch {
	case op.Method == http.MethodHead:
		return "HeadRequests"
	case op.Method == http.MethodPost:
		return "PostRequests"
	case object && op.Method == http.MethodGet:
		return "GetRequests"
	case object && op.Method == http.MethodPut:
		return "PutRequests"
	case object && op.Method == http.MethodDelete:
		return "DeleteRequests"
	}
	return ""
}
