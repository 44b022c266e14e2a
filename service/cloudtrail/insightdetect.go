package cloudtrail

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/engine/insight"
	"vauban/service"
	"vauban/service/cloudtrail/lake"
	"vauban/store"
)

const (
	// insightWindow is over how many minutes calls are compared with the baseline, and baselineTime what the baseline reaches back.
	// CloudTrail User Guide: "Working with CloudTrail Insights".
	insightWindow = 5
	baselineTime  = 7 * 24 * time.Hour
	// leastBaseline is how long calls must have been counted before anything is unusual.
	leastBaseline = 24 * time.Hour
	// keepInsights is how long Insights events are found by LookupEvents.
	keepInsights = 90 * 24 * time.Hour
	// insightDelay is what the log's consumers are given to count a minute.
	insightDelay = time.Minute
)

// unusual is unusual activity that goes on.
type unusual struct {
	Account string `json:"account"`
	series
	Shared   string           `json:"shared"` // ID of both its events
	Start    time.Time        `json:"start"`
	Baseline insight.Baseline `json:"baseline"`
	From     time.Time        `json:"from"` // of the baseline
}

var unusuals = &store.Table[unusual]{
	Name: "cloudtrail.insight-unusual",
	Key:  func(u *unusual) store.Key { return store.K(u.Account, u.Region, u.Kind, u.Source, u.Name, u.Code) },
}

// wanting is who gets the Insights events of an account.
type wanting struct {
	trails []*Trail
	stores []*lake.DataStore
}

func (s *Service) wantingOf(tx store.Tx, account string) (*wanting, error) {
	w := &wanting{}
	for t, err := range trails.Each(tx, store.K(account)) {
		if err != nil {
			return nil, err
		}
		if len(t.Insights) > 0 {
			w.trails = append(w.trails, t)
		}
	}
	var err error
	w.stores, err = lake.WithInsights(tx, account)
	return w, err
}

