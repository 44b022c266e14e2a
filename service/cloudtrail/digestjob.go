package cloudtrail

import (
	"errors"
	"fmt"
	"time"

	"vauban/service"
	"vauban/store"
)

// digest delivers the digests that are due.
func (s *Service) digest(w *service.Work) error {
	var all []*chain
	err := s.Store.Read(w, func(tx store.Tx) error {
		all = nil
		for c, err := range chains.Each(tx, nil) {
			if err != nil {
				return err
			}
			all = append(all, c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var failures []error
	for _, c := range all {
		if w.Err() != nil {
			break
		}
		if err := s.digestChain(w, c); err != nil {
			failures = append(failures, fmt.Errorf("digest of %s in %s: %w", c.Account, c.Region, err))
		}
	}
	return errors.Join(failures...)
}

// digestChain delivers the next digest of a chain, if it is due.
func (s *Service) digestChain(w *service.Work, c *chain) error {
	if c.Plan == nil {
		if err := s.plan(w, c); err != nil || c.Plan == nil {
			return err
		}
	}
	var files []*logFile
	var key *digestKey
	err := s.Store.Read(w, func(tx store.Tx) (err error) {
		if files, err = c.files(tx, c.Plan.Through); err != nil {
			return err
		}
		key, err = digestKeys.Get(tx, digestKeyKey(c.Region, c.Plan.Fingerprint))
		return err
	})
	if err != nil {
		return err
	}
	content, d, err := c.content(files)
	if err != nil {
		return err
	}
	signature, err := s.sign(key, d.toSign(content))
	if err != nil {
		return err
	}
	body, err := zipped(content)
	if err != nil {
		return err
	}
	to := &c.Plan.Target
	_, err = s.put(w.Call(to.Account, to.Region), w.Door, to, object{key: d.Key, body: body, meta: map[string]string{
		"signature": signature, "signature-algorithm": signatureAlgorithm,
	}})
	if err != nil {
		return errors.Join(err, s.noteDigestFailure(w, c, err))
	}
	return s.finishDigest(w, c, files, &link{Bucket: d.Bucket, Key: d.Key, Hash: hashOf(content), Signature: signature})
}

// files are the delivered files of the chain that no digest lists, up to a cut, oldest first.
func (c *chain) files(tx store.Tx, through int64) ([]*logFile, error) {
	var out []*logFile
	for f, err := range logFiles.Each(tx, store.K(c.Delivery, c.Account, c.Region)) {
		if err != nil {
			return nil, err
		}
		if f.Number > through {
			break
		}
		out = append(out, f)
	}
	return out, nil
}

// due is what is to be done with a chain.
type due int

const (
	nothing due = iota
	aDigest
	theLast // the chain ends with it, and a later one begins anew
	theEnd  // there is nothing to list: the chain ends without one
)

// due decides about the next digest. There is one when the interval has passed, and a last one when the trail no longer logs or is no longer to
// be validated. A clock that was set back makes one due at once.
func (c *chain) due(tx store.Tx, d *delivery, end time.Time, interval time.Duration) (due, error) {
	past := end.Sub(c.Start)
	switch {
	case c.taken(end):
		return nothing, nil
	case d.Last.Validation && d.open() != nil:
		if past >= 0 && past < interval {
			return nothing, nil
		}
		return aDigest, nil
	case len(d.Spans) > 0 && d.Spans[0].Validation: // more files are to come
		return nothing, nil
	}
	page, err := logFiles.List(tx, store.K(c.Delivery, c.Account, c.Region), nil, 1)
	if err != nil || len(page.Items) == 0 {
		return theEnd, err
	}
	return theLast, nil
}

// plan writes down the next digest, if one is due.
func (s *Service) plan(w *service.Work, c *chain) error {
	end := s.Clock().UTC().Truncate(time.Second)
	var key *digestKey
	what := nothing
	err := s.Store.Read(w, func(tx store.Tx) error {
		d, err := deliveries.Get(tx, store.K(c.Delivery))
		if err != nil {
			return err
		}
		if what, err = c.due(tx, d, end, s.intervals.Digests); err != nil {
			return err
		}
		key, err = signingKey(tx, c.Region, end)
		return err
	})
	if err != nil || what == nothing {
		return err
	}
	fresh := key == nil
	if fresh && what != theEnd {
		if key, err = s.newDigestKey(c.Region, end); err != nil {
			return err
		}
	}
	return s.changeChain(w, c, func(tx store.Tx, c *chain, d *delivery) error {
		what, err := c.due(tx, d, end, s.intervals.Digests)
		switch {
		case err != nil || what == nothing:
			return err
		case what == theEnd:
			return s.closeChain(tx, c, d)
		case key == nil: // files have come in between: the next turn
			return nil
		}
		if fresh {
			if err := digestKeys.Insert(tx, key); err != nil {
				return err
			}
		}
		return c.write(tx, d, end, key.Fingerprint, what == theLast)
	})
}

// write plans the digest that ends at that time.
func (c *chain) write(tx store.Tx, d *delivery, end time.Time, fingerprint string, last bool) error {
	files, err := c.files(tx, d.Cuts)
	if err != nil {
		return err
	}
	c.Plan = &digestPlan{Start: c.Start, End: end, Target: d.Last, Fingerprint: fingerprint, Last: last}
	if c.Start.After(end) {
		c.Plan.Start = end
	}
	if len(files) > 0 {
		c.Plan.Through = files[len(files)-1].Number
	}
	return chains.Update(tx, c)
}

// changeChain changes the chain in a transaction; c becomes what is stored, without a plan when the chain has ended.
func (s *Service) changeChain(w *service.Work, c *chain, fn func(tx store.Tx, c *chain, d *delivery) error) error {
	var stored *chain
	err := s.Store.Write(w, func(tx store.Tx) (err error) {
		if err := w.Check(tx); err != nil {
			return err
		}
		if stored, err = chains.Get(tx, chains.Key(c)); err != nil {
			return err
		}
		d, err := deliveries.Get(tx, store.K(c.Delivery))
		if err != nil {
			return err
		}
		return fn(tx, stored, d)
	})
	if err == nil {
		*c = *stored
	}
	return err
}

// closeChain ends a chain, and with the last one the delivery of a trail that is gone.
func (s *Service) closeChain(tx store.Tx, c *chain, d *delivery) error {
	c.Plan = nil
	if err := chains.Delete(tx, chains.Key(c)); err != nil {
		return err
	}
	return d.save(tx, s.Clock())
}

// finishDigest notes that the digest is delivered: the next one refers to it, and its files are done with.
func (s *Service) finishDigest(w *service.Work, c *chain, files []*logFile, l *link) error {
	return s.changeChain(w, c, func(tx store.Tx, c *chain, d *delivery) error {
		for _, f := range files {
			if err := logFiles.Delete(tx, logFiles.Key(f)); err != nil {
				return err
			}
		}
		p := c.Plan
		c.Plan, c.Previous, c.Start = nil, l, p.End
		if c.Ends = append(c.Ends, p.End); len(c.Ends) > maxEnds {
			c.Ends = c.Ends[1:]
		}
		d.Digested, d.DigestErr = s.Clock().UTC(), ""
		if p.Last {
			return s.closeChain(tx, c, d)
		}
		if err := d.save(tx, s.Clock()); err != nil {
			return err
		}
		return chains.Update(tx, c)
	})
}

// noteDigestFailure keeps what the bucket answered. The digest goes to where the trail points by now; what a deleted trail has left is
// given up like its log files.
func (s *Service) noteDigestFailure(w *service.Work, c *chain, failure error) error {
	return s.changeChain(w, c, func(tx store.Tx, c *chain, d *delivery) error {
		d.DigestErr = failureCode(failure)
		if d.hopeless(d.DigestErr, s.Clock()) {
			if err := c.dropFiles(tx); err != nil {
				return err
			}
			return s.closeChain(tx, c, d)
		}
		c.Plan.Target = d.Last
		if err := chains.Update(tx, c); err != nil {
			return err
		}
		return d.save(tx, s.Clock())
	})
}

// dropFiles forgets the files that no digest will list.
func (c *chain) dropFiles(tx store.Tx) error {
	all, err := c.files(tx, 1<<62)
	if err != nil {
		return err
	}
	for _, f := range all {
		if err := logFiles.Delete(tx, logFiles.Key(f)); err != nil {
			return err
		}
	}
	return nil
}
