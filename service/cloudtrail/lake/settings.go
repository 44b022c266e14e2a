package lake

import (
	"slices"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/engine/selector"
	"vauban/service"
	"vauban/store"
)

// What the billing modes keep, in days. CloudTrail API: "CreateEventDataStore".
const (
	leastRetention      = 7
	extendableRetention = 366
	mostExtendable      = 3653
	mostFixed           = 2557
)

// setBilling sets the mode and the retention. Nil keeps what is set, or takes the default.
func (d *DataStore) setBilling(mode *string, days *int64) error {
	fresh := d.Billing == ""
	switch {
	case mode != nil && d.Billing == api.BillingModeExtendableRetentionPricing && *mode != d.Billing:
		return api.InvalidParameterException.New("The billing mode cannot be changed from %s to %s. Stop ingestion and create another event data store.", d.Billing, *mode)
	case mode != nil:
		d.Billing = *mode
	case fresh:
		d.Billing = api.BillingModeExtendableRetentionPricing
	}
	most, usual := int64(mostExtendable), int64(extendableRetention)
	if d.Billing == api.BillingModeFixedRetentionPricing {
		most, usual = mostFixed, mostFixed
	}
	switch {
	case days != nil:
		d.Retention = *days
	case fresh:
		d.Retention = usual
	}
	if d.Retention < leastRetention || d.Retention > most {
		return api.InvalidParameterException.New("The retention period must be between %d and %d days with the billing mode %s.", leastRetention, most, d.Billing)
	}
	return nil
}

// mostSelectors of an event data store. CloudTrail API: "CreateEventDataStore".
const mostSelectors = 5

// setSelectors sets what the event data store takes. None means all management events.
func (d *DataStore) setSelectors(in []api.AdvancedEventSelector) error {
	s := readSelectors(in)
	if len(s) == 0 {
		s = selector.Selectors{{Name: "Default management events", Fields: []selector.Field{{Field: selector.Category, Equals: []string{selector.Management}}}}}
	}
	if len(s) > mostSelectors {
		return api.InvalidEventSelectorsException.New("An event data store has at most %d advanced event selectors.", mostSelectors)
	}
	if err := s.Check(selector.EventDataStore); err != nil {
		return api.InvalidEventSelectorsException.New("Invalid advanced event selectors: %s.", err).Because(err)
	}
	former := d.Selectors
	d.Selectors = s
	insights := d.keeps(selector.Insight)
	if insights && (d.keeps(selector.Management) || d.keeps(selector.Data)) {
		return api.InvalidEventSelectorsException.New("An event data store of Insights events takes no other events. Create one for each.")
	}
	if former != nil && insights != slices.ContainsFunc(former, func(s selector.Selector) bool {
		return (&DataStore{Selectors: selector.Selectors{s}}).keeps(selector.Insight)
	}) {
		return api.InvalidEventSelectorsException.New("The category of events cannot be changed to or from Insight. Create another event data store.")
	}
	return nil
}

// setOrganization makes the event data store one of the organization or of the account.
func (l *Lake) setOrganization(c *service.Call, tx store.Tx, d *DataStore, on bool) error {
	if on == (d.Organization != "") {
		return nil
	}
	org, err := l.members.Administered(c, tx)
	if d.Organization = ""; on {
		d.Organization = org
	}
	return err
}

// setKey: encryption under a key of KMS is not available.
func setKey(id *string) error {
	if id == nil {
		return nil
	}
	return api.InvalidKmsKeyIdException.New("Event data stores under a KMS key are not available. Leave KmsKeyId out.")
}

func readSelectors(in []api.AdvancedEventSelector) selector.Selectors {
	var out selector.Selectors
	for i := range in {
		one := selector.Selector{Name: wire.Text(in[i].Name)}
		for _, f := range in[i].FieldSelectors {
			one.Fields = append(one.Fields, selector.Field{
				Field: *f.Field, Equals: f.Equals, StartsWith: f.StartsWith, EndsWith: f.EndsWith,
				NotEquals: f.NotEquals, NotStartsWith: f.NotStartsWith, NotEndsWith: f.NotEndsWith,
			})
		}
		out = append(out, one)
	}
	return out
}

func shownSelectors(s selector.Selectors) []api.AdvancedEventSelector {
	out := make([]api.AdvancedEventSelector, len(s))
	for i := range s {
		if s[i].Name != "" {
			out[i].Name = &s[i].Name
		}
		for j := range s[i].Fields {
			f := &s[i].Fields[j]
			out[i].FieldSelectors = append(out[i].FieldSelectors, api.AdvancedFieldSelector{
				Field: &f.Field, Equals: f.Equals, StartsWith: f.StartsWith, EndsWith: f.EndsWith,
				NotEquals: f.NotEquals, NotStartsWith: f.NotStartsWith, NotEndsWith: f.NotEndsWith,
			})
		}
	}
	return out
}
