package sns

import (
	"fmt"
	"strings"
	"time"

	"vauban/eventlog/delivery"
	"vauban/service/target"
)

// How often a dead-letter queue is tried.
const (
	deadTries = 10
	deadPause = 20 * time.Second
)

// bury sends a message that could not be delivered to the subscription's dead-letter queue. Developer guide: "Amazon SNS dead-letter queues".
func (s *Service) bury(p *parcel) error {
	m, err := s.corpse(p)
	if err == nil {
		_, err = target.ID(p.work.Door, p.call(), p.message.as(), p.to.Dead, m)
	}
	switch {
	case p.to.Dead == "": // taken away meanwhile
		err = fmt.Errorf("%s", p.pending.Reason)
	case err == nil:
		if err := s.finish(p, s.report(p, fmt.Errorf("%s", p.pending.Reason))); err != nil {
			return err
		}
		s.count(p.message, "NumberOfNotificationsRedrivenToDlq")
		return nil
	case p.work.Err() != nil:
		return err
	case !delivery.IsPermanent(err) && p.pending.Tries < deadTries:
		if err := s.note(p, func(x *Pending) { x.Tries++ }); err != nil {
			return err
		}
		return delivery.After(err, deadPause)
	}
	if e := s.finish(p, s.report(p, fmt.Errorf("%s; nor does the dead-letter queue take it: %w", p.pending.Reason, err))); e != nil {
		return e
	}
	s.count(p.message, "NumberOfNotificationsFailedToRedriveToDlq")
	return delivery.Permanent(err)
}

// corpse is the message as the dead-letter queue gets it: as the subscriber would have.
func (s *Service) corpse(p *parcel) (*target.Message, error) {
	m, err := s.forQueue(p)
	if err != nil {
		return nil, err
	}
	if fifo := strings.HasSuffix(p.to.Dead, ".fifo"); fifo {
		m.Deduplication = p.message.Dedup
	} else {
		m.Deduplication = ""
	}
	return m, nil
}
