package access

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// ErrPrincipalGone says that the principal behind valid credentials no longer exists.
var ErrPrincipalGone = errors.New("access: the principal behind the credentials is gone")

// ErrSuspended says that the principal's account is closed.
var ErrSuspended = errors.New("access: the account of the principal is closed")

// ErrLeft says that the account of a session of AssumeRoot has left the organization by whose leave the session was made.
var ErrLeft = errors.New("access: the account of the root session has left the organization")

// Asked is one question with its answer.
type Asked struct {
	Question service.Question
	Request  *policy.Request
	Decision policy.Decision

	owner *member // of the resource
}

// RCPEvidence is a JSON list of the resource control policies in force, nil when there were none.
func (a *Asked) RCPEvidence() []byte { return a.owner.rcpEvidence }

// Organization is where the resource's owner stands, "" and "" outside of organisations.
func (a *Asked) Organization() (id, path string) { return a.owner.Organization, a.owner.Path }

// Verdict is the answer to all questions of one call: all must be allowed.
type Verdict struct {
	Asked  []Asked
	Holder *Holder         // nil for principals that hold no policies
	Base   *policy.Context // what all questions have in common

	Session []policy.Named // session policies

	home *member
}

// SCPEvidence is a JSON list of the service control policies in force, nil when there were none.
func (v *Verdict) SCPEvidence() []byte {
	if v.home == nil {
		return nil
	}
	return v.home.scpEvidence
}

// Denied returns the first question that was not allowed, or nil.
func (v *Verdict) Denied() *Asked {
	for i := range v.Asked {
		if v.Asked[i].Decision.Effect != policy.Allow {
			return &v.Asked[i]
		}
	}
	return nil
}

// CatchUp brings the picture to the head of the feed and reports whether anything has changed. The gateway does it before it refuses
// anybody, outside of transactions.
func (p *Picture) CatchUp(ctx context.Context) (moved bool, err error) {
	before := p.position()
	err = p.Sync(ctx)
	return p.position() != before, err
}

func (p *Picture) position() int64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.applied
}

// Authorize answers the questions for the call. Questions must carry their action. An error is a failure to decide, and the caller of
// Authorize must refuse. What is not in the picture is read through the call's transaction.
func (p *Picture) Authorize(c *service.Call, questions []service.Question) (*Verdict, error) {
	if p.Stale() {
		return nil, ErrStale
	}
	who, holder, side, err := p.identity(c, c.Tx, c.Caller)
	if err != nil {
		return nil, err
	}
	base, err := p.baseContext(c, holder)
	if err != nil {
		return nil, err
	}
	v := &Verdict{Asked: make([]Asked, len(questions)), Holder: holder, Base: base, Session: side.Session.Policies()}
	if side.SCPs != nil {
		if v.home, err = p.member(c, c.Tx, c.Caller.Account); err != nil {
			return nil, err
		}
	}
	for i, q := range questions {
		if q.Account == "" {
			q.Account = c.Account
		}
		owner, err := p.member(c, c.Tx, q.Account)
		if err != nil {
			return nil, err
		}
		if q.Action == "iam:PassRole" {
			if q.Context, err = p.passing(c, &q); err != nil {
				return nil, err
			}
		}
		req, layers := p.question(c, who, base, side, q, owner)
		verdict := policy.Decide(req, layers)
		v.Asked[i] = Asked{Question: q, Request: req, Decision: verdict.Decision(), owner: owner}
	}
	return v, nil
}

// passing is the context of the question whether a role may be handed to a service, with the tags of the role: services that ask it know its ARN alone. AWS
// calls a condition on them unreliable there; here it holds.
func (p *Picture) passing(c *service.Call, q *service.Question) (map[string][]string, error) {
	tags, err := p.roleTags(c, c.Tx, q.Resource)
	if err != nil || len(tags) == 0 {
		return q.Context, err
	}
	out := map[string][]string{}
	maps.Copy(out, q.Context)
	service.ResourceTags(out, service.TagMap(tags), "iam:ResourceTag/")
	return out, nil
}

