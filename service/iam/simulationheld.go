package iam

import (
	"fmt"
	"slices"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
)

// addHeld adds what the entity holds, without what the request excludes. A boundary in the request takes the place of its own.
func (x *simulation) addHeld(c *service.Call, about *entityRef, without []api.PolicyIdentifier) error {
	held, err := about.held(c.Tx)
	if err != nil {
		return err
	}
	for _, h := range held {
		if h.excluded(without) {
			continue
		}
		n, err := x.add(h.sourceID(), fromIAM, h.json)
		if err != nil {
			return fmt.Errorf("policy %s: %w", h.name, err)
		}
		x.policies.Identity = append(x.policies.Identity, *n)
	}
	arn := about.boundary()
	if arn == "" || x.policies.Boundary != nil || excludesType(without, "permission-boundary") || excludesARN(without, arn) {
		return nil
	}
	ref, err := resolve(c.Tx, c.Account, arn)
	if err != nil {
		return fmt.Errorf("read permissions boundary %s: %w", arn, err)
	}
	x.policies.Boundary, err = x.add(ref.name, fromIAM, ref.json)
	return err
}

// sourceID is the name under which simulations cite the policy: managed ones by theirs, inline ones with their holder's.
func (h *heldPolicy) sourceID() string {
	if h.arn != "" {
		return h.name
	}
	return h.holder.label().name + "_" + nameOf(h.holder) + "_" + h.name
}

func (h *heldPolicy) excluded(without []api.PolicyIdentifier) bool {
	if h.arn != "" {
		kind := "user-managed"
		if accountOf(h.arn) == awsAccount {
			kind = "aws-managed"
		}
		return excludesType(without, kind) || excludesARN(without, h.arn)
	}
	return excludesType(without, "inline") || slices.ContainsFunc(without, func(w api.PolicyIdentifier) bool {
		i := w.InlinePolicyIdentifier
		return i != nil && wire.Text(i.PolicyName) == h.name && wire.Text(i.AttachmentType) == h.holder.label().name && wire.Text(i.AttachmentName) == nameOf(h.holder)
	})
}

func excludesType(without []api.PolicyIdentifier, kind string) bool {
	return slices.ContainsFunc(without, func(w api.PolicyIdentifier) bool { return wire.Text(w.PolicyType) == kind })
}

func excludesARN(without []api.PolicyIdentifier, arn string) bool {
	return slices.ContainsFunc(without, func(w api.PolicyIdentifier) bool { return wire.Text(w.PolicyArn) == arn })
}
