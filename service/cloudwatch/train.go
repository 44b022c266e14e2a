package cloudwatch

import (
	"errors"
	"slices"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/service"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// Detectors are trained in the background, so that whoever lists them reads documents and no metrics.

const (
	training     = 30 * time.Second // how often detectors are looked for that are to be trained
	trainRead    = 3_000_000        // buckets that one turn reads
	trainAccount = 1_000_000        // of these for the detectors of one account
	trainPeriod  = 300              // of what a detector is trained on
	enough       = 3 * 24 * 12      // points: three days of five minutes
)

// trainDetectors trains detectors that never were, or not within the hour, those first that wait longest. What a turn may not read any more waits for the next.
func (s *Service) trainDetectors(w *service.Work) error {
	return s.trainWithin(w, trainRead, trainAccount)
}

// trainWithin trains with a budget of buckets, and one for each account.
func (s *Service) trainWithin(w *service.Work, all, each int) error {
	due, err := s.dueDetectors(w)
	if err != nil {
		return err
	}
	left, accounts := all, map[string]int{}
	for _, d := range due {
		account, has := accounts[d.Metric.Account]
		if !has {
			account = each
		}
		may := min(left, account)
		if may <= 0 {
			continue
		}
		budget := may
		points, err := s.trainDetector(w, d, &budget)
		read := may - max(budget, 0)
		left -= read
		accounts[d.Metric.Account] = account - read
		if errors.Is(err, series.ErrBudget) && may < each {
			accounts[d.Metric.Account] = 0 // it may need what others have used of this turn
			continue
		}
		if err != nil && !errors.Is(err, series.ErrBudget) {
			return err
		}
		if err := s.noteTraining(w, d, points); err != nil {
			return err
		}
	}
	return nil
}

// dueDetectors are those to be trained, in order.
func (s *Service) dueDetectors(w *service.Work) (due []*Detector, err error) {
	err = s.Store.Read(w, func(tx store.Tx) error {
		due = nil
		for d, err := range detectors.Each(tx, nil) {
			if err != nil {
				return err
			}
			if w.Time.Sub(d.Trained) >= trainAgain || w.Time.Before(d.Trained) {
				due = append(due, d)
			}
		}
		return nil
	})
	slices.SortStableFunc(due, func(a, b *Detector) int { return a.Trained.Compare(b.Trained) })
	return due, err
}

// trainDetector returns how many points there are to train on.
func (s *Service) trainDetector(w *service.Work, d *Detector, budget *int) (points int, err error) {
	stat, err := parseStatistic(d.Stat)
	if err != nil {
		return 0, nil // it was checked when it was put
	}
	err = s.Store.Read(w, func(tx store.Tx) error {
		m, err := s.train(tx, &query{metric: &d.Metric, stat: stat, period: trainPeriod}, w.Time, w.Time.Unix(), budget)
		if err == nil {
			points = int(m.all.n)
		}
		return err
	})
	return points, err
}

// noteTraining writes what came of it, unless the detector was put anew meanwhile.
func (s *Service) noteTraining(w *service.Work, d *Detector, points int) error {
	return s.Store.Write(w, func(tx store.Tx) error {
		if err := w.Check(tx); err != nil {
			return err
		}
		have, err := detectors.Get(tx, detectors.Key(d))
		if store.IsAbsent(err) || err == nil && !have.Put.Equal(d.Put) {
			return nil
		}
		if err != nil {
			return err
		}
		have.Trained, have.Points = w.Time, points
		return detectors.Update(tx, have)
	})
}

// state is what is known of the model. API reference: "AnomalyDetector".
func (d *Detector) state() string {
	switch {
	case d.Trained.IsZero() || d.Points < known:
		return api.AnomalyDetectorStateValuePendingTraining
	case d.Points < enough:
		return api.AnomalyDetectorStateValueTrainedInsufficientData
	}
	return api.AnomalyDetectorStateValueTrained
}
