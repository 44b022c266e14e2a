package organizations

import (
	api "vauban/api/organizations"
	"vauban/service"
	"vauban/store"
)

func (s *Service) allFeaturesOperations() []service.Row {
	return []service.Row{writes(s, api.OpEnableAllFeatures, management, onAll[api.EnableAllFeaturesInput], s.enableAllFeatures)}
}

// enableAllFeatures asks every invited account for its approval. When all have given it, the management account accepts the handshake itself,
// and the organization has all features. Organizations User Guide: "Enabling all features in your organization".
func (s *Service) enableAllFeatures(v *visit, _ *api.EnableAllFeaturesInput) (*api.EnableAllFeaturesOutput, error) {
	refuse := func(reason, words string) error {
		return api.HandshakeConstraintViolationException.New("%s", words).With("Reason", reason)
	}
	if v.org.AllFeatures {
		return nil, refuse(api.HandshakeConstraintViolationExceptionReasonOrganizationAlreadyHasAllFeatures, "The organization already has all features enabled.")
	}
	for h, err := range handshakes.EachRef(v.Tx, "org", store.K(v.org.ID)) {
		if err != nil {
			return nil, err
		}
		if h.Action == api.ActionTypeEnableAllFeatures && h.pending() && h.state(v.Time) == h.State {
			return nil, refuse(api.HandshakeConstraintViolationExceptionReasonOrganizationIsAlreadyPendingAllFeaturesMigration,
				"The organization is already in the process of enabling all features.")
		}
	}
	h, err := s.newHandshake(v, api.ActionTypeEnableAllFeatures, allFeaturesLife)
	if err != nil {
		return nil, err
	}
	h.Party, h.State = v.Account, api.HandshakeStateOpen
	asked, err := s.askApproval(v, h)
	if err != nil {
		return nil, err
	}
	if asked > 0 {
		h.State = api.HandshakeStateRequested
	}
	if err := handshakes.Insert(v.Tx, h); err != nil {
		return nil, err
	}
	out, err := h.shown(v, v.org)
	return &api.EnableAllFeaturesOutput{Handshake: out}, err
}

// askApproval makes a handshake with every member that was not created here, and says how many.
func (s *Service) askApproval(v *visit, parent *Handshake) (n int, err error) {
	members, err := nodes.ListRef(v.Tx, "org", store.K(v.org.ID, api.TargetTypeAccount), nil, 0)
	if err != nil {
		return 0, err
	}
	for _, m := range members.Items {
		if m.Account.Method != api.AccountJoinedMethodInvited || m.ID == v.org.Management {
			continue
		}
		h, err := s.newHandshake(v, api.ActionTypeApproveAllFeatures, allFeaturesLife)
		if err != nil {
			return 0, err
		}
		h.Party, h.Parent, h.State = m.ID, parent.ID, api.HandshakeStateOpen
		if err := handshakes.Insert(v.Tx, h); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// approved opens the parent once the last part of it is accepted.
func (s *Service) approved(v *visit, part *Handshake) error {
	for h, err := range handshakes.EachRef(v.Tx, "parent", store.K(part.Parent)) {
		if err != nil {
			return err
		}
		if h.ID != part.ID && h.State != api.HandshakeStateAccepted {
			return nil
		}
	}
	h, err := handshakes.Get(v.Tx, store.K(part.Parent))
	if err != nil {
		return err
	}
	h.State = api.HandshakeStateOpen
	return handshakes.Update(v.Tx, h)
}

func (s *Service) finishAllFeatures(v *visit, o *Organization) error {
	o.AllFeatures = true
	if err := organizations.Update(v.Tx, o); err != nil {
		return err
	}
	members, err := nodes.ListRef(v.Tx, "org", store.K(o.ID, api.TargetTypeAccount), nil, 0)
	if err != nil {
		return err
	}
	for _, m := range members.Items {
		if err := s.accounts.LinkRole(v.Tx, m.ID, v.Time); err != nil {
			return err
		}
	}
	return nil
}
