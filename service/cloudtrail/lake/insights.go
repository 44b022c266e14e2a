package lake

import (
	"slices"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/engine/selector"
	"vauban/service"
	"vauban/store"
)

// This file is the lake's part of Insights: which event data stores want Insights events of their accounts, and where those go. Package cloudtrail
// finds what is unusual.

// About is the question about an event data store of an ARN or ID.
func (l *Lake) About(c *service.Call, ref string) ([]service.Question, error) {
	p, err := placeOf(c, c.Account, ref)
	if err != nil {
		return nil, err
	}
	return l.onDataStore(c, p)
}

// SetInsights sets which types of Insights events of the account go from an event data store of management events into one of Insights
// events. It returns the ARNs of both.
func (l *Lake) SetInsights(c *service.Call, ref string, destination *string, types []string) (source, to string, err error) {
	d, err := activeDataStore(c, c.Tx, &ref)
	if err != nil {
		return "", "", err
	}
	if !d.keeps(selector.Management) {
		return "", "", api.InvalidInsightSelectorsException.New("The event data store %s does not keep management events, which Insights look at.", d.ID)
	}
	d.Insights, d.InsightsTo = types, ""
	if len(types) > 0 {
		if d.Organization != "" {
			return "", "", api.InvalidInsightSelectorsException.New("Insights of the event data store of an organization are not available. Enable them on one of each account.")
		}
		if destination == nil {
			return "", "", api.InvalidParameterException.New("InsightsDestination is missing: name an event data store that keeps Insights events.")
		}
		t, err := activeDataStore(c, c.Tx, destination)
		if err != nil {
			return "", "", err
		}
		if t.Account != d.Account {
			return "", "", api.InvalidParameterException.New("The destination of Insights events must be an event data store of the same account.")
		}
		if !t.keeps(selector.Insight) {
			return "", "", api.InvalidParameterException.New("The event data store %s does not keep Insights events. Create one whose selector has the eventCategory Insight.", t.ID)
		}
		d.InsightsTo, to = t.ID, t.ARN(c.Partition)
	}
	return d.ARN(c.Partition), to, dataStores.Update(c.Tx, d)
}

// Insights returns what SetInsights has set.
func (l *Lake) Insights(c *service.Call, ref string) (source, to string, types []string, err error) {
	d, err := activeDataStore(c, c.Tx, &ref)
	if err != nil {
		return "", "", nil, err
	}
	if d.InsightsTo != "" {
		to = (&DataStore{Account: d.Account, Region: d.Region, ID: d.InsightsTo}).ARN(c.Partition)
	}
	return d.ARN(c.Partition), to, d.Insights, nil
}

// WithInsights are the event data stores of an account that want Insights events.
func WithInsights(tx store.Tx, account string) (out []*DataStore, err error) {
	for d, err := range dataStores.Each(tx, store.K(account)) {
		if err != nil {
			return nil, err
		}
		if len(d.Insights) > 0 && d.Deleted.IsZero() {
			out = append(out, d)
		}
	}
	return out, nil
}

// WantsInsights reports whether the event data store wants Insights events of the type from the region.
func (d *DataStore) WantsInsights(kind, region string) bool {
	return d.ingests() && (d.AllRegions || d.Region == region) && slices.Contains(d.Insights, kind)
}

// TakeInsight puts an Insights event where the event data store wants it.
func TakeInsight(tx store.Tx, d *DataStore, at time.Time, record []byte) error {
	to, err := dataStores.Get(tx, store.K(d.Account, d.Region, d.InsightsTo))
	if store.IsAbsent(err) || err == nil && !to.ingests() {
		return nil // it was deleted or stopped
	}
	if err != nil {
		return err
	}
	return appendEvents(tx, to.ID, []event{{at.UTC(), record}})
}

// Tagged returns the tags of an event data store of the caller, and what saves them.
func (l *Lake) Tagged(c *service.Call, tx store.Tx, arn string) (tags *map[string]string, save func(store.Tx) error, err error) {
	d, err := activeDataStore(c, tx, &arn)
	if err != nil {
		return nil, nil, err
	}
	return &d.Tags, func(tx store.Tx) error { return dataStores.Update(tx, d) }, nil
}
