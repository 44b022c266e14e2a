package logs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"vauban/engine/loganomaly"
	"vauban/engine/logfilter"
	"vauban/service"
	"vauban/store"
)

// DetectorModel is what a detector knows of its group, compressed and sealed.
type DetectorModel struct {
	Detector string // ID
	Sealed   []byte
}

var models = &store.Table[DetectorModel]{
	Name: "logs.detectormodel",
	Key:  func(m *DetectorModel) store.Key { return store.K(m.Detector) },
}

const (
	modelTable    = "logs.detectormodel"
	detectorLag   = 30 * time.Second // for events that come late
	detectorLooks = 14 * day         // back, to learn from what there is. User Guide: "Log anomaly detection".
	detectorTurn  = 32 << 20         // bytes of events that one turn of a detector looks at
	windowHolds   = 16 << 20         // bytes that a period may hold: what comes beyond is not looked at
)

// detectAll has every detector look at the periods that are over.
func (s *Service) detectAll(w *service.Work) error {
	var all []*Detector
	err := s.Store.Read(w, func(tx store.Tx) error {
		list, err := anomalyDetectors.List(tx, nil, nil, 0)
		all = list.Items
		return err
	})
	errs := []error{err}
	for _, d := range all {
		if w.Err() == nil && !d.Paused && d.Broken == "" {
			errs = append(errs, s.detect(w, d)) // one that fails does not hold up the others
		}
	}
	return errors.Join(errs...)
}

// detect looks at the periods of one detector that are over, as many as a turn takes.
func (s *Service) detect(w *service.Work, d *Detector) error {
	every := frequencies[d.Frequency]
	end := floorTo(s.Clock().Add(-detectorLag).UnixMilli(), every)
	if end <= d.Until {
		return nil
	}
	pattern, err := s.patterns.compile(d.Pattern)
	if err != nil {
		return err
	}
	t := &detecting{Service: s, d: d, every: every.Milliseconds(), pattern: pattern, model: &loganomaly.Model{}}
	if gone, err := t.load(w); err != nil || gone {
		return err
	}
	t.at = d.Until
	if t.at == 0 {
		t.at = max(floorTo(d.Created.Add(-detectorLooks).UnixMilli(), every), 0)
	}
	t.window = t.model.Begin()
	if err := t.look(w, end); err != nil {
		return err
	}
	return t.save(w)
}

// detecting is a detector at work.
type detecting struct {
	*Service
	d       *Detector
	g       *Group
	every   int64 // milliseconds
	pattern *logfilter.Pattern
	model   *loganomaly.Model
	window  *loganomaly.Window
	held    int
	at      int64 // the beginning of the period that is open
	found   []timed
}

// timed is a finding with its period.
type timed struct {
	loganomaly.Finding
	start, end int64
}

// load opens what the detector knows. gone says that there is nothing to watch any more.
func (t *detecting) load(ctx context.Context) (gone bool, err error) {
	var kept *DetectorModel
	err = t.Store.Read(ctx, func(tx store.Tx) (err error) {
		if t.g, err = groups.Get(tx, store.K(t.d.Account, t.d.Region, t.d.Group)); err != nil {
			return err
		}
		kept, err = models.Get(tx, store.K(t.d.ID))
		if store.IsAbsent(err) {
			kept, err = nil, nil
		}
		return err
	})
	if store.IsAbsent(err) || err == nil && t.g.ID != t.d.GroupID {
		return true, t.fail(ctx, "the log group was deleted")
	}
	if err != nil || kept == nil {
		return false, err
	}
	packed, err := t.Seal.Open(modelTable, store.K(t.d.ID), kept.Sealed)
	if err != nil {
		return false, fmt.Errorf("model of detector %s: %w", t.d.ID, err)
	}
	raw, err := t.codec.expand(packed)
	if err != nil {
		return false, fmt.Errorf("model of detector %s: %w", t.d.ID, err)
	}
	return false, json.Unmarshal(raw, t.model)
}

func (t *detecting) fail(ctx context.Context, why string) error {
	return t.Store.Write(ctx, func(tx store.Tx) error {
		d, err := anomalyDetectors.Get(tx, anomalyDetectors.Key(t.d))
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		d.Broken = why
		return anomalyDetectors.Update(tx, d)
	})
}

