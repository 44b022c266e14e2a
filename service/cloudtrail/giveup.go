package cloudtrail

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"vauban/service"
	"vauban/store"
)

// giveUpAll lets the deliveries that fail give up events that have reached the end of the log's retention. Until then they wait, and the log keeps them
// for it; without an end one bucket that refuses for ever would keep the whole log for ever.
func (s *Service) giveUpAll(w *service.Work, failed map[string]bool) error {
	if len(failed) == 0 {
		return nil
	}
	outlived, err := s.Log.Outlived(w)
	if err != nil || outlived == 0 {
		return err
	}
	var problems []error
	for id := range failed {
		var d *delivery
		err := s.Store.Read(w, func(tx store.Tx) (err error) {
			d, err = deliveries.Get(tx, store.K(id))
			return err
		})
		if absent(err) {
			continue
		}
		for err == nil && len(d.Spans) > 0 && d.Spans[0].After < outlived {
			err = s.giveUp(w, d, outlived)
		}
		if err != nil && !errors.Is(err, errChanged) {
			problems = append(problems, fmt.Errorf("give up old events of %s: %w", d.Last.ARN(s.Partition), err))
		}
	}
	return errors.Join(problems...)
}

// giveUp moves the delivery on to that place without delivering, block by block. Its status tells how much it has lost.
func (s *Service) giveUp(w *service.Work, d *delivery, outlived int64) error {
	b, err := s.readBlock(w, place{after: d.Spans[0].After}, outlived)
	if err != nil {
		return err
	}
	b.entries, b.to = b.between(b.after, outlived), min(b.to, outlived)
	c := &cut{Number: d.Cuts}
	span := &d.Spans[0]
	begin := span.bounds(b, c)
	if span.Organization != "" {
		err := s.Store.Read(w, func(tx store.Tx) (err error) {
			c.Accounts, err = s.accounts.Members(tx, span.Organization)
			return err
		})
		if err != nil {
			return err
		}
	}
	lost, newest := int64(0), time.Time{}
	for _, st := range span.streams(b.between(c.After, c.To), c.Accounts) {
		lost += int64(len(st.entries))
		if at, _ := st.times(); at.After(newest) {
			newest = at
		}
	}
	return s.change(w, d, func(tx store.Tx, d *delivery) error {
		d.Cut, d.Spans[0].Begin = nil, begin
		if lost > 0 {
			d.Lost, d.LostCount = newest, d.LostCount+lost
		}
		return s.pass(tx, d, c, nil)
	})
}

// failure is what the trail's status tells: the code of the service that refused, and what was lost for it.
func (d *delivery) failure() string {
	if d.LostCount == 0 {
		return d.Error
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d events up to %s have reached the end of the log's retention and were not delivered", d.Error, d.LostCount, *clockText(d.Lost)))
}
