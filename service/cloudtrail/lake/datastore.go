package lake

import (
	"slices"
	"strings"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/engine/arn"
	"vauban/engine/selector"
	"vauban/service"
	"vauban/store"
)

// DataStore is an event data store as stored. Its events are in blocks (datastoreblock.go).
type DataStore struct {
	Account      string             `json:"account"`
	Region       string             `json:"region"`
	ID           string             `json:"id"`
	Name         string             `json:"name"`
	Selectors    selector.Selectors `json:"selectors"`
	AllRegions   bool               `json:"allRegions,omitempty"`
	Organization string             `json:"organization,omitempty"` // whose accounts' events it keeps, "" when it keeps its own account's
	Retention    int64              `json:"retention"`              // days
	Billing      string             `json:"billing"`                // api.BillingMode…
	Protected    bool               `json:"protected,omitempty"`    // from deletion
	Created      time.Time          `json:"created"`
	Updated      time.Time          `json:"updated"`
	Deleted      time.Time          `json:"deleted,omitzero"`     // when the deletion was asked for
	Ingestion    []interval         `json:"ingestion"`            // when it took events; the last one may be open
	Insights     []string           `json:"insights,omitempty"`   // types of Insights events of its account that it wants
	InsightsTo   string             `json:"insightsTo,omitempty"` // ID of the event data store that they go to
	Tags         map[string]string  `json:"tags,omitempty"`
	Policy       string             `json:"policy,omitempty"`       // users and roles by their unique IDs
	PolicyOwners map[string]string  `json:"policyOwners,omitempty"` // accounts of the unique IDs
}

// interval is a time in which events are taken: from Start on, and before End unless that is zero.
type interval struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end,omitzero"`
}

func (i interval) covers(t time.Time) bool {
	return !t.Before(i.Start) && (i.End.IsZero() || t.Before(i.End))
}

var dataStores = &store.Table[DataStore]{
	Name: "cloudtrail.event-data-store",
	Key:  func(d *DataStore) store.Key { return store.K(d.Account, d.Region, d.ID) },
	Unique: map[string]func(*DataStore) store.Key{
		"name": func(d *DataStore) store.Key { return store.K(d.Account, d.Region, d.Name) },
	},
	Refs: map[string]func(*DataStore) []store.Key{
		"organization": func(d *DataStore) []store.Key {
			if d.Organization == "" {
				return nil
			}
			return []store.Key{store.K(d.Organization)}
		},
	},
}

const (
	// waitForDeletion is how long a deleted event data store can be restored. CloudTrail API: "DeleteEventDataStore".
	waitForDeletion = 7 * 24 * time.Hour
	// mostDataStores of an account in a region, without those that wait for their deletion. CloudTrail User Guide: "Quotas in AWS CloudTrail".
	mostDataStores = 10
	// mostIntervals bounds how often ingestion has been stopped and started; older intervals matter no more, their events have been taken.
	mostIntervals = 50
)

// ARN is the event data store's ARN.
func (d *DataStore) ARN(partition string) string {
	return "arn:" + partition + ":cloudtrail:" + d.Region + ":" + d.Account + ":eventdatastore/" + d.ID
}

// ingests reports whether events that happen now are taken.
func (d *DataStore) ingests() bool {
	return d.Deleted.IsZero() && len(d.Ingestion) > 0 && d.Ingestion[len(d.Ingestion)-1].End.IsZero()
}

// gone reports whether the wait after its deletion is over: then nobody sees it any more, and a job removes it.
func (d *DataStore) gone(now time.Time) bool {
	return !d.Deleted.IsZero() && !now.Before(d.Deleted.Add(waitForDeletion))
}

// oldest is the time of the oldest events that its retention keeps.
func (d *DataStore) oldest(now time.Time) time.Time {
	return now.Add(-time.Duration(d.Retention) * 24 * time.Hour)
}

func (d *DataStore) status() string {
	switch {
	case !d.Deleted.IsZero():
		return api.EventDataStoreStatusPendingDeletion
	case !d.ingests():
		return api.EventDataStoreStatusStoppedIngestion
	}
	return api.EventDataStoreStatusEnabled
}

// start and stop open and close the present interval.
func (d *DataStore) start(now time.Time) {
	d.Ingestion = append(d.Ingestion, interval{Start: now.UTC()})
	if n := len(d.Ingestion) - mostIntervals; n > 0 {
		d.Ingestion = slices.Delete(d.Ingestion, 0, n)
	}
}

func (d *DataStore) stop(now time.Time) {
	if n := len(d.Ingestion); n > 0 && d.Ingestion[n-1].End.IsZero() {
		d.Ingestion[n-1].End = now.UTC()
	}
}

// keeps reports whether the event data store has the category among its selectors.
func (d *DataStore) keeps(category string) bool {
	return slices.ContainsFunc(d.Selectors, func(s selector.Selector) bool {
		return slices.ContainsFunc(s.Fields, func(f selector.Field) bool {
			return f.Field == selector.Category && slices.Contains(f.Equals, category)
		})
	})
}

// place is where an event data store is, or would be.
type place struct{ account, region, id string }

func (p place) key() store.Key { return store.K(p.account, p.region, p.id) }

// placeOf reads the ARN or ID of an event data store. An ID is one of the account, in the region of the call.
func placeOf(c *service.Call, account, ref string) (place, error) {
	if !strings.HasPrefix(ref, "arn:") {
		return place{account, c.Region, ref}, nil
	}
	a, err := arn.Parse(ref)
	id, ok := strings.CutPrefix(a.Resource, "eventdatastore/")
	if err != nil || !ok || a.Partition != c.Partition || a.Service != "cloudtrail" || !arn.IsAccount(a.Account) || id == "" {
		return place{}, api.EventDataStoreARNInvalidException.New("The event data store ARN %s is not valid.", ref)
	}
	return place{a.Account, a.Region, id}, nil
}

// dataStoreAt reads an event data store. One of another region than the call's is not found: its home answers for it.
func dataStoreAt(c *service.Call, tx store.Tx, p place) (*DataStore, error) {
	absent := api.EventDataStoreNotFoundException.New("The event data store %s does not exist.", p.id)
	if p.region != c.Region {
		return nil, absent
	}
	d, err := dataStores.Get(tx, p.key())
	if store.IsAbsent(err) || err == nil && d.gone(c.Time) {
		return nil, absent
	}
	return d, err
}

// theDataStore reads the caller's event data store of an ARN or ID.
func theDataStore(c *service.Call, tx store.Tx, ref *string) (*DataStore, error) {
	p, err := placeOf(c, c.Account, *ref)
	if err != nil {
		return nil, err
	}
	return dataStoreAt(c, tx, p)
}

// activeDataStore is theDataStore, refused while it waits for its deletion.
func activeDataStore(c *service.Call, tx store.Tx, ref *string) (*DataStore, error) {
	d, err := theDataStore(c, tx, ref)
	if err != nil {
		return nil, err
	}
	return d, d.active()
}

func (d *DataStore) active() error {
	if !d.Deleted.IsZero() {
		return api.InactiveEventDataStoreException.New("The event data store %s is pending deletion. Restore it with RestoreEventDataStore before you use it.", d.ID)
	}
	return nil
}
