package cloudtrail

import (
	"encoding/json"
	"fmt"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/eventlog"
	"vauban/store"
)

// watch says that the calls of an account are counted for Insights: since somebody wants Insights events of it.
type watch struct {
	Account string    `json:"account"`
	Since   time.Time `json:"since"`
}

var watches = &store.Table[watch]{
	Name: "cloudtrail.insight-watch",
	Key:  func(w *watch) store.Key { return store.K(w.Account) },
}

// series is what is counted: calls of an API in a region, or its failures with an error.
type series struct {
	Region string `json:"region"`
	Kind   string `json:"kind"` // api.InsightType…
	Source string `json:"source"`
	Name   string `json:"name"`
	Code   string `json:"code,omitempty"` // error code
}

// hourCount is what was counted in an hour.
type hourCount struct {
	Account string `json:"account"`
	Hour    int64  `json:"hour"` // since 1970
	series
	Minutes map[int]int64    `json:"minutes"` // by the minute of the hour
	Users   map[string]int64 `json:"users,omitempty"`
	Agents  map[string]int64 `json:"agents,omitempty"`
	Codes   map[string]int64 `json:"codes,omitempty"`
}

var hourCounts = &store.Table[hourCount]{
	Name: "cloudtrail.insight-count",
	Key:  func(h *hourCount) store.Key { return hourKey(h.Account, h.Hour, h.series) },
}

func hourKey(account string, hour int64, s series) store.Key {
	return store.K(account, hour, s.Region, s.Kind, s.Source, s.Name, s.Code)
}

// mostAttributes bounds the users, user agents and error codes that an hour tells apart; further ones are not attributed.
const mostAttributes = 50

// countCalls is a consumer: it counts the management events of the accounts that are watched.
func (s *Service) countCalls(tx store.Tx, batch []*eventlog.Entry) error {
	watched := map[string]bool{}
	counted := map[string]*hourCount{}
	var order []*hourCount
	for _, e := range batch {
		if e.Data {
			continue
		}
		on, known := watched[e.Account]
		if !known {
			w, err := watches.Get(tx, store.K(e.Account))
			if err != nil && !absent(err) {
				return err
			}
			on = err == nil && !e.Time.Before(w.Since)
			watched[e.Account] = err == nil
		}
		if !on {
			continue
		}
		facts, err := factsOf(e)
		if err != nil {
			return err
		}
		for _, of := range facts.series(e) {
			key := hourKey(e.Account, e.Time.Unix()/3600, of)
			h := counted[string(key)]
			if h == nil {
				if h, err = hourCounts.Get(tx, key); absent(err) {
					h, err = &hourCount{Account: e.Account, Hour: e.Time.Unix() / 3600, series: of, Minutes: map[int]int64{}}, nil
				}
				if err != nil {
					return err
				}
				counted[string(key)] = h
				order = append(order, h)
			}
			h.add(e.Time, facts)
		}
	}
	for _, h := range order {
		if err := hourCounts.Put(tx, h); err != nil {
			return err
		}
	}
	return nil
}

// facts are what Insights tells of a call.
type facts struct {
	Code  string `json:"errorCode"`
	Agent string `json:"userAgent"`
	User  struct {
		ARN       string `json:"arn"`
		InvokedBy string `json:"invokedBy"`
	} `json:"userIdentity"`
}

func factsOf(e *eventlog.Entry) (*facts, error) {
	f := &facts{}
	if err := json.Unmarshal(e.Record, f); err != nil {
		return nil, fmt.Errorf("read the record of event %s: %w", e.ID, err)
	}
	return f, nil
}

// series are those that the call counts in: calls are counted when they write, failures always.
func (f *facts) series(e *eventlog.Entry) (out []series) {
	if !e.ReadOnly {
		out = append(out, series{e.Region, api.InsightTypeApiCallRateInsight, e.Source, e.Name, ""})
	}
	if f.Code != "" {
		out = append(out, series{e.Region, api.InsightTypeApiErrorRateInsight, e.Source, e.Name, f.Code})
	}
	return out
}

func (h *hourCount) add(at time.Time, f *facts) {
	h.Minutes[int(at.Unix()/60%60)]++
	user := f.User.ARN
	if user == "" {
		user = f.User.InvokedBy
	}
	attribute(&h.Users, user)
	attribute(&h.Agents, f.Agent)
	code := f.Code
	if code == "" {
		code = "null" // as AWS writes that there was no error
	}
	attribute(&h.Codes, code)
}

func attribute(to *map[string]int64, value string) {
	if *to == nil {
		*to = map[string]int64{}
	}
	if _, ok := (*to)[value]; ok || len(*to) < mostAttributes {
		(*to)[value]++
	}
}

// tally is what was counted of a series in some minutes.
type tally struct {
	count                int64
	users, agents, codes map[string]int64
}

// tallyOf adds up the minutes from one to another, without the last. What calls are attributed to is known by the hour only.
func tallyOf(tx store.Tx, account string, of series, from, to time.Time) (*tally, error) {
	t := &tally{users: map[string]int64{}, agents: map[string]int64{}, codes: map[string]int64{}}
	for hour := from.Unix() / 3600; hour <= to.Unix()/3600; hour++ {
		h, err := hourCounts.Get(tx, hourKey(account, hour, of))
		if absent(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		n := h.between(from, to)
		if t.count += n; n == 0 {
			continue
		}
		for _, pair := range [...]struct{ from, to map[string]int64 }{{h.Users, t.users}, {h.Agents, t.agents}, {h.Codes, t.codes}} {
			for k, v := range pair.from {
				pair.to[k] += v
			}
		}
	}
	return t, nil
}

func (h *hourCount) between(from, to time.Time) (n int64) {
	for m, c := range h.Minutes {
		at := h.Hour*3600 + int64(m)*60
		if at >= from.Unix() && at < to.Unix() {
			n += c
		}
	}
	return n
}