// question is a question about who as the engine sees it, with all policies that bear on it: those of the principal's side and the resource's.
func (p *Picture) question(c *service.Call, who policy.Principal, base *policy.Context, side *policy.Layers, q service.Question, owner *member) (*policy.Request, *policy.Layers) {
	req := &policy.Request{
		Principal: who, Action: q.Action, Resource: q.Resource, ResourceAccount: q.Account, ResourceKind: q.Kind,
		Context: questionContext(base, q, owner), Now: c.Time,
	}
	layers := *side
	layers.RCPs = owner.rcps
	if q.Policy != nil {
		layers.Resource = p.docs.compileOne(q.Policy)
	}
	if len(q.Grants) > 0 {
		layers.Grants = policy.Compile(q.Grants)
	}
	return req, &layers
}

// identity returns the principal as the engine sees it, what is attached to it, and the policies on its side.
func (p *Picture) identity(ctx context.Context, inside store.Tx, c *service.Caller) (policy.Principal, *Holder, *policy.Layers, error) {
	who := policy.Principal{Kind: c.Kind, Account: c.Account, ARN: c.ARN, Service: c.ServiceName}
	side := &policy.Layers{}
	switch c.Kind {
	case policy.Anonymous, policy.Service:
		return who, nil, side, nil
	case policy.WebIdentity, policy.SAML:
		who.Provider = c.Session.Provider
		return who, nil, side, nil
	}
	home, err := p.member(ctx, inside, c.Account)
	if err != nil {
		return who, nil, nil, err
	}
	if home.Suspended {
		return who, nil, nil, ErrSuspended
	}
	if s := c.Session; s != nil && s.Kind == service.AssumeRoot && s.Organization != home.Organization {
		return who, nil, nil, ErrLeft
	}
	side.SCPs = home.scps
	kind, id := c.Kind, c.UserID
	if s := c.Session; s != nil {
		kind, id = s.Issuer.Kind, s.Issuer.ID
	}
	holder, err := p.principal(ctx, inside, kind, c.Account, id)
	if err != nil {
		return who, nil, nil, err
	}
	if holder == nil {
		return who, nil, nil, ErrPrincipalGone
	}
	who.ID, who.ServiceLinked = id, holder.ServiceLinked
	if c.Kind == policy.RoleSession || c.Kind == policy.FederatedUser {
		who.Role = holder.ARN
	}
	side.Identity, side.Boundary = holder.identitySet, holder.boundarySet
	session, err := p.sessionPolicies(ctx, inside, c.Session)
	side.Session = policy.Compile(session)
	return who, holder, side, err
}

// sessionPolicies returns nil when the session has none. A managed session policy that is gone allows nothing.
func (p *Picture) sessionPolicies(ctx context.Context, inside store.Tx, s *service.Session) ([]policy.Named, error) {
	if s == nil || s.Policy == "" && len(s.PolicyARNs) == 0 {
		return nil, nil
	}
	out := make([]policy.Named, 0, 1+len(s.PolicyARNs))
	if s.Policy != "" {
		n, err := p.docs.parse(PolicyText{Name: "session policy", JSON: s.Policy})
		if err != nil {
			return nil, err
		}
		out = append(out, *n)
	}
	for _, arn := range s.PolicyARNs {
		n, err := p.managedPolicy(ctx, inside, arn)
		if err != nil {
			return nil, fmt.Errorf("read session policy %s: %w", arn, err)
		}
		if n != nil {
			out = append(out, *n)
		}
	}
	return out, nil
}

// Warm loads what a decision about the caller needs, so that the decision itself, inside a transaction, reads nothing.
func (p *Picture) Warm(c *service.Call) error {
	if err := p.fresh(c); err != nil {
		return err
	}
	if _, err := p.member(c, nil, c.Account); err != nil {
		return err
	}
	_, _, _, err := p.identity(c, nil, c.Caller)
	if errors.Is(err, ErrPrincipalGone) || errors.Is(err, ErrSuspended) || errors.Is(err, ErrLeft) {
		return nil // authorisation says so, after it has caught up
	}
	return err
}
