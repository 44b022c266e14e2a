package cloudtrail

import (
	"errors"

	"vauban/service"
	"vauban/store"
)

// cut decides how much of the block goes into the next files, and which: all up to the record that ends the span. Without anything to
// deliver there is no cut, and the trail is at the end of the block.
func (s *Service) cut(w *service.Work, d *delivery, b *block) ([]*stream, error) {
	c := &cut{Number: d.Cuts + 1, Time: s.Clock().UTC(), Target: d.Last}
	span := &d.Spans[0]
	begin := span.bounds(b, c)
	err := s.Store.Read(w, func(tx store.Tx) (err error) {
		if span.Organization != "" {
			c.Accounts, err = s.accounts.Members(tx, span.Organization)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	all := span.streams(b.between(c.After, c.To), c.Accounts)
	err = s.change(w, d, func(tx store.Tx, d *delivery) error {
		d.Spans[0].Begin = begin
		if len(all) == 0 {
			return s.pass(tx, d, c, nil)
		}
		d.Cut, d.Cuts, d.Spans[0].After = c, c.Number, c.After // what is before the first record is not the span's
		return nil
	})
	return all, err
}

// bounds finds where in the block the span begins and ends. It returns the request whose record is still to come as the first.
func (sp *span) bounds(b *block, c *cut) (begin string) {
	begin = sp.Begin
	c.After, c.To = b.after, b.to
	for _, e := range b.entries {
		if begin != "" {
			if !ofRequest(e, begin) {
				c.After = e.Seq
				continue
			}
			begin = ""
		}
		if sp.End != "" && ofRequest(e, sp.End) {
			c.To, c.Done = e.Seq, true
			break
		}
	}
	if begin != "" {
		c.After = c.To
	}
	return begin
}

// errChanged says that a call has changed the trail meanwhile: its delivery is looked at anew.
var errChanged = errors.New("the trail was changed meanwhile")

// change changes the delivery in a transaction, if no call has meanwhile ended the span that is being delivered; d becomes what is stored.
func (s *Service) change(w *service.Work, d *delivery, fn func(tx store.Tx, d *delivery) error) error {
	var stored *delivery
	err := s.Store.Write(w, func(tx store.Tx) (err error) {
		if err := w.Check(tx); err != nil {
			return err
		}
		if stored, err = deliveries.Get(tx, store.K(d.ID)); err != nil {
			return err
		}
		if !d.sameSpan(stored) {
			return errChanged
		}
		if err := fn(tx, stored); err != nil {
			return err
		}
		return stored.save(tx, s.Clock())
	})
	if err == nil {
		*d = *stored
	}
	return err
}

// sameSpan reports whether both are about to deliver the same. Once it is cut it stays so whatever happens.
func (d *delivery) sameSpan(o *delivery) bool {
	if len(d.Spans) == 0 || len(o.Spans) == 0 || d.Cuts != o.Cuts || (d.Cut == nil) != (o.Cut == nil) {
		return false
	}
	a, b := &d.Spans[0], &o.Spans[0]
	return d.Cut != nil || a.After == b.After && a.End == b.End
}
