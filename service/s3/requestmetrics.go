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
	var counts counted
	err := s.Store.Read(w, func(tx store.Tx) (err error) {
		counts, err = count(tx, waiting)
		return err
	})
	if err != nil {
		return err
	}
	for of, n := range counts {
		s.Meter.Measure(service.Measurement{
			Account: of.account, Region: of.region, Namespace: "AWS/S3", Name: of.name, Unit: of.unit, Value: of.value, Count: n, Time: of.minute,
			Dimensions: []service.Dimension{{Name: "BucketName", Value: of.bucket}, {Name: "FilterId", Value: of.filter}},
		})
	}
	if dropped > 0 {
		return fmt.Errorf("%d requests on buckets with request metrics came faster than they could be counted: the metrics lack them", dropped)
	}
	return nil
}

func count(tx store.Tx, waiting []request) (counted, error) {
	counts, asked := counted{}, map[string]*metered{}
	for i := range waiting {
		r := &waiting[i]
		m, ok := asked[r.name]
		if !ok {
			var err error
			if m, err = meteredBucket(tx, r.name); err != nil {
				return nil, err
			}
			asked[r.name] = m
		}
		if m == nil || r.bucket != "" && r.bucket != m.bucket.ID {
			continue
		}
		for _, f := range m.filters {
			if f.takes(r.key, r.tags) {
				counts.request(m.bucket, f.ID, r)
			}
		}
	}
	return counts, nil
}

// metered is a bucket with its metrics configurations.
type metered struct {
	bucket  *Bucket
	filters []*metricsFilter
}

// meteredBucket is nil when there is nothing to count.
func meteredBucket(tx store.Tx, name string) (*metered, error) {
	b, err := buckets.Get(tx, store.K(name))
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	filters, err := metricsKind.all(tx, b)
	if len(filters) == 0 || err != nil {
		return nil, err
	}
	return &metered{b, filters}, nil
}

// value is one value of one metric in one minute.
type value struct {
	account, region, bucket, filter, name, unit string
	minute                                      time.Time
	value                                       float64
}

// counted is how often each value came.
type counted map[value]float64

func (c counted) request(b *Bucket, filter string, r *request) {
	note := func(name, unit string, v float64) {
		c[value{b.Account, b.Region, b.Name, filter, name, unit, r.at.UTC().Truncate(time.Minute), v}]++
	}
	note("AllRequests", "Count", 1)
	if kind := requestKind(r.op); kind != "" {
		note(kind, "Count", 1)
	}
	note("4xxErrors", "Count", oneIf(r.status >= 400 && r.status < 500))
	note("5xxErrors", "Count", oneIf(r.status >= 500))
	if r.in > 0 {
		note("BytesUploaded", "Bytes", float64(r.in))
	}
	if r.out > 0 {
		note("BytesDownloaded", "Bytes", float64(r.out))
	}
	note("FirstByteLatency", "Milliseconds", tenths(r.first))
	note("TotalRequestLatency", "Milliseconds", tenths(r.total))
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
