package organizations

import (
	"time"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Handshake is a proposal that an account, or the management account itself, must accept.
type Handshake struct {
	ID        string    `json:"id"`     // h-…
	Org       string    `json:"org"`    // of the originator
	Action    string    `json:"action"` // api.ActionType…
	State     string    `json:"state"`  // api.HandshakeState…; EXPIRED is never stored: see state
	Requested time.Time `json:"requested"`
	Expires   time.Time `json:"expires"`
	Party     string    `json:"party"`            // account that answers
	Email     string    `json:"email,omitempty"`  // the address it was invited at
	Notes     string    `json:"notes,omitempty"`  // of an invitation
	Tags      []Tag     `json:"tags,omitempty"`   // that the account gets when it joins
	Parent    string    `json:"parent,omitempty"` // handshake that this one is part of
}

var handshakes = &store.Table[Handshake]{
	Name: "organizations.handshake",
	Key:  func(h *Handshake) store.Key { return store.K(h.ID) },
	Refs: map[string]func(*Handshake) []store.Key{
		"org":    func(h *Handshake) []store.Key { return []store.Key{store.K(h.Org)} },
		"party":  func(h *Handshake) []store.Key { return []store.Key{store.K(h.Party)} },
		"parent": func(h *Handshake) []store.Key { return []store.Key{store.K(h.Parent)} },
	},
}

func (s *Service) handshakeOperations() []service.Row {
	return []service.Row{
		reads(s, api.OpDescribeHandshake, anybody, onHandshake(func(in *api.DescribeHandshakeInput) *string { return in.HandshakeId }), s.describeHandshake),
		writes(s, api.OpAcceptHandshake, anybody, onHandshake(func(in *api.AcceptHandshakeInput) *string { return in.HandshakeId }), s.acceptHandshake),
		writes(s, api.OpDeclineHandshake, anybody, onHandshake(func(in *api.DeclineHandshakeInput) *string { return in.HandshakeId }), s.declineHandshake),
		writes(s, api.OpCancelHandshake, management, onHandshake(func(in *api.CancelHandshakeInput) *string { return in.HandshakeId }), s.cancelHandshake),
		reads(s, api.OpListHandshakesForAccount, anybody, onAll[api.ListHandshakesForAccountInput], s.listHandshakesForAccount),
		reads(s, api.OpListHandshakesForOrganization, readers, onAll[api.ListHandshakesForOrganizationInput], s.listHandshakesForOrganization),
	}
}

// onHandshake is the rule of an operation on a handshake.
func onHandshake[In any](id func(*In) *string) rule[In] {
	return func(v *visit, in *In, s *subject) error {
		h, err := handshakes.Get(v.Tx, store.K(wire.Text(id(in))))
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		o, err := organizations.Get(v.Tx, store.K(h.Org))
		if err != nil {
			return err
		}
		if h.Party != v.Account && o.Management != v.Account {
			return nil // as if there were none: a refusal would tell the organization
		}
		s.on(h.ARN(o), "AWS::Organizations::Handshake", nil)
		return nil
	}
}

// theHandshake is the handshake of that ID, which the caller's account has made or must answer.
func theHandshake(v *visit, id string) (*Handshake, *Organization, error) {
	absent := api.HandshakeNotFoundException.New("You specified a handshake that doesn't exist.")
	h, err := handshakes.Get(v.Tx, store.K(id))
	if store.IsAbsent(err) {
		return nil, nil, absent
	}
	if err != nil {
		return nil, nil, err
	}
	o, err := organizations.Get(v.Tx, store.K(h.Org))
	if err != nil {
		return nil, nil, err
	}
	if h.Party != v.Account && o.Management != v.Account {
		return nil, nil, absent
	}
	return h, o, nil
}

// ARN is the handshake's ARN.
func (h *Handshake) ARN(o *Organization) string {
	kinds := map[string]string{
		api.ActionTypeInvite: "invite", api.ActionTypeEnableAllFeatures: "enable_all_features", api.ActionTypeApproveAllFeatures: "approve_all_features",
	}
	return o.arn("handshake/" + o.ID + "/" + kinds[h.Action] + "/" + h.ID)
}

// state is the state at a time: what nobody has answered expires.
func (h *Handshake) state(now time.Time) string {
	if h.pending() && !now.Before(h.Expires) {
		return api.HandshakeStateExpired
	}
	return h.State
}

func (h *Handshake) pending() bool {
	return h.State == api.HandshakeStateOpen || h.State == api.HandshakeStateRequested
}

// answer moves the handshake on, if it still waits.
func (h *Handshake) answer(v *visit, state string) error {
	switch now := h.state(v.Time); {
	case now == state:
		return api.HandshakeAlreadyInStateException.New("The specified handshake is already in the requested state.")
	case now != api.HandshakeStateOpen && now != api.HandshakeStateRequested:
		return api.InvalidHandshakeTransitionException.New("You can't perform the operation on the handshake in its current state: %s.", now)
	}
	h.State = state
	return handshakes.Update(v.Tx, h)
}

func (s *Service) describeHandshake(v *visit, in *api.DescribeHandshakeInput) (*api.DescribeHandshakeOutput, error) {
	h, o, err := theHandshake(v, *in.HandshakeId)
	if err != nil {
		return nil, err
	}
	out, err := h.shown(v, o)
	return &api.DescribeHandshakeOutput{Handshake: out}, err
}

func (s *Service) acceptHandshake(v *visit, in *api.AcceptHandshakeInput) (*api.AcceptHandshakeOutput, error) {
	h, o, err := theHandshake(v, *in.HandshakeId)
	if err != nil {
		return nil, err
	}
	if h.Party != v.Account {
		return nil, noAccess()
	}
	if h.Action == api.ActionTypeEnableAllFeatures && h.State == api.HandshakeStateRequested && h.state(v.Time) == h.State {
		return nil, api.InvalidHandshakeTransitionException.New("You can't accept the handshake before all invited accounts have approved it.")
	}
	if err := h.answer(v, api.HandshakeStateAccepted); err != nil {
		return nil, err
	}
	switch h.Action {
	case api.ActionTypeInvite:
		err = s.acceptInvitation(v, o, h)
	case api.ActionTypeApproveAllFeatures:
		err = s.approved(v, h)
	case api.ActionTypeEnableAllFeatures:
		err = s.finishAllFeatures(v, o)
	}
	if err != nil {
		return nil, err
	}
	out, err := h.shown(v, o)
	return &api.AcceptHandshakeOutput{Handshake: out}, err
}

func (s *Service) declineHandshake(v *visit, in *api.DeclineHandshakeInput) (*api.DeclineHandshakeOutput, error) {
	h, o, err := theHandshake(v, *in.HandshakeId)
	if err != nil {
		return nil, err
	}
	if h.Party != v.Account || h.Action == api.ActionTypeEnableAllFeatures {
		return nil, noAccess()
	}
	if err := h.answer(v, api.HandshakeStateDeclined); err != nil {
		return nil, err
	}
	out, err := h.shown(v, o)
	return &api.DeclineHandshakeOutput{Handshake: out}, err
}

func (s *Service) cancelHandshake(v *visit, in *api.CancelHandshakeInput) (*api.CancelHandshakeOutput, error) {
	h, o, err := theHandshake(v, *in.HandshakeId)
	if err != nil {
		return nil, err
	}
	if o.Management != v.Account {
		return nil, noAccess()
	}
	if err := h.answer(v, api.HandshakeStateCanceled); err != nil {
		return nil, err
	}
	parts, err := handshakes.ListRef(v.Tx, "parent", store.K(h.ID), nil, 0)
	if err != nil {
		return nil, err
	}
	for _, p := range parts.Items { // what belongs to it falls with it
		if p.pending() {
			p.State = api.HandshakeStateCanceled
			if err := handshakes.Update(v.Tx, p); err != nil {
				return nil, err
			}
		}
	}
	out, err := h.shown(v, o)
	return &api.CancelHandshakeOutput{Handshake: out}, err
}
