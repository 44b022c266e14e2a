package cloudtrail

import (
	"errors"
	"fmt"
	"time"

	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// Bounds of what is read of the log at a time, and so of a file.
const (
	blockEvents = 16 << 10
	blockBytes  = 16 << 20 // of records
	readEvents  = 4096
)

// block is a part of the log: all entries with after < Seq <= to.
type block struct {
	after, to int64
	entries   []*eventlog.Entry
}

// place is where deliveries stand in the log. Those that stand at the same place are served with the same block: to is 0 unless a cut was
// left unfinished.
type place struct{ after, to int64 }

// deliver brings all trails up to what was recorded when the turn began. A trail that cannot be delivered waits for the next
// turn and holds up no other.
func (s *Service) deliver(w *service.Work) error {
	_, head, err := s.Log.Span(w, w.Time)
	if err != nil {
		return err
	}
	var p packer
	failed := map[string]bool{}
	var failures []error
	for w.Err() == nil {
		behind, err := s.behind(w, head, failed)
		if err != nil {
			return err
		}
		if len(behind) == 0 {
			break
		}
		for at, all := range behind {
			b, err := s.readBlock(w, at, head)
			if err != nil {
				return err
			}
			for _, d := range all {
				err := s.advance(w, &p, d, b)
				if err != nil && !errors.Is(err, errChanged) {
					failed[d.ID] = true
					failures = append(failures, fmt.Errorf("deliver %s: %w", d.Last.ARN(s.Partition), err))
				}
			}
		}
	}
	return errors.Join(append(failures, s.giveUpAll(w, failed))...)
}

// behind are the deliveries that have something to do, by their place in the log.
func (s *Service) behind(w *service.Work, head int64, failed map[string]bool) (map[place][]*delivery, error) {
	var out map[place][]*delivery
	err := s.Store.Read(w, func(tx store.Tx) error {
		out = map[place][]*delivery{}
		for d, err := range deliveries.Each(tx, nil) {
			if err != nil {
				return err
			}
			if len(d.Spans) == 0 || failed[d.ID] {
				continue
			}
			at := place{after: d.Spans[0].After}
			if d.Cut != nil {
				at = place{d.Cut.After, d.Cut.To}
			}
			if at.to > 0 || at.after < head {
				out[at] = append(out[at], d)
			}
		}
		return nil
	})
	return out, err
}

// readBlock reads the log from a place: to the end of the cut that was begun there, or as far as a block goes.
func (s *Service) readBlock(w *service.Work, at place, head int64) (*block, error) {
	b := &block{after: at.after, to: at.after}
	size := 0
	for at.to > 0 || len(b.entries) < blockEvents && size < blockBytes {
		some, err := s.Log.Read(w, b.to, readEvents)
		if err != nil {
			return nil, err
		}
		for _, e := range some {
			if at.to > 0 && e.Seq > at.to {
				return b, nil
			}
			b.entries = append(b.entries, e)
			b.to = e.Seq
			size += len(e.Record)
		}
		if len(some) == 0 || b.to == at.to {
			break
		}
	}
	if len(b.entries) == 0 { // the numbers up to the head were rolled back
		b.to = max(b.to, head, at.to)
	}
	return b, nil
}

// advance delivers what the block has for the trail: it writes down the cut, then the files, then that they are delivered.
func (s *Service) advance(w *service.Work, p *packer, d *delivery, b *block) error {
	var all []*stream
	var err error
	if d.Cut != nil { // left unfinished
		all = d.Spans[0].streams(b.between(d.Cut.After, d.Cut.To), d.Cut.Accounts)
	} else if all, err = s.cut(w, d, b); err != nil || d.Cut == nil {
		return err
	}
	if d.Logs {
		if err := s.sendEvents(w, d, all); err != nil {
			return errors.Join(err, s.noteFailure(w, d, err))
		}
		return s.finish(w, d, nil, nil)
	}
	var files []*logFile
	for _, st := range all {
		f, err := s.deliverFile(w, p, d, st)
		if err != nil {
			return errors.Join(err, s.noteFailure(w, d, err))
		}
		files = append(files, f)
	}
	return s.finish(w, d, files, s.notify(w, &d.Cut.Target, files))
}

// between are the entries with after < Seq <= to.
func (b *block) between(after, to int64) []*eventlog.Entry {
	i, j := 0, len(b.entries)
	for i < j && b.entries[i].Seq <= after {
		i++
	}
	for j > i && b.entries[j-1].Seq > to {
		j--
	}
	return b.entries[i:j]
}

// deliverFile writes one file.
func (s *Service) deliverFile(w *service.Work, p *packer, d *delivery, st *stream) (*logFile, error) {
	body, hash, err := p.pack(st)
	if err != nil {
		return nil, err
	}
	to := &d.Cut.Target
	f := &logFile{
		Delivery: d.ID, Account: st.account, Region: st.region, Number: d.Cut.Number, Bucket: to.Bucket, Hash: hash,
		Key: to.logKey(d.ID, d.Cut, st.account, st.region),
	}
	f.Newest, f.Oldest = st.times()
	_, err = s.put(w.Call(to.Account, to.Region), w.Door, to, object{key: f.Key, body: body, encrypted: true})
	return f, err
}

// finish notes that the files of the cut are delivered, and whether its topic was told.
func (s *Service) finish(w *service.Work, d *delivery, files []*logFile, told error) error {
	return s.change(w, d, func(tx store.Tx, d *delivery) error {
		now := s.Clock().UTC()
		d.Attempted, d.Delivered, d.Error = now, now, ""
		if d.Cut.Target.Topic != "" && !d.Logs {
			d.Notifying, d.NotifyErr = now, ""
			if told == nil {
				d.Notified = now
			} else {
				d.NotifyErr = failureCode(told)
			}
		}
		return s.pass(tx, d, d.Cut, files)
	})
}

// pass moves the delivery behind the cut, and remembers its files for the digests.
func (s *Service) pass(tx store.Tx, d *delivery, c *cut, files []*logFile) error {
	span := d.Spans[0]
	if span.Validation {
		if err := openChains(tx, d.ID, &span, files); err != nil {
			return err
		}
		for _, f := range files {
			if err := logFiles.Put(tx, f); err != nil {
				return err
			}
		}
	}
	d.Cut = nil
	d.Spans[0].After = c.To
	if c.Done {
		d.Spans = d.Spans[1:]
		if len(d.Spans) > 0 {
			d.Spans[0].After = max(d.Spans[0].After, c.To)
		}
	}
	return nil
}

// patience is how long what a deleted trail has left is tried to be delivered.
const patience = 24 * time.Hour

// noteFailure keeps what the bucket answered. A cut that cannot be delivered goes to where the trail points by now. A deleted trail is given up
// when its bucket is gone, or refuses for long: nobody could repair it.
func (s *Service) noteFailure(w *service.Work, d *delivery, failure error) error {
	return s.change(w, d, func(tx store.Tx, d *delivery) error {
		now := s.Clock().UTC()
		d.Attempted, d.Error = now, failureCode(failure)
		d.Cut.Target = d.Last
		if d.hopeless(d.Error, now) {
			d.Spans, d.Cut = nil, nil
		}
		return nil
	})
}

func (d *delivery) hopeless(code string, now time.Time) bool {
	return !d.Ended.IsZero() && (code == "NoSuchBucket" || d.Logs && code == "ResourceNotFoundException" || now.Sub(d.Ended) > patience)
}

// failureCode is the error as GetTrailStatus tells it: the code of the service that refused.
func failureCode(err error) string {
	if code := codeOf(err); code != "" {
		return code
	}
	return "InternalError"
}
