package eventlog

import (
	"context"
	"slices"
	"time"

	"vauban/eventlog/archive"
	"vauban/store"
)

// Status says how the log is doing, as this replica knows it.
type Status struct {
	Last      int64            `json:"last"`    // sequence number of the newest event
	Relayed   int64            `json:"relayed"` // and of the newest in the archive
	Waiting   int64            `json:"waiting"` // events in the outbox
	Problems  []Problem        `json:"problems,omitempty"`
	Consumers []ConsumerStatus `json:"consumers"`
	Readers   []ReaderStatus   `json:"readers,omitempty"`
	Archive   ArchiveStatus    `json:"archive"`
}

// Problem is something that fails and is being tried again.
type Problem struct {
	Job   string    `json:"job"` // "watch", "relay" or "retention"
	Error string    `json:"error"`
	Since time.Time `json:"since"`
}

// ConsumerStatus is how a consumer is doing.
type ConsumerStatus struct {
	Name    string     `json:"name"`
	Seq     int64      `json:"seq"` // last event handled
	Lag     int64      `json:"lag"` // events behind the newest
	Error   string     `json:"error,omitempty"`
	Since   *time.Time `json:"since,omitempty"` // since when it fails
	Retries int        `json:"retries,omitempty"`
}

// ReaderStatus is how far a reader of its own pace has come, such as the delivery of a trail.
type ReaderStatus struct {
	Name  string    `json:"name"`
	Seq   int64     `json:"seq"`
	Lag   int64     `json:"lag"` // events behind the newest
	Moved time.Time `json:"moved"`
}

// ArchiveStatus sums up the archive.
type ArchiveStatus struct {
	Days   int   `json:"days"`
	Events int64 `json:"events"`
	Bytes  int64 `json:"bytes"`
	Oldest int64 `json:"oldest,omitempty"` // sequence number of the oldest event
}

// health remembers the problems of the log's own jobs.
type health struct {
	problems map[string]Problem
}

// report notes how a job went.
func (l *Log) report(ctx context.Context, job string, err error) {
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p, known := l.health.problems[job]
	if err == nil {
		if known {
			delete(l.health.problems, job)
			l.opt.Logger.Info("event log works again", "job", job)
		}
		return
	}
	if l.health.problems == nil {
		l.health.problems = map[string]Problem{}
	}
	if !known {
		p = Problem{Job: job, Since: l.opt.Clock().UTC()}
	}
	if p.Error != err.Error() { // not each time that it is tried again
		l.opt.Logger.Error("event log", "job", job, "error", err)
	}
	p.Error = err.Error()
	l.health.problems[job] = p
}

func (l *Log) reportConsumer(ctx context.Context, c *consumer, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		if c.err != nil {
			l.opt.Logger.Info("consumer works again", "consumer", c.name)
		}
		c.err, c.failed, c.retries = nil, time.Time{}, 0
		return
	}
	if c.err == nil {
		c.failed = l.opt.Clock().UTC()
	}
	if c.err == nil || c.err.Error() != err.Error() {
		l.opt.Logger.ErrorContext(ctx, "consumer fails", "consumer", c.name, "error", err)
	}
	c.err = err
	c.retries++
}

// Status returns how the log is doing.
func (l *Log) Status() Status {
	var s Status
	s.Last, s.Relayed, _ = l.head.get()
	s.Waiting = s.Last - s.Relayed
	for _, c := range l.registered() {
		c.mu.Lock()
		cs := ConsumerStatus{Name: c.name, Seq: c.seq, Lag: max(s.Last-c.seq, 0), Retries: c.retries}
		if c.err != nil {
			since := c.failed
			cs.Error, cs.Since = c.err.Error(), &since
		}
		c.mu.Unlock()
		s.Consumers = append(s.Consumers, cs)
	}
	l.mu.Lock()
	for _, job := range []string{"watch", "relay", "retention"} {
		if p, ok := l.health.problems[job]; ok {
			s.Problems = append(s.Problems, p)
		}
	}
	l.mu.Unlock()
	s.Archive = l.archiveStatus(&s)
	s.Readers = l.readers(&s)
	return s
}

// readers are the holders of places that are no consumers.
func (l *Log) readers(s *Status) []ReaderStatus {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var out []ReaderStatus
	err := l.db.Read(ctx, func(tx store.Tx) error {
		out = nil
		for c, err := range cursorTable().Each(tx, nil) {
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(s.Consumers, func(o ConsumerStatus) bool { return o.Name == c.Name }) {
				out = append(out, ReaderStatus{Name: c.Name, Seq: c.Seq, Lag: max(s.Last-c.Seq, 0), Moved: c.Moved})
			}
		}
		return nil
	})
	if err != nil {
		s.Problems = append(s.Problems, Problem{Job: "readers", Error: err.Error(), Since: l.opt.Clock().UTC()})
	}
	return out
}

func (l *Log) archiveStatus(s *Status) ArchiveStatus {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var a ArchiveStatus
	parts, err := l.archive.Parts(ctx)
	if err != nil {
		s.Problems = append(s.Problems, Problem{Job: "archive", Error: err.Error(), Since: l.opt.Clock().UTC()})
		return a
	}
	days := map[archive.Day]bool{}
	for _, p := range parts {
		days[p.Day] = true
		a.Events += p.Events
		a.Bytes += p.Bytes
		if a.Oldest == 0 || p.First < a.Oldest {
			a.Oldest = p.First
		}
	}
	a.Days = len(days)
	return a
}