// detectInsights is a job: it looks at the last complete minutes of every account that is watched, and delivers what it found.
func (s *Service) detectInsights(w *service.Work) error {
	var accounts []string
	err := s.Store.Read(w, func(tx store.Tx) error {
		accounts = nil
		for a, err := range watches.Each(tx, nil) {
			if err != nil {
				return err
			}
			accounts = append(accounts, a.Account)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, account := range accounts {
		err = errors.Join(err, s.Store.Write(w, func(tx store.Tx) error {
			if err := w.Check(tx); err != nil {
				return err
			}
			return s.detect(tx, account, w.Time.UTC(), w.Partition)
		}))
	}
	return errors.Join(err, s.deliverInsights(w))
}

// detect finds what is unusual in an account now, and what is no more.
func (s *Service) detect(tx store.Tx, account string, now time.Time, partition string) error {
	a, err := watches.Get(tx, store.K(account))
	if err != nil {
		return err
	}
	who, err := s.wantingOf(tx, account)
	if err != nil {
		return err
	}
	if err := forgetCounts(tx, account, now); err != nil {
		return err
	}
	if len(who.trails)+len(who.stores) == 0 {
		return s.unwatch(tx, account)
	}
	to := now.Add(-insightDelay).Truncate(time.Minute)
	from := to.Add(-insightWindow * time.Minute)
	counts := map[series]int64{}
	for hour := from.Unix() / 3600; hour <= to.Unix()/3600; hour++ {
		for h, err := range hourCounts.Each(tx, store.K(account, hour)) {
			if err != nil {
				return err
			}
			counts[h.series] += h.between(from, to)
		}
	}
	var open []*unusual
	for u, err := range unusuals.Each(tx, store.K(account)) {
		if err != nil {
			return err
		}
		open = append(open, u)
	}
	for _, u := range open {
		if n := counts[u.series]; !u.Baseline.Unusual(n, insightWindow) {
			if err := s.endInsight(tx, u, who, to, partition); err != nil {
				return err
			}
		}
		delete(counts, u.series)
	}
	began := a.Since.Truncate(time.Minute).Add(time.Minute)
	if from.Sub(began) < leastBaseline {
		return nil
	}
	if earliest := from.Add(-baselineTime); began.Before(earliest) {
		began = earliest
	}
	for _, of := range slices.SortedFunc(maps.Keys(counts), compareSeries) {
		n := counts[of]
		if n < insight.Least || !who.want(of, partition) {
			continue
		}
		if err := s.startInsight(tx, account, of, n, who, began, from, to, partition); err != nil {
			return err
		}
	}
	return nil
}

func compareSeries(a, b series) int {
	return cmp.Or(strings.Compare(a.Region, b.Region), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Source, b.Source), strings.Compare(a.Name, b.Name), strings.Compare(a.Code, b.Code))
}

// startInsight compares a series with its baseline, and notes what is unusual.
func (s *Service) startInsight(tx store.Tx, account string, of series, n int64, who *wanting, began, from, to time.Time, partition string) error {
	before, err := tallyOf(tx, account, of, began, from)
	if err != nil {
		return err
	}
	b := insight.Baseline{Count: before.count, Minutes: int64(from.Sub(began) / time.Minute)}
	if !b.Unusual(n, insightWindow) {
		return nil
	}
	u := &unusual{Account: account, series: of, Start: from, Baseline: b, From: began}
	if u.Shared, err = lake.NewID(s.Rand); err != nil {
		return err
	}
	if err := unusuals.Insert(tx, u); err != nil {
		return err
	}
	return s.emit(tx, u, who, "Start", to, partition)
}

func (s *Service) endInsight(tx store.Tx, u *unusual, who *wanting, to time.Time, partition string) error {
	if err := unusuals.Delete(tx, unusuals.Key(u)); err != nil {
		return err
	}
	end := to.Add(-insightWindow * time.Minute) // the window that is usual again comes after it
	if end.Before(u.Start.Add(time.Minute)) {
		end = u.Start.Add(time.Minute)
	}
	return s.emit(tx, u, who, "End", end, partition)
}

// want reports whether anybody wants Insights events of the series.
func (w *wanting) want(of series, partition string) bool {
	for _, t := range w.trails {
		if wantsFrom(t, of) {
			return true
		}
	}
	for _, d := range w.stores {
		if d.WantsInsights(of.Kind, of.Region) {
			return true
		}
	}
	return false
}

func wantsFrom(t *Trail, of series) bool {
	if !t.Logging || !t.MultiRegion && t.Region != of.Region {
		return false
	}
	for _, kind := range t.Insights {
		if kind == of.Kind {
			return true
		}
	}
	return false
}

// unwatch ends the counting of an account whose Insights events nobody wants any more. Activity that is still unusual is forgotten.
func (s *Service) unwatch(tx store.Tx, account string) error {
	for u, err := range unusuals.Each(tx, store.K(account)) {
		if err != nil {
			return err
		}
		if err := unusuals.Delete(tx, unusuals.Key(u)); err != nil {
			return err
		}
	}
	return watches.Delete(tx, store.K(account))
}

// mostForgotten bounds what one turn removes of old counts of an account.
const mostForgotten = 500

// forgetCounts removes counts that no baseline reaches back to.
func forgetCounts(tx store.Tx, account string, now time.Time) error {
	oldest := now.Add(-baselineTime-2*time.Hour).Unix() / 3600
	var old []store.Key
	_, err := store.Visit(tx, hourCounts, store.K(account), nil, func(h *hourCount) bool {
		if h.Hour >= oldest || len(old) == mostForgotten {
			return false
		}
		old = append(old, hourCounts.Key(h))
		return true
	})
	if err != nil {
		return err
	}
	for _, k := range old {
		if err := hourCounts.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
}

// insightTypes are the types of a request.
func insightTypes(in []api.InsightSelector) ([]string, error) {
	var out []string
	seen := map[string]bool{}
	for _, x := range in {
		switch {
		case x.InsightType == nil:
			return nil, api.InvalidInsightSelectorsException.New("An insight selector has an InsightType: ApiCallRateInsight or ApiErrorRateInsight.")
		case seen[*x.InsightType]:
			return nil, api.InvalidInsightSelectorsException.New("The insight type %s is there twice.", *x.InsightType)
		}
		for _, category := range x.EventCategories {
			if category != api.SourceEventCategoryManagement {
				return nil, api.InvalidInsightSelectorsException.New("Insights on events of the category %s are not available. Use Management.", category)
			}
		}
		seen[*x.InsightType] = true
		out = append(out, *x.InsightType)
	}
	return out, nil
}
