package sqs

import (
	"errors"
	"slices"
	"strconv"
	"time"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) receiveOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpReceiveMessage, on(s, acting, func(in *api.ReceiveMessageInput) *string { return in.QueueUrl }), s.receiveMessage).WithoutSignature().OnData(),
	}
}

// reception is what a call to receive asks for.
type reception struct {
	most       int
	visibility *int64 // seconds; nil: the queue's
	wait       time.Duration
	system     []string
	attributes []string
	attempt    string // ReceiveRequestAttemptId
}

func (q *Queue) reception(in *api.ReceiveMessageInput) (*reception, error) {
	r := &reception{most: 1, visibility: in.VisibilityTimeout, wait: time.Duration(q.Settings.Wait) * time.Second, attributes: in.MessageAttributeNames, attempt: wire.Text(in.ReceiveRequestAttemptId)}
	if n := in.MaxNumberOfMessages; n != nil {
		if *n < 1 || *n > maxBatch {
			return nil, badValue(strconv.FormatInt(*n, 10), "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
		}
		r.most = int(*n)
	}
	if n := in.WaitTimeSeconds; n != nil {
		if *n < 0 || *n > 20 {
			return nil, badValue(strconv.FormatInt(*n, 10), "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
		}
		r.wait = time.Duration(*n) * time.Second
	}
	if n := in.VisibilityTimeout; n != nil && (*n < 0 || *n > maxHidden) {
		return nil, badVisibility(*n)
	}
	if r.attempt != "" {
		if !q.FIFO {
			return nil, badValue(bounded(r.attempt, 128), "ReceiveRequestAttemptId", "The request include parameter that is not valid for this queue type.")
		}
		if !identifier.MatchString(r.attempt) {
			return nil, badValue(bounded(r.attempt, 128), "ReceiveRequestAttemptId", "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.")
		}
	}
	r.system = slices.Concat(in.MessageSystemAttributeNames, in.AttributeNames)
	for _, name := range r.system {
		if !slices.Contains(systemNames, name) {
			return nil, unknownAttribute(bounded(name, 100))
		}
	}
	return r, nil
}

// systemNames are the system attributes of messages. The model has other names for the older of the two members that take them.
var systemNames = []string{
	api.MessageSystemAttributeNameAll, api.MessageSystemAttributeNameSenderId, api.MessageSystemAttributeNameSentTimestamp,
	api.MessageSystemAttributeNameApproximateReceiveCount, api.MessageSystemAttributeNameApproximateFirstReceiveTimestamp,
	api.MessageSystemAttributeNameMessageGroupId, api.MessageSystemAttributeNameMessageDeduplicationId, api.MessageSystemAttributeNameSequenceNumber,
	api.MessageSystemAttributeNameAWSTraceHeader, api.MessageSystemAttributeNameDeadLetterQueueSourceArn,
}

// lookEvery is how often a queue is looked at that has something for later: the server's clock may be another than the one that wakes.
const lookEvery = time.Second

func (s *Service) receiveMessage(c *service.Call, in *api.ReceiveMessageInput) (*api.ReceiveMessageOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	r, err := q.reception(in)
	if err != nil {
		return nil, err
	}
	if r.wait == 0 {
		out, _, err := s.attempt(c, q, r)
		return &api.ReceiveMessageOutput{Messages: out}, err
	}
	rung, leave := s.Store.Listen(q.arn())
	defer leave()
	end := time.NewTimer(r.wait)
	defer end.Stop()
	for {
		out, soon, err := s.attempt(c, q, r)
		if err != nil || len(out) > 0 {
			return &api.ReceiveMessageOutput{Messages: out}, err
		}
		if over := s.pause(c, rung, end.C, soon); over {
			return &api.ReceiveMessageOutput{}, c.Err()
		}
	}
}

// pause waits until the queue may have something, and reports whether the wait is over.
func (s *Service) pause(c *service.Call, rung <-chan struct{}, end <-chan time.Time, soon time.Time) (over bool) {
	var due <-chan time.Time
	if !soon.IsZero() {
		due = time.After(max(min(lookEvery, soon.Sub(s.Clock())), time.Millisecond))
	}
	select {
	case <-rung:
		return false
	case <-due:
		return false
	case <-end:
		return true
	case <-c.Done():
		return true
	}
}

// view is what a look at a queue has found.
type view struct {
	queue  *Queue
	picked []*Due
	locks  []*Lock  // of the messages that may be received
	late   bool     // others have claimed what was in sight
	repeat *Attempt // that the call repeats
	soon   time.Time
}

// errNothing says that what was seen is no longer there.
var errNothing = errors.New("sqs: nothing to receive")

// attempt receives what is there. soon is when there may be more, zero if that is not known.
func (s *Service) attempt(c *service.Call, q *Queue, r *reception) (out []api.Message, soon time.Time, err error) {
	for {
		v, err := s.look(c, q, r)
		if err != nil {
			return nil, v.soon, err
		}
		if len(v.picked) == 0 && v.repeat == nil {
			if v.late {
				continue
			}
			return nil, v.soon, nil
		}
		out, err = s.take(c, v, r)
		s.claims.release(v.queue.Space, v.picked)
		if errors.Is(err, errNothing) {
			continue // others were faster
		}
		if err != nil || len(out) < len(v.picked) || v.queue.FIFO && len(v.picked) > 1 {
			s.Store.Ring(q.arn()) // some of what it had claimed is left for others
		}
		return out, v.soon, err
	}
}

// look reads on a snapshot what could be received, and claims it on this replica.
func (s *Service) look(c *service.Call, q *Queue, r *reception) (*view, error) {
	v := &view{}
	err := s.Store.Read(c, func(tx store.Tx) (err error) {
		*v = view{}
		if v.queue, err = s.load(tx, queues.Key(q), true); store.IsAbsent(err) {
			return noSuchQueue()
		} else if err != nil {
			return err
		}
		now := s.Clock()
		if full, err := s.full(tx, v.queue, now); full || err != nil {
			v.soon = now.Add(lookEvery)
			return err
		}
		if v.repeat, err = attempted(tx, v.queue, r.attempt, now); err != nil || v.repeat != nil {
			return err
		}
		seen, err := s.visible(tx, v.queue, r.most, now)
		if err != nil {
			return err
		}
		v.soon, v.picked = seen.soon, s.claims.take(v.queue.Space, seen, r.most, now)
		v.late = len(v.picked) < len(seen.free)
		v.locks, err = locksOf(tx, v, r.most)
		return err
	})
	if err != nil && v.queue != nil {
		s.claims.release(v.queue.Space, v.picked)
	}
	return v, err
}

// fairWindow is how many messages a fair queue looks at to find some of each group.
const fairWindow = 200

// sight is what can be received: dues of now that nobody on this replica has claimed, earliest first.
type sight struct {
	free  []*Due
	fair  bool      // some are of a fair queue's groups: they are in turns
	whole bool      // it begins at the queue's beginning
	soon  time.Time // of the first due that is later
}

// visible looks at a queue, first behind what was claimed.
func (s *Service) visible(tx store.Tx, q *Queue, most int, now time.Time) (*sight, error) {
	if behind := s.claims.behind(q.Space, now); behind != nil {
		if v, err := s.visibleBehind(tx, q, behind, most, now); err != nil || len(v.free) >= most {
			return v, err
		}
	}
	return s.visibleBehind(tx, q, nil, most, now)
}

func (s *Service) visibleBehind(tx store.Tx, q *Queue, behind store.Key, most int, now time.Time) (*sight, error) {
	v := &sight{whole: behind == nil}
	var bad error
	err := dues.Skim(tx, store.K(q.Space), behind, nil, func(key store.Key, load func() (*Due, error)) bool {
		if !s.claims.free(q.Space, key) { // before it is decoded: where many receive, these are most
			return true
		}
		var d *Due
		if d, bad = load(); bad != nil {
			return false
		}
		if d.At.After(now) {
			v.soon = d.At
			return false
		}
		v.free = append(v.free, d)
		v.fair = v.fair || d.Fair != ""
		return len(v.free) < most || v.fair && len(v.free) < fairWindow
	})
	if v.fair {
		v.free = inTurns(v.free)
	}
	return v, errors.Join(err, bad)
}

// inTurns takes one message of each group, then the second of each, and so on: a group with many waiting does not hold up the others.
// Developer guide: "Amazon SQS fair queues".
func inTurns(list []*Due) []*Due {
	turn := make(map[string]int, len(list))
	type ranked struct {
		due  *Due
		rank int
	}
	all := make([]ranked, len(list))
	for i, d := range list {
		all[i] = ranked{d, turn[d.Fair]}
		if d.Fair != "" {
			turn[d.Fair]++
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return a.rank - b.rank })
	for i, r := range all {
		list[i] = r.due
	}
	return list
}

// locksOf are the data keys that will be needed: they are opened before anything is received, so that who may not use them hides nothing.
func locksOf(tx store.Tx, v *view, most int) ([]*Lock, error) {
	var out []*Lock
	for _, d := range v.picked {
		if !d.Locked {
			continue
		}
		prefix := store.K(d.Space, d.Lane)
		if !v.queue.FIFO {
			prefix = store.K(d.Space, d.Lane, d.Number)
		}
		list, err := messages.List(tx, prefix, nil, most)
		if err != nil {
			return nil, err
		}
		for _, m := range list.Items {
			if m.Lock != nil {
				out = append(out, m.Lock)
			}
		}
	}
	return out, nil
}
