package access

import (
	"context"

	"vauban/engine/policy"
	"vauban/service"
)

// Ask puts the question together that the gateway would ask if the principal called now, and the policies that would answer it: what
// [Picture.Authorize] decides by. c is the call that wants to know; it must hold no transaction. Of the connection and the session nothing is
// known, so the keys that they give are absent unless the question's own context, which goes before everything else, has them.
func (p *Picture) Ask(c *service.Call, as *service.Caller, q service.Question) (*policy.Request, *policy.Policies, error) {
	if err := p.Sync(c); err != nil {
		return nil, nil, err
	}
	who, holder, side, err := p.identity(c, nil, as)
	if err != nil {
		return nil, nil, err
	}
	base, err := p.baseContext(&service.Call{Context: c, Caller: as, Account: as.Account, Region: c.Region, Time: c.Time}, holder)
	if err != nil {
		return nil, nil, err
	}
	for _, unknown := range [...]string{"aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:TokenIssueTime"} {
		base.Delete(unknown)
	}
	owner, err := p.member(c, nil, q.Account)
	if err != nil {
		return nil, nil, err
	}
	req, layers := p.question(c, who, base, side, q, owner)
	return req, layers.Policies(), nil
}

// Membership returns where the account stands in its organisation.
func (p *Picture) Membership(ctx context.Context, account string) (*Membership, error) {
	if err := p.fresh(ctx); err != nil {
		return nil, err
	}
	m, err := p.member(ctx, nil, account)
	if err != nil {
		return nil, err
	}
	return m.Membership, nil
}

// Held returns the policies that a principal holds, its boundary among them; none when it is gone.
func (p *Picture) Held(ctx context.Context, kind policy.PrincipalKind, account, id string) ([]policy.Named, error) {
	h, err := p.Principal(ctx, kind, account, id)
	if err != nil || h == nil {
		return nil, err
	}
	out := append([]policy.Named{}, h.identity...)
	if h.boundary != nil {
		out = append(out, *h.boundary)
	}
	return out, nil
}

// Limits returns the policies of the organisation that limit the account and its resources.
func (p *Picture) Limits(ctx context.Context, account string) ([]policy.Named, error) {
	m, err := p.member(ctx, nil, account)
	if err != nil {
		return nil, err
	}
	var out []policy.Named
	for _, levels := range [...][]policy.CompiledLevel{m.scps, m.rcps} {
		for i := range levels {
			out = append(out, levels[i].Set.Policies()...)
		}
	}
	return out, nil
}

// Parsed returns the policy parsed, shared with all who have the same text.
func (p *Picture) Parsed(text string) (*policy.Document, error) {
	n, err := p.docs.parse(PolicyText{JSON: text})
	if err != nil {
		return nil, err
	}
	return n.Document, nil
}