// look goes through the events in the order of time until the end, or until the first period behind what a turn takes.
func (t *detecting) look(w *service.Work, end int64) error {
	q := &search{group: t.g, from: place{Time: max(t.at, t.g.expired(w.Time))}, to: end, limit: pageEvents, bytes: 4 << 20, match: func(e *Event) bool { return t.pattern.Match(e.Message) }}
	bytes := 0
	for more := true; more; {
		var page *hits
		err := t.reading(w, w.Call(t.d.Account, t.d.Region), []*Group{t.g}, func(tx store.Tx, keys opened) (err error) {
			page, err = t.forward(w, tx, keys, q)
			return err
		})
		if err != nil {
			return err
		}
		for i := range page.events {
			e := &page.events[i]
			if bytes > detectorTurn && e.Time >= t.at+t.every {
				t.close() // the next turn goes on with the period of this event
				return nil
			}
			t.reach(e.Time)
			if t.held < windowHolds {
				t.held += t.window.Add(e.Message)
			}
			bytes += len(e.Message)
		}
		q.from, more = page.next, page.more
	}
	t.reach(end)
	return nil
}

// reach closes the periods that are over at the time. Before anything is known, periods without events are passed over.
func (t *detecting) reach(now int64) {
	for now >= t.at+t.every {
		if t.model.Events == 0 && t.held == 0 {
			t.at = floorTo(now, time.Duration(t.every)*time.Millisecond)
			return
		}
		t.close()
	}
}

func (t *detecting) close() {
	end := t.at + t.every
	for _, f := range t.window.End(end <= t.d.Learns) {
		t.found = append(t.found, timed{f, t.at, end})
	}
	t.window, t.at, t.held = t.model.Begin(), end, 0
}

// save keeps what was learnt and found, in one commit.
func (t *detecting) save(w *service.Work) error {
	raw, err := json.Marshal(t.model)
	if err != nil {
		return err
	}
	sealed, err := t.Seal.Seal(modelTable, store.K(t.d.ID), t.codec.enc.EncodeAll(raw, nil))
	if err != nil {
		return err
	}
	counts := map[string]int{}
	err = t.write(w, func(tx store.Tx) error {
		clear(counts)
		d, err := anomalyDetectors.Get(tx, anomalyDetectors.Key(t.d))
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil || d.Until != t.d.Until || !d.Modified.Equal(t.d.Modified) {
			return err // the next turn goes by what holds now
		}
		d.Until = t.at
		if err := anomalyDetectors.Update(tx, d); err != nil {
			return err
		}
		if err := models.Put(tx, &DetectorModel{d.ID, sealed}); err != nil {
			return err
		}
		return t.keep(tx, counts)
	})
	if err != nil {
		return err
	}
	for priority, n := range counts {
		t.measure(t.g, "AnomalyCount", float64(n), "Count", time.UnixMilli(t.at).UTC(), []service.Dimension{{Name: "LogAnomalyDetector", Value: t.d.Name}, {Name: "LogAnomalyPriority", Value: priority}})
	}
	return nil
}

// keep adds what was found to the anomalies that there are, and counts what is reported, by priority. Old anomalies go.
func (t *detecting) keep(tx store.Tx, counts map[string]int) error {
	list, err := anomalies.List(tx, store.K(t.d.ID), nil, 0)
	if err != nil {
		return err
	}
	have, now := list.Items, t.Clock()
	for i := range t.found {
		f := &t.found[i]
		id := f.Pattern.ID()
		if slices.ContainsFunc(have, func(a *Anomaly) bool { return a.PatternID == id && (a.ByPattern && a.suppressed(now)) }) {
			continue
		}
		at := slices.IndexFunc(have, func(a *Anomaly) bool { return a.PatternID == id && a.Kind == string(f.Kind) })
		if at < 0 {
			a := &Anomaly{Detector: t.d.ID, PatternID: id, Kind: string(f.Kind), First: f.start}
			if a.ID, err = t.newUUID(); err != nil {
				return err
			}
			have, at = append(have, a), len(have)
		}
		a := have[at]
		if a.Baseline || a.suppressed(now) {
			continue
		}
		a.note(&f.Finding, f.start, f.end)
		if err := t.sealEvidence(a, &f.Finding); err != nil {
			return err
		}
		if err := anomalies.Put(tx, a); err != nil {
			return err
		}
		counts[a.Priority]++
	}
	return t.drop(tx, have, now)
}

// drop lets anomalies go that are older than they are to be seen, or too many.
func (t *detecting) drop(tx store.Tx, have []*Anomaly, now time.Time) error {
	slices.SortStableFunc(have, func(a, b *Anomaly) int { return int(b.Last/1000 - a.Last/1000) })
	low := now.Add(-time.Duration(t.d.Visibility) * day).UnixMilli()
	for i, a := range have {
		if i < maxAnomalies && a.Last >= low || a.Sealed == nil {
			continue
		}
		if err := anomalies.Delete(tx, anomalies.Key(a)); err != nil && !store.IsAbsent(err) {
			return err
		}
	}
	return nil
}
