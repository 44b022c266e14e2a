package cloudwatch

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"vauban/engine/metric"
	"vauban/service"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// Jobs implements [service.Working].
func (s *Service) Jobs() []service.Job {
	return []service.Job{
		{Name: "cloudwatch.fresh", Every: 500 * time.Millisecond, Run: s.lookAtFresh, Everywhere: true},
		{Name: "cloudwatch.alarms", Every: time.Second, Run: s.evaluateDue},
		{Name: "cloudwatch.insights", Every: 2 * time.Second, Run: s.foldCounts},
		{Name: "cloudwatch.uncounted", Every: 10 * time.Second, Run: s.tellUncounted, Everywhere: true},
		{Name: "cloudwatch.untrained", Every: time.Minute, Run: s.tellUntrained, Everywhere: true},
		{Name: "cloudwatch.training", Every: training, Run: s.trainDetectors},
		{Name: "cloudwatch.retention", Every: time.Hour, Run: s.retain},
	}
}

var _ service.Working = (*Service)(nil)

// rounds keeps turns of a job apart, and remembers which step each alarm was last evaluated in.
type rounds struct {
	fresh sync.Mutex
	due   sync.Mutex
	last  map[string]int64 // by key
	late  map[string]int64 // since when alarms are put off, in seconds since 1970, by key
	reads reads
}

// lookAtFresh takes what the services of this replica have measured, and evaluates alarms to whose metrics something came.
func (s *Service) lookAtFresh(w *service.Work) error {
	s.rounds.fresh.Lock()
	defer s.rounds.fresh.Unlock()
	if err := s.takeMeasurements(w); err != nil {
		return err
	}
	ids, put, changed := s.fresh.take()
	if len(ids)+len(put)+len(changed) == 0 {
		return nil
	}
	p, err := s.book.read(w, s.Store)
	if err != nil {
		return err
	}
	var watches []*watch
	for _, id := range ids {
		watches = append(watches, p.bySeries[id]...)
	}
	for _, key := range put {
		if x := p.byKey[key]; x != nil {
			watches = append(watches, x)
		}
	}
	slices.SortFunc(watches, func(a, b *watch) int { return a.alarmKey().Compare(b.alarmKey()) })
	_, err = s.settle(w, p, slices.Compact(watches), changed) // what is put off comes with the clock
	return err
}

// maxAtOnce is how many samples of the meter one transaction takes.
const maxAtOnce = 2000

// takeMeasurements stores what services have measured. What cannot be stored now is lost, and the log tells: it is not worth holding up the next.
func (s *Service) takeMeasurements(w *service.Work) error {
	if s.Meter == nil {
		return nil
	}
	measured, dropped := s.Meter.Take()
	for part := range slices.Chunk(measured, maxAtOnce) {
		samples := make([]series.Sample, 0, len(part))
		for i := range part {
			if sound(&part[i], w.Time) {
				samples = append(samples, sampleOf(&part[i]))
			}
		}
		err := s.storeMeasured(w, samples)
		if errors.Is(err, series.ErrCardinality) {
			err = s.storeApart(w, samples)
		}
		if err != nil {
			return err
		}
	}
	if dropped > 0 {
		return fmt.Errorf("%d measurements of services came faster than they could be stored, and are lost", dropped)
	}
	return nil
}

// sound passes over what a client could not put either: a value in a log line may be anything.
func sound(m *service.Measurement, now time.Time) bool {
	for _, d := range m.Dimensions {
		if len(d.Name) > 255 || len(d.Value) > 1024 || strings.HasPrefix(d.Name, ":") || !printable(d.Name) || !printable(d.Value) {
			return false
		}
	}
	return finite(m.Value) && m.Namespace != "" && m.Name != "" && len(m.Namespace) <= 255 && len(m.Name) <= 255 && len(m.Dimensions) <= 30 &&
		!m.Time.Before(now.Add(-oldest)) && !m.Time.After(now.Add(newest))
}

func (s *Service) storeMeasured(w *service.Work, samples []series.Sample) error {
	var ids []series.ID
	err := s.Store.Write(w, func(tx store.Tx) (err error) {
		ids, err = s.series.Put(tx, samples, w.Time)
		return err
	})
	if err == nil {
		s.fresh.note(ids)
	}
	return err
}

