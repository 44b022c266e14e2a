package sqs

import (
	"time"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) deleteOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpDeleteMessage, on(s, acting, func(in *api.DeleteMessageInput) *string { return in.QueueUrl }), s.deleteMessage).WithoutSignature().OnData(),
		service.Acts(api.OpDeleteMessageBatch, on(s, acting, func(in *api.DeleteMessageBatchInput) *string { return in.QueueUrl }), s.deleteBatch).WithoutSignature().OnData(),
	}
}

func (s *Service) deleteMessage(c *service.Call, in *api.DeleteMessageInput) (*api.DeleteMessageOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	handle := wire.Text(in.ReceiptHandle)
	r, err := s.open(q, handle)
	if err != nil {
		return nil, err
	}
	err = c.Commit(func(tx store.Tx) error {
		q, err := found(c)
		if err != nil {
			return err
		}
		return s.discard(tx, q, r, handle, s.Clock())
	})
	return &api.DeleteMessageOutput{}, err
}

// discard deletes the message of a receipt. On a standard queue an older receipt than the last deletes nothing and is no error; on a FIFO queue
// it has expired. API reference: "DeleteMessage".
func (s *Service) discard(tx store.Tx, q *Queue, r *receipt, handle string, now time.Time) error {
	m, err := r.message(tx, q)
	if err != nil || m == nil {
		return err
	}
	if q.FIFO && (!r.latest(m) || !m.At.After(now)) {
		return badValue(handle, "ReceiptHandle", "The receipt handle has expired.")
	}
	if !r.latest(m) {
		return nil
	}
	return s.remove(tx, q, m, now, true)
}

func (s *Service) deleteBatch(c *service.Call, in *api.DeleteMessageBatchInput) (*api.DeleteMessageBatchOutput, error) {
	if _, err := found(c); err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e *api.DeleteMessageBatchRequestEntry) *string { return e.Id }); err != nil {
		return nil, err
	}
	var out *api.DeleteMessageBatchOutput
	err := c.Commit(func(tx store.Tx) error {
		out = &api.DeleteMessageBatchOutput{Failed: []api.BatchResultErrorEntry{}, Successful: []api.DeleteMessageBatchResultEntry{}}
		q, err := found(c)
		if err != nil {
			return err
		}
		now := s.Clock()
		for _, e := range in.Entries {
			r, err := s.open(q, wire.Text(e.ReceiptHandle))
			if err == nil {
				err = s.discard(tx, q, r, wire.Text(e.ReceiptHandle), now)
			}
			if err == nil {
				out.Successful = append(out.Successful, api.DeleteMessageBatchResultEntry{Id: e.Id})
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
