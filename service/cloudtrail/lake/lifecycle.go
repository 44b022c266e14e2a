package lake

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/service"
	"vauban/store"
)

func (l *Lake) dataStoreOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateEventDataStore, l.onNewDataStore, l.createEventDataStore),
		service.Reads(api.OpGetEventDataStore, atDataStore(l, func(in *api.GetEventDataStoreInput) *string { return in.EventDataStore }), l.getEventDataStore),
		service.Reads(api.OpListEventDataStores, onAll[api.ListEventDataStoresInput], l.listEventDataStores),
		service.Writes(api.OpUpdateEventDataStore, atDataStore(l, func(in *api.UpdateEventDataStoreInput) *string { return in.EventDataStore }), l.updateEventDataStore),
		service.Writes(api.OpDeleteEventDataStore, atDataStore(l, func(in *api.DeleteEventDataStoreInput) *string { return in.EventDataStore }), l.deleteEventDataStore),
		service.Writes(api.OpRestoreEventDataStore, atDataStore(l, func(in *api.RestoreEventDataStoreInput) *string { return in.EventDataStore }), l.restoreEventDataStore),
		service.Writes(api.OpStartEventDataStoreIngestion, atDataStore(l, func(in *api.StartEventDataStoreIngestionInput) *string { return in.EventDataStore }), l.startIngestion),
		service.Writes(api.OpStopEventDataStoreIngestion, atDataStore(l, func(in *api.StopEventDataStoreIngestionInput) *string { return in.EventDataStore }), l.stopIngestion),
	}
}

