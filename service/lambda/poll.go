package lambda

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Queues are polled on one replica, in the name of the execution role. What the function does not take comes back by the queue's visibility timeout, and
// goes by the queue's redrive policy in the end.

const (
	lookEvery      = time.Second // how often mappings are looked at
	longPoll       = 20          // seconds
	maxPause       = time.Minute // between polls that fail
	defaultBatches = 5           // of one mapping at a time
	maxBatchBytes  = 5 << 20
)

// poll is a turn that lasts as long as this replica has the job: it keeps a poller for each mapping that is enabled.
func (s *Service) poll(w *service.Work) error {
	var work sync.WaitGroup
	running := map[string]*running{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	defer work.Wait()
	for {
		if err := s.keepPolling(w, &work, running); err != nil && w.Err() == nil {
			return err
		}
		select {
		case <-w.Done():
			return nil
		case <-tick.C:
		}
	}
}

// running is a poller that runs.
type running struct {
	modified time.Time
	stop     context.CancelFunc
}

func (s *Service) keepPolling(w *service.Work, work *sync.WaitGroup, have map[string]*running) error {
	var all []*Mapping
	err := s.Store.Read(w, func(tx store.Tx) error {
		list, err := mappings.List(tx, nil, nil, 0)
		all = list.Items
		return err
	})
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, m := range all {
		id := m.arn()
		r := have[id]
		if r != nil && !r.modified.Equal(m.Modified) || !m.Enabled {
			continue // it stops below, and another starts at the next look
		}
		wanted[id] = true
		if r == nil {
			ctx, stop := context.WithCancel(w)
			have[id] = &running{m.Modified, stop}
			work.Go(func() { s.pollQueue(w, ctx, m) })
		}
	}
	for id, r := range have {
		if !wanted[id] {
			r.stop()
			delete(have, id)
		}
	}
	return nil
}

// poller reads one queue.
type poller struct {
	*Service
	w     *service.Work
	ctx   context.Context
	m     *Mapping
	mu    sync.Mutex // of the mapping's result: the poller and its batches note it
	match matcher
	room  chan struct{} // as many as batches may run
	work  sync.WaitGroup
}

func (s *Service) pollQueue(w *service.Work, ctx context.Context, m *Mapping) {
	p := &poller{Service: s, w: w, ctx: ctx, m: m, room: make(chan struct{}, batches(m))}
	defer p.work.Wait()
	var err error
	if p.match, err = compile(m.Filters); err != nil {
		p.result("PROBLEM: " + err.Error())
		return
	}
	pause := time.Second
	for ctx.Err() == nil {
		select {
		case p.room <- struct{}{}:
		case <-ctx.Done():
			return
		}
		got, err := p.gather()
		if err != nil || len(got) == 0 {
			<-p.room
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			p.result("PROBLEM: " + problem(err))
			sleep(ctx, pause)
			pause = min(2*pause, maxPause)
			continue
		case len(got) > 0:
			p.work.Go(func() {
				defer func() { <-p.room }()
				p.process(got)
			})
		}
		p.result("OK")
		pause = time.Second
	}
}

func batches(m *Mapping) int {
	if m.Concurrency > 0 {
		return min(m.Concurrency, maxConcurrent)
	}
	return defaultBatches
}

// problem is an error in words for who looks at the mapping.
func problem(err error) string {
	var e *wire.Error
	if errors.As(err, &e) {
		return bounded(e.Shape.Code+": "+e.Message, 500)
	}
	return "Internal error"
}

// sleep waits, unless the context ends before.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// call is a call of the poller, which ends with it.
func (p *poller) call() *service.Call {
	c := p.w.Call(p.m.Account, p.m.Region)
	c.Context, c.Time = p.ctx, p.Clock()
	return c
}

// aim looks the function up as it is now.
func (p *poller) aim() (x *subject, err error) {
	n := name{account: p.m.Account, region: p.m.Region, function: p.m.Name, qualifier: p.m.Qualifier}
	err = p.Store.Read(p.ctx, func(tx store.Tx) error {
		x, err = p.look(tx, n, true)
		return err
	})
	if err == nil && (x.function == nil || x.config == nil) {
		err = noFunction(n)
	}
	return x, err
}

// gather receives a batch: until it is full, or its window has passed.
func (p *poller) gather() (got []sqs.Message, err error) {
	x, err := p.aim()
	if err != nil {
		return nil, err
	}
	c := p.call()
	role, err := p.session(c, p.w.Door, x.function, x.config)
	if err != nil {
		return nil, err
	}
	wait, size := int64(longPoll), 0
	var end time.Time
	for len(got) < p.m.Batch && size < maxBatchBytes {
		out, err := p.w.Door.Call(c, role.as, "sqs", "ReceiveMessage", &sqs.ReceiveMessageInput{
			QueueUrl: new(queueURL(p.m.Source)), MaxNumberOfMessages: new(int64(min(p.m.Batch-len(got), 10))), WaitTimeSeconds: &wait,
			MessageSystemAttributeNames: []string{"All"}, MessageAttributeNames: []string{"All"},
		})
		if err != nil {
			if len(got) > 0 {
				return got, nil // what has come is not left
			}
			p.forgetIfDenied(x, err)
			return nil, err
		}
		come := out.(*sqs.ReceiveMessageOutput).Messages
		for i := range come {
			size += len(wire.Text(come[i].Body))
		}
		got = append(got, come...)
		now := p.Clock()
		if end.IsZero() {
			end = now.Add(time.Duration(p.m.Window) * time.Second)
		}
		left := end.Sub(now)
		if len(got) == 0 || left <= 0 {
			break
		}
		wait = min(max(int64(left/time.Second), 1), longPoll)
	}
	return got, nil
}

// forgetIfDenied makes the next poll assume the role anew: it may have been deleted and made again.
func (p *poller) forgetIfDenied(x *subject, err error) {
	var e *wire.Error
	if errors.As(err, &e) && e.Shape.Status == 403 {
		p.forget(x.function, x.config)
	}
}

// result notes how polling goes, when that changes.
func (p *poller) result(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m.Result == text {
		return
	}
	err := p.Store.Write(context.WithoutCancel(p.ctx), func(tx store.Tx) error {
		if err := p.w.Check(tx); err != nil {
			return err
		}
		m, err := mappings.Get(tx, mappings.Key(p.m))
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		m.Result = text
		return mappings.Update(tx, m)
	})
	if err == nil {
		p.m.Result = text
	}
}

// process invokes the function with a batch, and deletes what it has taken.
func (p *poller) process(batch []sqs.Message) {
	var rest, done []sqs.Message
	for _, m := range batch {
		if p.match.takes(&m, p.m) {
			rest = append(rest, m)
		} else {
			done = append(done, m) // filtered out: deleted, and not seen by the function
		}
	}
	ctx := context.WithoutCancel(p.ctx)
	x, err := p.aim()
	if err != nil {
		return
	}
	if rest = p.withoutLoops(x, rest); len(rest) > 0 {
		done = append(done, p.taken(x, rest)...)
	}
	c := p.call()
	c.Context = ctx
	role, err := p.session(c, p.w.Door, x.function, x.config)
	if err != nil {
		return
	}
	for group := range slices.Chunk(done, 10) {
		in := &sqs.DeleteMessageBatchInput{QueueUrl: new(queueURL(p.m.Source))}
		for i := range group {
			in.Entries = append(in.Entries, sqs.DeleteMessageBatchRequestEntry{Id: new(versionName(i)), ReceiptHandle: group[i].ReceiptHandle})
		}
		if _, err := p.w.Door.Call(c, role.as, "sqs", "DeleteMessageBatch", in); err != nil {
			p.result("PROBLEM: " + problem(err))
			return
		}
	}
}

// throttledTries is how often a batch is tried that the function has no room for, before its messages are left to their visibility timeout.
const throttledTries = 6

// taken invokes the function and returns the messages that it has taken.
func (p *poller) taken(x *subject, batch []sqs.Message) []sqs.Message {
	payload, err := sqsEvent(batch, p.m)
	if err != nil {
		return nil
	}
	c := p.call()
	c.Context = context.WithoutCancel(p.ctx)
	if c.RequestID, err = p.newUUID(); err != nil {
		return nil
	}
	trace, err := p.traceOf(batch)
	if err != nil {
		return nil
	}
	pause := time.Second
	for range throttledTries {
		out, err := p.run(c, p.w.Door, x, p.event(c.RequestID, payload, trace))
		var e *wire.Error
		switch {
		case errors.As(err, &e) && e.Shape.Status == 429:
			sleep(p.ctx, pause)
			pause *= 2
			continue
		case err != nil:
			p.result("PROBLEM: " + problem(err))
			return nil
		case out.failed:
			p.result("PROBLEM: Function call failed")
			return nil
		case p.m.Report:
			return succeeded(batch, out.payload)
		}
		return batch
	}
	return nil
}
