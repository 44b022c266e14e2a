package sqs

import (
	"errors"
	"slices"
	"time"

	"vauban/service"
	"vauban/store"
)

// moveBatch messages are moved in one transaction.
const moveBatch = 50

// longest is how long a task runs at most. Developer guide: "Amazon SQS message quotas", message movement tasks.
const longest = 36 * time.Hour

// moveAll goes on with every task that is active: each moves what its rate allows since the last turn.
func (s *Service) moveAll(w *service.Work) error {
	var all []*Task
	err := s.Store.Read(w, func(tx store.Tx) error {
		list, err := tasks.ListRef(tx, "active", store.K("all"), nil, 0)
		all = list.Items
		return err
	})
	if err != nil {
		return err
	}
	var problems error
	for _, t := range all {
		problems = errors.Join(problems, s.moveOn(w, t))
	}
	return problems
}

// turnMost bounds what one task moves before others have their turn.
const turnMost = 5000

func (s *Service) moveOn(w *service.Work, t *Task) error {
	left := int64(turnMost)
	if t.Rate > 0 {
		left = t.Rate
	}
	for left > 0 {
		moved, over := int64(0), false
		err := s.write(w, func(tx store.Tx) error {
			now, err := tasks.Get(tx, tasks.Key(t))
			if store.IsAbsent(err) {
				over = true
				return nil
			}
			if err != nil {
				return err
			}
			step := &moveStep{Service: s, tx: tx, task: now, now: s.Clock()}
			if err := step.run(int(min(left, moveBatch))); err != nil {
				return err
			}
			moved, over = step.moved, !now.active()
			return tasks.Update(tx, now)
		})
		if err != nil {
			return err
		}
		if over || moved == 0 {
			return nil
		}
		left -= moved
	}
	return nil
}

// moveStep is one transaction of a task.
type moveStep struct {
	*Service
	tx    store.Tx
	task  *Task
	now   time.Time
	moved int64
}

func (m *moveStep) end(status, reason string) {
	m.task.Status, m.task.Failure, m.task.Ended = status, reason, m.now
}

// run moves up to most messages, and ends the task when nothing is left that was there when it began.
func (m *moveStep) run(most int) error {
	t := m.task
	if t.Status == cancelling {
		m.end(cancelled, "")
		return nil
	}
	source, err := queues.Get(m.tx, store.K(t.Account, t.Region, t.Source))
	if store.IsAbsent(err) || err == nil && source.Space != t.Space {
		m.end(completed, "") // deleted or purged: there is nothing left to move
		return nil
	}
	if err != nil {
		return err
	}
	list, rest, err := m.movable(source, most)
	if err != nil {
		return err
	}
	for _, x := range list {
		if err := m.move(source, x); err != nil || t.Status == failed {
			return err
		}
	}
	switch {
	case len(list) == 0 && !rest:
		m.end(completed, "")
	case m.now.After(t.Started.Add(longest)):
		m.end(failed, "The task has run for 36 hours, the longest that a task can run.")
	}
	return nil
}

// mostLooked bounds the messages that one transaction looks at.
const mostLooked = 5_000

// movable are messages that are not in flight, in their order. rest says that some that are will be movable later.
func (m *moveStep) movable(source *Queue, most int) (list []*Message, rest bool, err error) {
	looked := 0
	_, err = store.Visit(m.tx, messages, store.K(source.Space), nil, func(x *Message) bool {
		if looked++; looked > mostLooked { // the transaction is everybody's: what is behind those in flight waits for them
			rest = true
			return false
		}
		if x.Number > m.task.Until { // came after the task began
			return source.FIFO // the numbers of another group may be lower
		}
		if x.At.After(m.now) {
			rest = true
			return true
		}
		if len(list) == most {
			return false
		}
		list = append(list, x)
		return true
	})
	if source.FIFO {
		list, err = m.unblocked(source, list, err)
	}
	return list, rest, err
}

// unblocked leaves out messages of groups that have some in flight: they must not overtake them.
func (m *moveStep) unblocked(source *Queue, list []*Message, err error) ([]*Message, error) {
	if err != nil {
		return nil, err
	}
	var out []*Message
	for _, x := range list {
		g, err := groups.Get(m.tx, store.K(source.Space, x.Lane))
		if err != nil {
			return nil, err
		}
		if !g.At.After(m.now) {
			out = append(out, x)
		}
	}
	return out, nil
}

// move sends one message on. It is a new message there, with an ID and a time of its own, but for its content.
func (m *moveStep) move(source *Queue, x *Message) error {
	arn := m.task.Destination
	if arn == "" {
		arn = x.From
	}
	if arn == "" {
		m.end(failed, "CouldNotDetermineMessageSource")
		return nil
	}
	if m.task.Destination == "" && !slices.Contains(m.task.Asked, arn) { // a queue that had this one as its dead-letter queue before
		m.end(failed, "AccessDenied")
		return nil
	}
	region, account, name, _ := parseARN(arn)
	to, err := queues.Get(m.tx, store.K(account, region, name))
	if store.IsAbsent(err) || err == nil && to.FIFO != source.FIFO {
		m.end(failed, "AWS.SimpleQueueService.NonExistentQueue")
		return nil
	}
	if err != nil {
		return err
	}
	if x.expired(source, m.now) {
		m.moved++
		return m.remove(m.tx, source, x, m.now, true)
	}
	if err := m.remove(m.tx, source, x, m.now, false); err != nil {
		return err
	}
	sent := *x
	sent.Sent, sent.At, sent.First, sent.Taken, sent.Received, sent.From = m.now, m.now, time.Time{}, time.Time{}, 0, ""
	m.moved++
	m.task.Moved++
	return m.put(m.tx, to, &sent, m.now)
}
