package kms

import (
	"maps"
	"slices"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/store"
)

// listAliases lists the account's aliases, or those of one key. Among the former are the predefined ones whose AWS managed key is yet to be made:
// they have no TargetKeyId, as with AWS.
func (s *Service) listAliases(c *service.Call, in *api.ListAliasesInput) (*api.ListAliasesOutput, error) {
	p, err := pageOf(in.Marker, in.Limit, 50)
	if err != nil {
		return nil, err
	}
	if in.KeyId != nil {
		return s.listAliasesOf(c, *in.KeyId, p)
	}
	list, err := aliasTable.List(c.Tx, store.K(c.Account, c.Region), p.after, p.limit)
	if err != nil {
		return nil, err
	}
	items := list.Items
	for _, name := range slices.Sorted(maps.Keys(managedServices)) {
		a := &Alias{Account: c.Account, Region: c.Region, Name: managedPrefix + name}
		if key := aliasTable.Key(a); p.after != nil && key.Compare(p.after) <= 0 {
			continue
		}
		if made, err := aliasTable.Has(c.Tx, aliasTable.Key(a)); err != nil || made {
			if err != nil {
				return nil, err
			}
			continue
		}
		items = append(items, a)
	}
	slices.SortFunc(items, func(a, b *Alias) int { return aliasTable.Key(a).Compare(aliasTable.Key(b)) })
	next := list.Next
	if len(items) > p.limit {
		items = items[:p.limit]
		next = aliasTable.Key(items[p.limit-1])
	}
	return shownAliases(items, next), nil
}

// listAliasesOf lists the aliases of a key of the account.
func (s *Service) listAliasesOf(c *service.Call, id string, p page) (*api.ListAliasesOutput, error) {
	f, err := s.find(c, &about{id: id})
	switch {
	case err != nil:
		return nil, err
	case f.problem != nil:
		return nil, f.problem
	case f.account != c.Account:
		return nil, foreignKey(c, f)
	}
	list, err := aliasTable.ListRef(c.Tx, "key", store.K(c.Account, c.Region, f.key.ID), p.after, p.limit)
	if err != nil {
		return nil, err
	}
	return shownAliases(list.Items, list.Next), nil
}

func shownAliases(items []*Alias, next store.Key) *api.ListAliasesOutput {
	out := &api.ListAliasesOutput{Aliases: []api.AliasListEntry{}, NextMarker: marker(next), Truncated: new(next != nil)}
	for _, a := range items {
		out.Aliases = append(out.Aliases, api.AliasListEntry{
			AliasArn: new(a.ARN()), AliasName: &a.Name, TargetKeyId: wire.Optional(a.Key), CreationDate: at(a.Created), LastUpdatedDate: at(a.Updated),
		})
	}
	return out
}
