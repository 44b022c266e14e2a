package lake

import (
	api "vauban/api/cloudtrail"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// ResourceType is what records call event data stores.
const ResourceType = "AWS::CloudTrail::EventDataStore"

// inTransaction reads in the call's transaction, or in one of its own when the call has none.
func (l *Lake) inTransaction(c *service.Call, fn func(store.Tx) error) error {
	if c.Tx != nil {
		return fn(c.Tx)
	}
	return l.Store.Read(c, fn)
}

// atDataStore makes the rule of an operation on the event data store that the input names.
func atDataStore[In any](l *Lake, ref func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		p, err := placeOf(c, c.Account, *ref(in))
		if err != nil {
			return nil, err
		}
		return l.onDataStore(c, p)
	}
}

// onDataStore is the rule of an operation on an event data store.
func (l *Lake) onDataStore(c *service.Call, p place) ([]service.Question, error) {
	d := &DataStore{Account: p.account, Region: p.region, ID: p.id}
	q := service.Question{Resource: d.ARN(c.Partition), Account: p.account, Context: map[string][]string{}, ResourceType: ResourceType}
	err := l.inTransaction(c, func(tx store.Tx) error {
		found, err := dataStores.Get(tx, p.key())
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		service.ResourceTags(q.Context, service.TagMap(found.Tags))
		if found.Policy == "" {
			return nil
		}
		doc, err := policy.Parse([]byte(found.Policy))
		q.Policy = &policy.Named{Name: q.Resource, Document: doc}
		return err
	})
	return []service.Question{q}, err
}

// onNewDataStore: an event data store that has no ID yet.
func (l *Lake) onNewDataStore(c *service.Call, in *api.CreateEventDataStoreInput) ([]service.Question, error) {
	d := &DataStore{Account: c.Account, Region: c.Region, ID: "*"}
	q := service.Question{Resource: d.ARN(c.Partition), Context: map[string][]string{}, ResourceType: ResourceType}
	service.RequestTags(q.Context, service.Tags(in.TagsList))
	if len(in.TagsList) == 0 {
		return []service.Question{q}, nil
	}
	tag := q
	tag.Action = "cloudtrail:AddTags"
	return []service.Question{q, tag}, nil
}

func is(b *bool, otherwise bool) bool {
	if b == nil {
		return otherwise
	}
	return *b
}
