package vauban

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	api "vauban/api/vauban"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/engine/policy/replay"
	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// proposedName is how decisions cite the proposed policy.
const proposedName = "proposed"

// trial reads the request: what is proposed, and where.
func (s *Service) trial(c *service.Call, in *api.WhatIfInput) (*trial, error) {
	target := *in.Target
	switch {
	case strings.HasPrefix(target, "r-"), strings.HasPrefix(target, "ou-"):
		return s.onNode(c, in, target)
	case arn.IsAccount(target):
		if err := s.visible(c, target); err != nil {
			return nil, err
		}
		return s.onNode(c, in, target)
	}
	return s.onPrincipal(c, in, target)
}

// onNode proposes an SCP or RCP at a root, a unit or an account.
func (s *Service) onNode(c *service.Call, in *api.WhatIfInput, node string) (*trial, error) {
	layer, kind := policy.LayerSCP, policy.ServiceControlPolicy
	switch text(in.Type) {
	case "", "scp":
	case "rcp":
		layer, kind = policy.LayerRCP, policy.ResourceControlPolicy
	default:
		return nil, api.InvalidInputException.New("A policy of type %s cannot be attached to %s: give the ARN of a user or role.", *in.Type, node)
	}
	mine, err := s.picture.Membership(c, c.Account)
	if err != nil {
		return nil, err
	}
	if !arn.IsAccount(node) {
		if !mine.Management {
			return nil, api.AccessDeniedException.New("Only the management account of an organization may ask about %s.", node)
		}
		var has bool
		err := s.Store.Read(c, func(tx store.Tx) (err error) {
			has, err = s.identities.HasNode(tx, mine.Organization, node)
			return err
		})
		if err != nil {
			return nil, err
		}
		if !has {
			return nil, api.NoSuchEntityException.New("The organization has no root or unit %s.", node)
		}
	}
	doc, err := validated(kind, *in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	t := s.newTrial(c)
	under := t.library.under(node, mine.Organization)
	if layer == policy.LayerSCP {
		t.touches = func(e *eventlog.Entry) bool { return under(e.Account) }
		t.Replay = t.with(in, layer, node, doc, func(call *replay.Call, _ *replay.Question) bool { return under(call.Principal.Account) })
		return t, nil
	}
	t.touches = func(*eventlog.Entry) bool { return true }
	if arn.IsAccount(node) {
		t.touches = owns(node)
	}
	t.Replay = t.with(in, layer, node, doc, func(_ *replay.Call, q *replay.Question) bool { return under(q.ResourceAccount) })
	return t, nil
}

// owns looks for questions about resources of the account.
func owns(account string) func(*eventlog.Entry) bool {
	mark := []byte(`"resourceAccount":"` + account + `"`)
	return func(e *eventlog.Entry) bool { return bytes.Contains(e.Authz, mark) }
}

// onPrincipal proposes an identity policy, a boundary or a trust policy of a user or role.
func (s *Service) onPrincipal(c *service.Call, in *api.WhatIfInput, target string) (*trial, error) {
	a, err := arn.Parse(target)
	if err != nil || a.Service != "iam" || a.Type() != "user" && a.Type() != "role" || !arn.IsAccount(a.Account) {
		return nil, api.InvalidInputException.New("The target %s is no root or unit of the organization, no account, and not the ARN of a user or role.", target)
	}
	if err := s.visible(c, a.Account); err != nil {
		return nil, err
	}
	err = s.Store.Read(c, func(tx store.Tx) error {
		_, err := s.identities.Named(tx, target, sessionName)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, api.NoSuchEntityException.New("The target %s does not exist.", target)
	}
	if err != nil {
		return nil, err
	}
	switch text(in.Type) {
	case "trust":
		return s.onTrust(c, in, a, target)
	case "", "identity":
		return s.onHolder(c, in, a, target, policy.LayerIdentity, policy.IdentityPolicy)
	case "boundary":
		return s.onHolder(c, in, a, target, policy.LayerBoundary, policy.BoundaryPolicy)
	}
	return nil, api.InvalidInputException.New("A policy of type %s is attached to a root, a unit or an account, not to %s.", *in.Type, target)
}

func (s *Service) onHolder(c *service.Call, in *api.WhatIfInput, a arn.ARN, target string, layer policy.Layer, kind policy.Kind) (*trial, error) {
	doc, err := validated(kind, *in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	t := s.newTrial(c)
	t.touches = func(e *eventlog.Entry) bool { return e.Account == a.Account }
	t.Replay = t.with(in, layer, "", doc, func(call *replay.Call, _ *replay.Question) bool {
		return call.Principal.ARN == target || call.Principal.Role == target
	})
	return t, nil
}

// onTrust proposes a trust policy. The principals that it names are bound as they would be stored.
func (s *Service) onTrust(c *service.Call, in *api.WhatIfInput, a arn.ARN, target string) (*trial, error) {
	if a.Type() != "role" {
		return nil, api.InvalidInputException.New("Only roles have trust policies, and %s is none.", target)
	}
	var bound string
	err := s.Store.Read(c, func(tx store.Tx) (err error) {
		bound, err = s.identities.BindTrust(tx, a.Account, *in.PolicyDocument)
		return err
	})
	if err != nil {
		return nil, malformed(err)
	}
	doc, err := s.picture.Parsed(bound)
	if err != nil {
		return nil, malformed(err)
	}
	t := s.newTrial(c)
	t.touches = owns(a.Account)
	t.Replay = t.with(in, policy.LayerTrust, "", doc, func(_ *replay.Call, q *replay.Question) bool {
		return q.Kind == policy.RoleTrust && q.Resource == target
	})
	return t, nil
}

func (s *Service) newTrial(c *service.Call) *trial {
	return &trial{library: newLibrary(s, c), sees: func(account string) bool { return s.visible(c, account) == nil }}
}

func (t *trial) with(in *api.WhatIfInput, layer policy.Layer, level string, doc *policy.Document, affects func(*replay.Call, *replay.Question) bool) *replay.Replay {
	return replay.New(replay.Proposal{Layer: layer, Level: level, Policy: policy.Named{Name: proposedName, Document: doc}, Replaces: text(in.Replaces), Affects: affects}, t.library)
}

// validated parses the policy, if AWS would store it.
func validated(kind policy.Kind, text string) (*policy.Document, error) {
	if _, err := policy.Validate(kind, []byte(text), policy.Checks{}); err != nil {
		return nil, malformed(err)
	}
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, malformed(err)
	}
	return doc, nil
}

// malformed puts what the policy language finds into the service's error, with its place.
func malformed(err error) error {
	var v *policy.ValidationError
	if errors.As(err, &v) {
		where := ""
		if v.Line > 0 {
			where = " (line " + strconv.Itoa(v.Line) + ", column " + strconv.Itoa(v.Column) + ")"
		}
		return api.MalformedPolicyDocumentException.New("%s%s", v.Message, where).Because(err)
	}
	var y *policy.SyntaxError
	if errors.As(err, &y) {
		return api.MalformedPolicyDocumentException.New("%s", y.Error()).Because(err)
	}
	return err
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
