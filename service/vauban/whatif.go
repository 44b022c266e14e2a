package vauban

import (
	"errors"
	"time"

	api "vauban/api/vauban"
	"vauban/engine/policy/replay"
	"vauban/eventlog"
	"vauban/service"
)

// Bounds of one answer: records that are read, and kinds of change that are reported. What is left comes with the next page.
const (
	defaultRecords = 10_000
	maxChanges     = 1000
	readStep       = 2048
)

// whatIf replays one page of the log under the proposed policy.
func (s *Service) whatIf(c *service.Call, in *api.WhatIfInput) (*api.WhatIfOutput, error) {
	t, err := s.trial(c, in)
	if err != nil {
		return nil, err
	}
	at, err := s.begin(c, in)
	if err != nil {
		return nil, err
	}
	start, end := instant(in.StartTime), instant(in.EndTime)
	left := int64(defaultRecords)
	if in.MaxResults != nil {
		left = *in.MaxResults
	}
	sum := tally{hidden: func(account string) bool { return !t.sees(account) }}
	for left > 0 && at.After < at.Last && len(sum.order) < maxChanges {
		entries, err := s.Log.Read(c, at.After, int(min(left, readStep)))
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			at.After = at.Last
			break
		}
		for _, e := range entries {
			if e.Seq > at.Last || len(sum.order) >= maxChanges {
				break
			}
			at.After = e.Seq
			left--
			sum.read++
			if !e.Time.Before(start) && (end.IsZero() || !e.Time.After(end)) {
				t.replay(e, &sum)
			}
		}
		if entries[len(entries)-1].Seq > at.Last && at.After < at.Last && len(sum.order) < maxChanges {
			at.After = at.Last // numbers without entries
		}
		if t.library.err != nil {
			return nil, t.library.err
		}
	}
	out := sum.output()
	out.Position, out.Total = new(at.After-at.First), new(at.Last-at.First)
	if at.After < at.Last {
		out.NextToken, err = s.seal(c, in, at)
	}
	return out, err
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// begin is where the page begins.
func (s *Service) begin(c *service.Call, in *api.WhatIfInput) (position, error) {
	if in.NextToken != nil {
		return s.open(c, in, *in.NextToken)
	}
	if in.StartTime != nil && in.EndTime != nil && in.StartTime.After(*in.EndTime) {
		return position{}, api.InvalidInputException.New("The start time must not be after the end time.")
	}
	after, last, err := s.Log.Span(c, instant(in.StartTime))
	return position{First: after, After: after, Last: last}, err
}

// trial is one proposal that is being tried.
type trial struct {
	*replay.Replay
	library *library
	touches func(e *eventlog.Entry) bool // may the proposal have a say? A quick look that spares decoding
	sees    func(account string) bool
}

// replay tries one entry and adds what would change to the sum.
func (t *trial) replay(e *eventlog.Entry, sum *tally) {
	if len(e.Authz) == 0 || !t.touches(e) { // nothing was asked: refused before
		return
	}
	c, err := replay.Decode(e.Authz, e.Time)
	if errors.Is(err, replay.ErrIncomplete) {
		sum.incomplete++
		return
	}
	if err != nil {
		sum.incomplete++ // of a later version, perhaps
		return
	}
	o, ok := t.Call(c)
	if !ok {
		return
	}
	sum.replayed++
	if o.Changed() || !o.Told {
		sum.add(e, c, &o)
	}
}
