package s3

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/metric"
	"vauban/service"
	"vauban/store"
)

// This file makes CloudWatch's request metrics of buckets that ask for them. What was asked is noted when it has been answered, and counted a moment
// later, so that a request costs no more than the note, and one on another bucket nothing. Amazon S3 User Guide: "Metrics and dimensions".

const (
	countEvery   = time.Second
	mostRequests = 1 << 16 // that wait to be counted
	mostUnproved = 1 << 12 // of them those of whom only the bucket's name is known
)

// What one account has of a turn. A bucket may have a thousand filters, and each request then counts a thousand times: what is beyond the allowance is missing
// in the account's metrics, and costs nobody else theirs.
const (
	mostLooks = 1 << 21 // requests times filters of their bucket
	mostTakes = 1 << 17 // of them those that the filter takes
	mostCells = 1 << 11
	loadLooks = 16 // that reading a filter costs as much as
)

// request is one that waits to be counted.
type request struct {
	name, bucket string // the bucket; its ID is "" when the request was refused before that was known
	key          string
	tags         []tag
	op           *wire.Operation
	status       int
	in, out      int64
	first, total time.Duration
	at           time.Time
}

// requests are those that wait.
type requests struct {
	mu       sync.Mutex
	waiting  []request
	unproved int
	dropped  int
}

// Observe implements [service.Observer].
func (s *Service) Observe(o *service.Observation) {
	r := request{op: o.Operation, status: o.Status, in: o.Received, out: o.Sent, first: o.FirstByte, total: o.Total, at: o.Time}
	if o.Call != nil {
		if f, ok := o.Call.Found.(*found); ok && f.bucket != nil {
			if !metricsKind.has(f.bucket) {
				return
			}
			r.name, r.bucket = f.bucket.Name, f.bucket.ID
			r.about(o, f)
		}
	}
	if r.bucket == "" && !r.claimed(o.Labels) {
		return
	}
	s.requests.note(&r)
}

// about takes from a call what filters look at.
func (r *request) about(o *service.Observation, f *found) {
	if p := member(o.In, "Key"); p != nil {
		r.key = *p
	}
	switch {
	case f.version != nil:
		r.tags = f.version.Tags
	default:
		r.tags, _ = tagsInHeader(member(o.In, "Tagging")) // a fault was refused
	}
	if more := o.Call.Record().AdditionalData; o.Labels == nil && more != nil { // of an internal call the bodies are not the door's
		r.in, _ = more["bytesTransferredIn"].(int64)
		r.out, _ = more["bytesTransferredOut"].(int64)
	}
}

// claimed takes the names that a request claims that was refused before anybody looked, such as for its signature.
func (r *request) claimed(labels map[string]string) bool {
	var err1, err2 error
	r.name, err1 = url.PathUnescape(labels["Bucket"])
	r.key, err2 = url.PathUnescape(labels["Key"])
	return err1 == nil && err2 == nil && r.name != "" && len(r.name) <= 63 && len(r.key) <= maxKey
}

func (q *requests) note(r *request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= mostRequests || r.bucket == "" && q.unproved >= mostUnproved {
		q.dropped++
		return
	}
	if r.bucket == "" {
		q.unproved++
	}
	q.waiting = append(q.waiting, *r)
}

func (q *requests) take() (out []request, dropped int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	out, dropped = q.waiting, q.dropped
	q.waiting, q.unproved, q.dropped = nil, 0, 0
	return out, dropped
}

// countRequests hands what waits to CloudWatch.
func (s *Service) countRequests(w *service.Work) error {
	waiting, dropped := s.requests.take()
	if len(waiting) == 0 {
		return nil
	}
	t := newTurn()
	err := s.Store.Read(w, func(tx store.Tx) error {
		t = newTurn()
		for i := range waiting {
			if err := t.count(tx, &waiting[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for of, metrics := range t.cells {
		for name, set := range metrics {
			s.Meter.Measure(service.Measurement{
				Account: of.bucket.Account, Region: of.bucket.Region, Namespace: "AWS/S3", Name: name, Unit: unitOf(name), Set: set, Time: of.minute,
				Dimensions: []service.Dimension{{Name: "BucketName", Value: of.bucket.Name}, {Name: "FilterId", Value: of.filter}},
			})
		}
	}
	if dropped += t.missed; dropped > 0 {
		return fmt.Errorf("%d requests on buckets with request metrics came faster than they could be counted: the metrics lack them, or those of some filters", dropped)
	}
	return nil
}

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
