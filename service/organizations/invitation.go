package organizations

import (
	"time"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// How long handshakes wait. Organizations User Guide: "Quotas and service limits", "Expiration times for handshakes".
const (
	invitationLife  = 15 * 24 * time.Hour
	allFeaturesLife = 90 * 24 * time.Hour
)

// handshakeMemory is how long handshakes are known after they have expired; maxInvitations, how many may be sent within a day.
const (
	handshakeMemory = 30 * 24 * time.Hour
	maxInvitations  = 20
)

func (s *Service) invitationOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpInviteAccountToOrganization, management, func(v *visit, in *api.InviteAccountToOrganizationInput, s *subject) error {
			service.RequestTags(s.keys, service.Tags(in.Tags))
			if id := wire.Text(in.Target.Id); arn.IsAccount(id) {
				return s.onNode(v, id)
			}
			return nil
		}, s.invite),
	}
}

// invite proposes to an account of this deployment that it join. It is told by what it lists: nobody is written to.
func (s *Service) invite(v *visit, in *api.InviteAccountToOrganizationInput) (*api.InviteAccountToOrganizationOutput, error) {
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	h, err := s.newHandshake(v, api.ActionTypeInvite, invitationLife)
	if err != nil {
		return nil, err
	}
	h.State, h.Notes, h.Tags = api.HandshakeStateOpen, wire.Text(in.Notes), tags
	guest, err := s.guest(v, in.Target)
	if err != nil {
		return nil, err
	}
	h.Party = guest.ID
	if *in.Target.Type == api.HandshakePartyTypeEmail {
		h.Email = *in.Target.Id
	}
	if err := s.mayInvite(v, guest); err != nil {
		return nil, err
	}
	if err := handshakes.Insert(v.Tx, h); err != nil {
		return nil, err
	}
	out, err := h.shown(v, v.org)
	return &api.InviteAccountToOrganizationOutput{Handshake: out}, err
}

func (s *Service) newHandshake(v *visit, action string, life time.Duration) (*Handshake, error) {
	id, err := newID(s.Rand, "h-", 32)
	return &Handshake{ID: id, Org: v.org.ID, Action: action, Requested: millis(v.Time), Expires: millis(v.Time.Add(life))}, err
}

// guest is the account that an invitation is for.
func (s *Service) guest(v *visit, to *api.HandshakeParty) (*Node, error) {
	var n *Node
	var err error
	switch *to.Type {
	case api.HandshakePartyTypeAccount:
		if !arn.IsAccount(*to.Id) {
			return nil, invalid(api.InvalidInputExceptionReasonInvalidPatternTargetId, "You specified an invalid account ID.")
		}
		var here bool
		if here, err = s.accounts.Exists(v.Tx, *to.Id); err == nil && here {
			return s.accountToJoin(v.Tx, *to.Id)
		}
	case api.HandshakePartyTypeEmail:
		if n, err = nodes.ByUnique(v.Tx, "email", emailKey(*to.Id)); err == nil {
			return n, nil
		}
	default:
		return nil, invalid(api.InvalidInputExceptionReasonInvalidPartyTypeTarget, "You specified the wrong type of entity (account, organization, or email) as a party.")
	}
	if err != nil && !store.IsAbsent(err) {
		return nil, err
	}
	return nil, invalid(api.InvalidInputExceptionReasonInvalidPartyTypeTarget, "You specified an account that doesn't exist in this deployment.")
}

func (s *Service) mayInvite(v *visit, guest *Node) error {
	refuse := func(reason, words string) error {
		return api.HandshakeConstraintViolationException.New("%s", words).With("Reason", reason)
	}
	if guest.Org != "" {
		return refuse(api.HandshakeConstraintViolationExceptionReasonAlreadyInAnOrganization, "The handshake request is invalid because the invited account is already a member of an organization.")
	}
	all, err := handshakes.ListRef(v.Tx, "org", store.K(v.org.ID), nil, 0)
	if err != nil {
		return err
	}
	today := 0
	for _, h := range all.Items {
		if v.Time.Sub(h.Expires) > handshakeMemory {
			if err := handshakes.Delete(v.Tx, store.K(h.ID)); err != nil {
				return err
			}
			continue
		}
		if h.Action == api.ActionTypeInvite && v.Time.Sub(h.Requested) < 24*time.Hour {
			today++
		}
		if !h.pending() || h.state(v.Time) != h.State {
			continue
		}
		if h.Action == api.ActionTypeEnableAllFeatures {
			return refuse(api.HandshakeConstraintViolationExceptionReasonInviteDisabledDuringEnableAllFeatures,
				"You can't issue new invitations to join an organization while it's in the process of enabling all features.")
		}
		if h.Action == api.ActionTypeInvite && h.Party == guest.ID {
			return api.DuplicateHandshakeException.New("An invitation for this account is already open.")
		}
	}
	if today >= maxInvitations {
		return refuse(api.HandshakeConstraintViolationExceptionReasonHandshakeRateLimitExceeded, "You have exceeded the number of invitations that you can send in one day.")
	}
	return nil
}

// acceptInvitation makes the caller's account a member.
func (s *Service) acceptInvitation(v *visit, o *Organization, h *Handshake) error {
	if v.org != nil {
		return api.HandshakeConstraintViolationException.New("The account is already a member of an organization.").
			With("Reason", api.HandshakeConstraintViolationExceptionReasonAlreadyInAnOrganization)
	}
	n, err := s.accountToJoin(v.Tx, v.Account)
	if err != nil {
		return err
	}
	n.Tags = h.Tags
	return s.join(v.Tx, o, n, api.AccountJoinedMethodInvited, v.Time)
}
