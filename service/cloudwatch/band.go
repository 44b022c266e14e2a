package cloudwatch

import (
	"math"
	"sync"
	"time"

	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// model is what a metric is expected to be: mean and standard deviation of what it was, by the hour of the week. An hour that is not known well enough takes those
// of that hour of any day, and in the end those of all. CloudWatch trains models of its own on the same two weeks.
type model struct {
	zone    *time.Location
	week    [7 * 24]moments
	day     [24]moments
	all     moments
	trained time.Time
}

// moments add up to a mean and a deviation.
type moments struct{ n, sum, squares float64 }

func (m *moments) add(v float64) {
	m.n++
	m.sum += v
	m.squares += v * v
}

// Training.
const (
	trainedOn  = 14 * 24 * time.Hour
	trainAgain = time.Hour
	known      = 3      // points that an hour must have
	maxModels  = 1000   // of an account
	maxBanded  = 10_000 // of all
)

// add takes a point of the time.
func (m *model) add(t int64, v float64) {
	at := time.Unix(t, 0).In(m.zone)
	m.week[int(at.Weekday())*24+at.Hour()].add(v)
	m.day[at.Hour()].add(v)
	m.all.add(v)
}

// expect is the mean and the deviation at a time.
func (m *model) expect(t int64) (mean, deviation float64) {
	at := time.Unix(t, 0).In(m.zone)
	of := m.all
	if hour := m.day[at.Hour()]; hour.n >= known {
		of = hour
	}
	if hour := m.week[int(at.Weekday())*24+at.Hour()]; hour.n >= known {
		of = hour
	}
	mean = of.sum / of.n
	deviation = math.Sqrt(max(0, of.squares/of.n-mean*mean))
	return mean, max(deviation, math.Abs(mean)*1e-3) // what never moved may move a little
}

// bands keeps models, which are trained again after an hour. An account that would have too many loses one of its own for another, and when there are too many in
// all, the account with most does.
type bands struct {
	mu  sync.Mutex
	m   map[string]map[bandKey]*model // by account
	all int
}

type bandKey struct {
	id     series.ID
	stat   string
	unit   string
	period int64
}

func (b *bands) get(account string, k bandKey, now time.Time) *model {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.m[account][k]
	if m == nil || now.Sub(m.trained) >= trainAgain || now.Before(m.trained) {
		return nil
	}
	return m
}

func (b *bands) put(account string, k bandKey, m *model) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.m == nil {
		b.m = map[string]map[bandKey]*model{}
	}
	if b.m[account][k] == nil {
		switch {
		case len(b.m[account]) >= maxModels:
			b.drop(account, m.trained)
		case b.all >= maxBanded:
			b.drop(b.largest(), m.trained)
		}
		b.all++
	}
	if b.m[account] == nil {
		b.m[account] = map[bandKey]*model{}
	}
	b.m[account][k] = m
}

// drop drops a model of an account: the oldest if its hour is over, else the newest. Alarms ask for theirs in turn: without the oldest, which are asked for next,
// each would have to be trained in each round, and without the newest only those that are too many.
func (b *bands) drop(account string, now time.Time) {
	own := b.m[account]
	var oldest, newest *bandKey
	for k, m := range own {
		if oldest == nil || m.trained.Before(own[*oldest].trained) {
			oldest = &k
		}
		if newest == nil || m.trained.After(own[*newest].trained) {
			newest = &k
		}
	}
	gone := newest
	if now.Sub(own[*oldest].trained) >= trainAgain {
		gone = oldest
	}
	delete(own, *gone)
	b.all--
}

func (b *bands) largest() (account string) {
	for other, own := range b.m {
		if len(own) > len(b.m[account]) {
			account = other
		}
	}
	return account
}

// forget drops the models of a metric: its detector has changed.
func (b *bands) forget(m *series.Metric) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id, own := m.ID(), b.m[m.Account]
	for k := range own {
		if k.id == id {
			delete(own, k)
			b.all--
		}
	}
}

// model is the model of a metric, trained on what came before a time: what is asked about does not teach what to expect. nil when too little is known. budget
// is how many buckets may yet be read.
func (s *Service) model(tx store.Tx, q *query, now time.Time, before int64, budget *int) (*model, error) {
	key := bandKey{q.metric.ID(), q.stat.String(), q.unit, q.period}
	if m := s.bands.get(q.metric.Account, key, now); m != nil {
		return m, nil
	}
	m, err := s.train(tx, q, now, before, budget)
	if err != nil || m.all.n < known {
		return nil, err
	}
	s.bands.put(q.metric.Account, key, m)
	return m, nil
}

func (s *Service) train(tx store.Tx, q *query, now time.Time, before int64, budget *int) (*model, error) {
	d, err := detectors.Get(tx, detectorKey(q.metric, q.stat.String()))
	if err != nil && !store.IsAbsent(err) {
		return nil, err
	}
	m := &model{trained: now, zone: d.zone()}
	start := now.Add(-trainedOn).Unix()
	start -= start % q.period
	bins, err := s.series.Read(tx, q.metric.ID(), series.Query{Unit: q.unit, Period: q.period, Start: start, End: before, Budget: budget}, now)
	for i := range bins {
		if v, ok := q.stat.Of(&bins[i].Bucket); ok && !d.excludes(bins[i].Start) {
			m.add(bins[i].Start, v)
		}
	}
	return m, err
}
