package cloudtrail

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vauban/service/cloudtrail/lake"
	"vauban/store"
)

// insightEvent is an Insights event as LookupEvents finds it, with the trails that it has not been delivered to yet.
type insightEvent struct {
	Account string    `json:"account"`
	Region  string    `json:"region"`
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Source  string    `json:"source"`
	Name    string    `json:"name"`
	Record  string    `json:"record"`
	Trails  []string  `json:"trails,omitempty"` // ARNs, that wait for it
}

var insightEvents = &store.Table[insightEvent]{
	Name: "cloudtrail.insight-event",
	Key:  func(e *insightEvent) store.Key { return insightKey(e.Account, e.Region, e.Time, e.ID) },
	Refs: map[string]func(*insightEvent) []store.Key{"waiting": func(e *insightEvent) []store.Key {
		if len(e.Trails) == 0 {
			return nil
		}
		return []store.Key{store.K("")}
	}},
}

// insightKey has the newest first.
func insightKey(account, region string, at time.Time, id string) store.Key {
	return store.K(account, region, -at.UnixMicro(), id)
}

// The record of an Insights event. CloudTrail User Guide: "CloudTrail record contents for Insights events for trails".
type (
	insightRecord struct {
		Version   string         `json:"eventVersion"`
		Time      string         `json:"eventTime"`
		Region    string         `json:"awsRegion"`
		ID        string         `json:"eventID"`
		Type      string         `json:"eventType"`
		Recipient string         `json:"recipientAccountId"`
		Shared    string         `json:"sharedEventID"`
		Details   insightDetails `json:"insightDetails"`
		Category  string         `json:"eventCategory"`
	}
	insightDetails struct {
		State   string         `json:"state"`
		Source  string         `json:"eventSource"`
		Name    string         `json:"eventName"`
		Type    string         `json:"insightType"`
		Code    string         `json:"errorCode,omitempty"`
		Context insightContext `json:"insightContext"`
	}
	insightContext struct {
		Statistics   insightStatistics    `json:"statistics"`
		Attributions []insightAttribution `json:"attributions"`
	}
	insightStatistics struct {
		Baseline         insightAverage `json:"baseline"`
		Insight          insightAverage `json:"insight"`
		InsightDuration  int64          `json:"insightDuration"`  // minutes
		BaselineDuration int64          `json:"baselineDuration"` // minutes
	}
	insightAverage struct {
		Average float64 `json:"average"`
	}
	insightAttribution struct {
		Attribute string         `json:"attribute"`
		Insight   []insightShare `json:"insight"`
		Baseline  []insightShare `json:"baseline"`
	}
	insightShare struct {
		Value   string  `json:"value"`
		Average float64 `json:"average"`
	}
)

// mostShares is how many values an attribution lists.
const mostShares = 5

// emit makes the event of a start or end, for all who want it.
func (s *Service) emit(tx store.Tx, u *unusual, who *wanting, state string, to time.Time, partition string) error {
	during, err := tallyOf(tx, u.Account, u.series, u.Start, to)
	if err != nil {
		return err
	}
	before, err := tallyOf(tx, u.Account, u.series, u.From, u.Start)
	if err != nil {
		return err
	}
	minutes := max(1, int64(to.Sub(u.Start)/time.Minute))
	e := &insightEvent{Account: u.Account, Region: u.Region, Time: u.Start, Source: u.Source, Name: u.Name}
	if state == "End" {
		e.Time = to
	}
	if e.ID, err = lake.NewID(s.Rand); err != nil {
		return err
	}
	b := u.Baseline
	record, err := json.Marshal(insightRecord{
		Version: "1.09", Time: e.Time.Format(time.RFC3339), Region: u.Region, ID: e.ID, Type: "AwsCloudTrailInsight", Recipient: u.Account, Shared: u.Shared, Category: "Insight",
		Details: insightDetails{State: state, Source: u.Source, Name: u.Name, Type: u.Kind, Code: u.Code, Context: insightContext{
			Statistics: insightStatistics{
				Baseline: insightAverage{b.Average()}, Insight: insightAverage{float64(during.count) / float64(minutes)}, InsightDuration: minutes, BaselineDuration: b.Minutes,
			},
			Attributions: []insightAttribution{
				{"userIdentityArn", shares(during.users, minutes), shares(before.users, b.Minutes)},
				{"userAgent", shares(during.agents, minutes), shares(before.agents, b.Minutes)},
				{"errorCode", shares(during.codes, minutes), shares(before.codes, b.Minutes)},
			},
		}},
	})
	if err != nil {
		return fmt.Errorf("write the record of an Insights event: %w", err)
	}
	e.Record = string(record)
	for _, t := range who.trails {
		if wantsFrom(t, u.series) {
			e.Trails = append(e.Trails, t.ARN(partition))
		}
	}
	for _, d := range who.stores {
		if d.WantsInsights(u.Kind, u.Region) {
			if err := lake.TakeInsight(tx, d, e.Time, record); err != nil {
				return err
			}
		}
	}
	return insightEvents.Insert(tx, e)
}

// shares are the values with the most calls, per minute.
func shares(counts map[string]int64, minutes int64) []insightShare {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b)) })
	out := []insightShare{}
	for _, n := range names[:min(len(names), mostShares)] {
		out = append(out, insightShare{n, float64(counts[n]) / float64(max(minutes, 1))})
	}
	return out
}
