package sqs

import (
	"vauban/store"
)

// receipt is what a receipt handle says: which message, and which of its receptions.
type receipt struct {
	Queue    string // ARN
	Space    string
	Lane     string
	Number   int64
	Received int64
}

const receiptPurpose = "sqs.receipt"

// handle seals the receipt of a message that was just received.
func (s *Service) handle(q *Queue, m *Message) (string, error) {
	return s.Seal.SealToken(receiptPurpose, store.K(q.arn(), m.Space, m.Lane, m.Number, m.Received))
}

// maxHandle is the longest handle that is looked at.
const maxHandle = 2048

// open reads a handle that this queue has given.
func (s *Service) open(q *Queue, handle string) (*receipt, error) {
	if len(handle) > maxHandle {
		return nil, badReceipt(handle)
	}
	b, err := s.Seal.OpenToken(receiptPurpose, handle)
	if err != nil {
		return nil, badReceipt(handle).Because(err)
	}
	r := &receipt{}
	if err := store.Key(b).Parts(&r.Queue, &r.Space, &r.Lane, &r.Number, &r.Received); err != nil || r.Queue != q.arn() {
		return nil, badReceipt(handle)
	}
	return r, nil
}

// message is the one that the receipt is for, or nil when it is gone.
func (r *receipt) message(tx store.Tx, q *Queue) (*Message, error) {
	if r.Space != q.Space { // purged
		return nil, nil
	}
	m, err := messages.Get(tx, store.K(r.Space, r.Lane, r.Number))
	if store.IsAbsent(err) {
		return nil, nil
	}
	return m, err
}

// latest says that the receipt is of the message's last reception.
func (r *receipt) latest(m *Message) bool { return int64(m.Received) == r.Received }