// storeApart stores each account's samples by themselves: one with too many metrics costs the others nothing.
func (s *Service) storeApart(w *service.Work, samples []series.Sample) error {
	apart := map[string][]series.Sample{}
	for _, x := range samples {
		key := x.Metric.Account + " " + x.Metric.Region
		apart[key] = append(apart[key], x)
	}
	for _, key := range slices.Sorted(maps.Keys(apart)) {
		if err := s.storeMeasured(w, apart[key]); err != nil && !errors.Is(err, series.ErrCardinality) {
			return err
		}
	}
	return nil
}

func sampleOf(m *service.Measurement) series.Sample {
	dims := make([]series.Dimension, 0, len(m.Dimensions))
	for _, d := range m.Dimensions {
		dims = append(dims, series.Dimension(d))
	}
	x := series.Sample{Metric: &series.Metric{Account: m.Account, Region: m.Region, Namespace: m.Namespace, Name: m.Name, Dimensions: dims}, Unit: m.Unit, Time: m.Time, Bucket: metric.Bucket{}}
	if m.Set != nil {
		x.Merge(m.Set)
	} else {
		x.Add(m.Value, 1)
	}
	return x
}

// evaluateDue evaluates alarms whose last period has ended since, and composite alarms whose suppressor may have let go.
func (s *Service) evaluateDue(w *service.Work) error {
	s.rounds.due.Lock()
	defer s.rounds.due.Unlock()
	p, err := s.book.read(w, s.Store)
	if err != nil {
		return err
	}
	now, last := w.Time.Unix(), make(map[string]int64, len(p.watches))
	var due []*watch
	for _, x := range p.watches {
		slot := now
		if x.Composite == nil {
			slot = now / x.step
		} else if x.Composite.Suppressor == "" {
			slot = now / 60
		}
		if s.rounds.last[x.key] != slot {
			due = append(due, x)
		}
		last[x.key] = slot
	}
	s.rounds.sort(due)
	putOff, err := s.settle(w, p, due, nil)
	if err != nil {
		return err
	}
	late := map[string]int64{}
	for _, x := range putOff {
		since, ok := s.rounds.late[x.key]
		if !ok {
			since = now
		}
		late[x.key] = since
		delete(last, x.key) // it stays due
	}
	s.rounds.last, s.rounds.late = last, late
	return nil
}

// sort puts alarms that read what rules have counted behind the others, for they take long, and of these the ones first that wait longest.
func (r *rounds) sort(due []*watch) {
	rank := func(x *watch) int64 {
		since, ok := r.late[x.key]
		switch {
		case ok:
			return since
		case x.insights:
			return math.MaxInt64
		}
		return 0
	}
	slices.SortStableFunc(due, func(a, b *watch) int { return cmp.Compare(rank(a), rank(b)) })
}

// foldCounts puts what the rules of Contributor Insights have counted into minutes.
func (s *Service) foldCounts(w *service.Work) error {
	read := func(fn func(store.Tx) error) error { return s.Store.Read(w, fn) }
	return s.counted.Fold(read, s.write(w), knownInsight)
}

// tellUncounted tells of events that rules of Contributor Insights should have counted.
func (s *Service) tellUncounted(*service.Work) error {
	var told []error
	lost := s.counted.Uncounted()
	for _, owner := range slices.Sorted(maps.Keys(lost)) {
		told = append(told, fmt.Errorf("%.0f events that rules of Contributor Insights of %s match came faster than they could be folded, and are not counted", lost[owner], owner))
	}
	return errors.Join(told...)
}

// retain rolls up and drops what is old.
func (s *Service) retain(w *service.Work) error {
	read := func(fn func(store.Tx) error) error { return s.Store.Read(w, fn) }
	if err := s.series.Retain(w.Time, read, s.write(w)); err != nil {
		return err
	}
	if err := s.counted.Retain(w.Time, read, s.write(w), knownInsight); err != nil {
		return err
	}
	return s.forgetHistory(w)
}
