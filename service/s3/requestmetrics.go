package s3

import (
	"fmt"
	"net/url"
	"sync"
	"time"

	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// This file makes CloudWatch's request metrics of buckets that ask for them. What was asked is noted here when it has been answered, and counted in
// requestcount.go a moment later, so that a request costs no more than the note, and one on another bucket nothing. Amazon S3 User Guide: "Metrics and dimensions".

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