// onAll is the rule of an operation without a resource type.
func onAll[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

func (l *Lake) createEventDataStore(c *service.Call, in *api.CreateEventDataStoreInput) (*api.CreateEventDataStoreOutput, error) {
	if err := setKey(in.KmsKeyId); err != nil {
		return nil, err
	}
	now := c.Time.UTC().Truncate(time.Millisecond)
	d := &DataStore{
		Account: c.Account, Region: c.Region, Name: *in.Name, AllRegions: is(in.MultiRegionEnabled, true),
		Protected: is(in.TerminationProtectionEnabled, true), Created: now, Updated: now,
	}
	if err := d.setBilling(in.BillingMode, in.RetentionPeriod); err != nil {
		return nil, err
	}
	if err := d.setSelectors(in.AdvancedEventSelectors); err != nil {
		return nil, err
	}
	if err := l.setOrganization(c, c.Tx, d, is(in.OrganizationEnabled, false)); err != nil {
		return nil, err
	}
	var err error
	if d.Tags, err = WithTags(nil, in.TagsList); err != nil {
		return nil, err
	}
	if d.ID, err = NewID(l.Rand); err != nil {
		return nil, err
	}
	if err := hasRoom(c.Tx, d); err != nil {
		return nil, err
	}
	if is(in.StartIngestion, true) {
		d.start(c.Time)
	}
	if err := dataStores.Insert(c.Tx, d); err != nil {
		return nil, nameTaken(err, d)
	}
	return &api.CreateEventDataStoreOutput{
		AdvancedEventSelectors: shownSelectors(d.Selectors), BillingMode: &d.Billing, CreatedTimestamp: &d.Created, EventDataStoreArn: new(d.ARN(c.Partition)),
		MultiRegionEnabled: &d.AllRegions, Name: &d.Name, OrganizationEnabled: new(d.Organization != ""), RetentionPeriod: &d.Retention, Status: new(d.status()),
		TagsList: ShownTags(d.Tags), TerminationProtectionEnabled: &d.Protected, UpdatedTimestamp: &d.Updated,
	}, nil
}

// hasRoom refuses another event data store beyond the quota.
func hasRoom(tx store.Tx, d *DataStore) error {
	n := 0
	for other, err := range dataStores.Each(tx, store.K(d.Account, d.Region)) {
		if err != nil {
			return err
		}
		if other.Deleted.IsZero() {
			n++
		}
	}
	if n >= mostDataStores {
		return api.EventDataStoreMaxLimitExceededException.New("Your account has the maximum of %d event data stores in this region. Delete one before you create another.", mostDataStores)
	}
	return nil
}

// nameTaken is the answer to a name that another event data store has, also one that waits for its deletion.
func nameTaken(err error, d *DataStore) error {
	var exists *store.ExistsError
	if errors.As(err, &exists) && exists.Index == "name" {
		return api.EventDataStoreAlreadyExistsException.New("An event data store with the name %s already exists.", d.Name).Because(err)
	}
	return err
}

func (l *Lake) getEventDataStore(c *service.Call, in *api.GetEventDataStoreInput) (*api.GetEventDataStoreOutput, error) {
	d, err := theDataStore(c, c.Tx, in.EventDataStore)
	if err != nil {
		return nil, err
	}
	return &api.GetEventDataStoreOutput{
		AdvancedEventSelectors: shownSelectors(d.Selectors), BillingMode: &d.Billing, CreatedTimestamp: &d.Created, EventDataStoreArn: new(d.ARN(c.Partition)),
		FederationStatus: new(api.FederationStatusDisabled), MultiRegionEnabled: &d.AllRegions, Name: &d.Name, OrganizationEnabled: new(d.Organization != ""),
		RetentionPeriod: &d.Retention, Status: new(d.status()), TerminationProtectionEnabled: &d.Protected, UpdatedTimestamp: &d.Updated,
	}, nil
}

// listEventDataStores shows names and ARNs; AWS has ceased to show the rest.
func (l *Lake) listEventDataStores(c *service.Call, in *api.ListEventDataStoresInput) (*api.ListEventDataStoresOutput, error) {
	var all []api.EventDataStore
	for d, err := range dataStores.Each(c.Tx, store.K(c.Account, c.Region)) {
		if err != nil {
			return nil, err
		}
		if !d.gone(c.Time) {
			all = append(all, api.EventDataStore{EventDataStoreArn: new(d.ARN(c.Partition)), Name: &d.Name})
		}
	}
	page, next, err := cut(all, in.NextToken, in.MaxResults, func(d *api.EventDataStore) string { return *d.EventDataStoreArn })
	return &api.ListEventDataStoresOutput{EventDataStores: page, NextToken: next}, err
}

func (l *Lake) updateEventDataStore(c *service.Call, in *api.UpdateEventDataStoreInput) (*api.UpdateEventDataStoreOutput, error) {
	d, err := activeDataStore(c, c.Tx, in.EventDataStore)
	if err != nil {
		return nil, err
	}
	if err := setKey(in.KmsKeyId); err != nil {
		return nil, err
	}
	if in.Name == nil && in.BillingMode == nil && in.RetentionPeriod == nil && in.AdvancedEventSelectors == nil && in.MultiRegionEnabled == nil && in.OrganizationEnabled == nil && in.TerminationProtectionEnabled == nil {
		return nil, api.InvalidParameterException.New("There is nothing to update: name at least one setting.")
	}
	if in.Name != nil {
		d.Name = *in.Name
	}
	if err := d.setBilling(in.BillingMode, in.RetentionPeriod); err != nil {
		return nil, err
	}
	if in.AdvancedEventSelectors != nil {
		if err := d.setSelectors(in.AdvancedEventSelectors); err != nil {
			return nil, err
		}
	}
	if err := l.setOrganization(c, c.Tx, d, is(in.OrganizationEnabled, d.Organization != "")); err != nil {
		return nil, err
	}
	d.AllRegions, d.Protected = is(in.MultiRegionEnabled, d.AllRegions), is(in.TerminationProtectionEnabled, d.Protected)
	d.Updated = c.Time.UTC().Truncate(time.Millisecond)
	if err := dataStores.Update(c.Tx, d); err != nil {
		return nil, nameTaken(err, d)
	}
	return &api.UpdateEventDataStoreOutput{
		AdvancedEventSelectors: shownSelectors(d.Selectors), BillingMode: &d.Billing, CreatedTimestamp: &d.Created, EventDataStoreArn: new(d.ARN(c.Partition)),
		FederationStatus: new(api.FederationStatusDisabled), MultiRegionEnabled: &d.AllRegions, Name: &d.Name, OrganizationEnabled: new(d.Organization != ""),
		RetentionPeriod: &d.Retention, Status: new(d.status()), TerminationProtectionEnabled: &d.Protected, UpdatedTimestamp: &d.Updated,
	}, nil
}

func (l *Lake) deleteEventDataStore(c *service.Call, in *api.DeleteEventDataStoreInput) (*api.DeleteEventDataStoreOutput, error) {
	d, err := activeDataStore(c, c.Tx, in.EventDataStore)
	if err != nil {
		return nil, err
	}
	if d.Protected {
		return nil, api.EventDataStoreTerminationProtectedException.New("The event data store %s cannot be deleted because termination protection is enabled for it. Disable it with UpdateEventDataStore first.", d.ID)
	}
	d.stop(c.Time)
	d.Deleted = c.Time.UTC()
	return &api.DeleteEventDataStoreOutput{}, dataStores.Update(c.Tx, d)
}

// restoreEventDataStore undoes a deletion. Events that happened meanwhile are not in it.
func (l *Lake) restoreEventDataStore(c *service.Call, in *api.RestoreEventDataStoreInput) (*api.RestoreEventDataStoreOutput, error) {
	d, err := theDataStore(c, c.Tx, in.EventDataStore)
	if err != nil {
		return nil, err
	}
	if d.Deleted.IsZero() {
		return nil, api.InvalidEventDataStoreStatusException.New("The event data store %s is not pending deletion.", d.ID)
	}
	if err := hasRoom(c.Tx, d); err != nil {
		return nil, err
	}
	d.Deleted, d.Updated = time.Time{}, c.Time.UTC().Truncate(time.Millisecond)
	d.start(c.Time)
	return &api.RestoreEventDataStoreOutput{
		AdvancedEventSelectors: shownSelectors(d.Selectors), BillingMode: &d.Billing, CreatedTimestamp: &d.Created, EventDataStoreArn: new(d.ARN(c.Partition)),
		MultiRegionEnabled: &d.AllRegions, Name: &d.Name, OrganizationEnabled: new(d.Organization != ""), RetentionPeriod: &d.Retention, Status: new(d.status()),
		TerminationProtectionEnabled: &d.Protected, UpdatedTimestamp: &d.Updated,
	}, dataStores.Update(c.Tx, d)
}

func (l *Lake) startIngestion(c *service.Call, in *api.StartEventDataStoreIngestionInput) (*api.StartEventDataStoreIngestionOutput, error) {
	d, err := activeDataStore(c, c.Tx, in.EventDataStore)
	if err != nil {
		return nil, err
	}
	if d.ingests() {
		return nil, api.InvalidEventDataStoreStatusException.New("The event data store %s ingests events already.", d.ID)
	}
	d.start(c.Time)
	return &api.StartEventDataStoreIngestionOutput{}, dataStores.Update(c.Tx, d)
}

func (l *Lake) stopIngestion(c *service.Call, in *api.StopEventDataStoreIngestionInput) (*api.StopEventDataStoreIngestionOutput, error) {
	d, err := activeDataStore(c, c.Tx, in.EventDataStore)
	if err != nil {
		return nil, err
	}
	if !d.ingests() {
		return nil, api.InvalidEventDataStoreStatusException.New("The event data store %s does not ingest events.", d.ID)
	}
	d.stop(c.Time)
	return &api.StopEventDataStoreIngestionOutput{}, dataStores.Update(c.Tx, d)
}

// NewID makes a UUID.
func NewID(r io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("make an ID: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // RFC 9562, version 4
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-"), nil
}
