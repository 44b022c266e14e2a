package sqs

import (
	"strconv"
	"time"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) visibilityOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpChangeMessageVisibility, on(s, acting, func(in *api.ChangeMessageVisibilityInput) *string { return in.QueueUrl }), s.changeVisibility).WithoutSignature().OnData(),
		service.Acts(api.OpChangeMessageVisibilityBatch, on(s, acting, func(in *api.ChangeMessageVisibilityBatchInput) *string { return in.QueueUrl }), s.changeBatch).WithoutSignature().OnData(),
	}
}

// maxHidden is how long a message is hidden at most since its last reception, in seconds. Developer guide: "Amazon SQS visibility timeout".
const maxHidden = 43200

func badVisibility(n int64) *wire.Error {
	return badValue(strconv.FormatInt(n, 10), "VisibilityTimeout", "Must be between 0 and 43200, if provided.")
}

func (s *Service) changeVisibility(c *service.Call, in *api.ChangeMessageVisibilityInput) (*api.ChangeMessageVisibilityOutput, error) {
	if _, err := found(c); err != nil {
		return nil, err
	}
	if in.VisibilityTimeout == nil {
		return nil, missing("VisibilityTimeout")
	}
	err := c.Commit(func(tx store.Tx) error {
		q, err := found(c)
		if err != nil {
			return err
		}
		return s.hideFor(tx, q, wire.Text(in.ReceiptHandle), *in.VisibilityTimeout, s.Clock())
	})
	return &api.ChangeMessageVisibilityOutput{}, err
}

// hideFor hides a message in flight for so many seconds from now.
func (s *Service) hideFor(tx store.Tx, q *Queue, handle string, seconds int64, now time.Time) error {
	if seconds < 0 || seconds > maxHidden {
		return badVisibility(seconds)
	}
	r, err := s.open(q, handle)
	if err != nil {
		return err
	}
	m, err := r.message(tx, q)
	if err != nil {
		return err
	}
	if m == nil {
		return badValue(handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.")
	}
	until := now.Add(time.Duration(seconds) * time.Second)
	switch {
	case !m.At.After(now) && q.FIFO:
		return badValue(handle, "ReceiptHandle", "The receipt handle has expired.")
	case !m.At.After(now):
		return api.MessageNotInflight.New("The message referred to isn't in flight.")
	case !r.latest(m):
		return badValue(handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.")
	case until.After(m.Taken.Add(maxHidden * time.Second)):
		return badValue(strconv.FormatInt(seconds, 10), "VisibilityTimeout", "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
	}
	if err := tx.Ring(q.arn()); err != nil {
		return err
	}
	if q.FIFO {
		m.At = until
		t := &taking{Service: s, tx: tx, now: now}
		return t.hideInGroup(m)
	}
	from := m.due()
	m.At = until
	return rehide(tx, m, from)
}

func (s *Service) changeBatch(c *service.Call, in *api.ChangeMessageVisibilityBatchInput) (*api.ChangeMessageVisibilityBatchOutput, error) {
	if _, err := found(c); err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e *api.ChangeMessageVisibilityBatchRequestEntry) *string { return e.Id }); err != nil {
		return nil, err
	}
	var out *api.ChangeMessageVisibilityBatchOutput
	err := c.Commit(func(tx store.Tx) error {
		out = &api.ChangeMessageVisibilityBatchOutput{Failed: []api.BatchResultErrorEntry{}, Successful: []api.ChangeMessageVisibilityBatchResultEntry{}}
		q, err := found(c)
		if err != nil {
			return err
		}
		now := s.Clock()
		for _, e := range in.Entries {
			if e.VisibilityTimeout == nil {
				err = missing("VisibilityTimeout")
			} else {
				err = s.hideFor(tx, q, wire.Text(e.ReceiptHandle), *e.VisibilityTimeout, now)
			}
			if err == nil {
				out.Successful = append(out.Successful, api.ChangeMessageVisibilityBatchResultEntry{Id: e.Id})
				continue
			}
			failed, err := failure(*e.Id, err)
			if err != nil {
				return err
			}
			out.Failed = append(out.Failed, failed)
		}
		c.Record().Response = out
		return nil
	})
	return out, err
}
