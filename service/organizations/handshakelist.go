package organizations

import (
	"slices"

	api "vauban/api/organizations"
	"vauban/store"
)

func (s *Service) listHandshakesForAccount(v *visit, in *api.ListHandshakesForAccountInput) (*api.ListHandshakesForAccountOutput, error) {
	all, next, err := handshakePage(v, "party", v.Account, in.Filter, in.NextToken, in.MaxResults)
	return &api.ListHandshakesForAccountOutput{Handshakes: all, NextToken: next}, err
}

func (s *Service) listHandshakesForOrganization(v *visit, in *api.ListHandshakesForOrganizationInput) (*api.ListHandshakesForOrganizationOutput, error) {
	all, next, err := handshakePage(v, "org", v.org.ID, in.Filter, in.NextToken, in.MaxResults)
	return &api.ListHandshakesForOrganizationOutput{Handshakes: all, NextToken: next}, err
}

// handshakePage is one page, which may hold less than asked for when others lie between.
func handshakePage(v *visit, index, value string, f *api.HandshakeFilter, mark *string, most *int64) ([]api.Handshake, *string, error) {
	if f != nil && f.ActionType != nil && f.ParentHandshakeId != nil {
		return nil, nil, invalid(api.InvalidInputExceptionReasonMaxLimitExceededFilter, "You can specify only one filter parameter for the operation.")
	}
	all, next, err := listRef(v.Tx, handshakes, index, store.K(value), mark, most, func(h *Handshake) *Handshake { return h })
	if err != nil {
		return nil, nil, err
	}
	if f != nil {
		all = slices.DeleteFunc(all, func(h *Handshake) bool {
			return f.ActionType != nil && h.Action != *f.ActionType || f.ParentHandshakeId != nil && h.Parent != *f.ParentHandshakeId
		})
	}
	out := make([]api.Handshake, len(all))
	for i, h := range all {
		o, err := organizations.Get(v.Tx, store.K(h.Org))
		if err != nil {
			return nil, nil, err
		}
		shown, err := h.shown(v, o)
		if err != nil {
			return nil, nil, err
		}
		out[i] = *shown
	}
	return out, next, nil
}

// shown is the handshake as the API shows it.
func (h *Handshake) shown(v *visit, o *Organization) (*api.Handshake, error) {
	boss, err := nodes.Get(v.Tx, store.K(o.Management))
	if err != nil {
		return nil, err
	}
	resource := func(kind, value string, more ...api.HandshakeResource) api.HandshakeResource {
		return api.HandshakeResource{Type: &kind, Value: &value, Resources: more}
	}
	party := func(kind, id string) api.HandshakeParty { return api.HandshakeParty{Type: &kind, Id: &id} }
	out := &api.Handshake{
		Id: &h.ID, Arn: new(h.ARN(o)), Action: &h.Action, State: new(h.state(v.Time)), RequestedTimestamp: &h.Requested, ExpirationTimestamp: &h.Expires,
		Parties: []api.HandshakeParty{party(api.HandshakePartyTypeOrganization, o.ID)},
		Resources: []api.HandshakeResource{resource(api.HandshakeResourceTypeOrganization, o.ID,
			resource(api.HandshakeResourceTypeMasterEmail, boss.Account.Email),
			resource(api.HandshakeResourceTypeMasterName, boss.Name),
			resource(api.HandshakeResourceTypeOrganizationFeatureSet, o.featureSet()))},
	}
	if h.Action != api.ActionTypeEnableAllFeatures {
		partyKind, kind, id := api.HandshakePartyTypeAccount, api.HandshakeResourceTypeAccount, h.Party
		if h.Email != "" {
			partyKind, kind, id = api.HandshakePartyTypeEmail, api.HandshakeResourceTypeEmail, h.Email
		}
		out.Parties = append(out.Parties, party(partyKind, id))
		out.Resources = append(out.Resources, resource(kind, id))
	}
	if h.Notes != "" {
		out.Resources = append(out.Resources, resource(api.HandshakeResourceTypeNotes, h.Notes))
	}
	if h.Parent != "" {
		out.Resources = append(out.Resources, resource(api.HandshakeResourceTypeParentHandshake, h.Parent))
	}
	return out, nil
}
