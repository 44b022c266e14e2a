package gateway

import (
	"errors"

	"vauban/access"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
)

// authorize asks access every question of the row about this call. All must be allowed. A refusal names the principal, the action,
// the resource and the kind of policy that refused.
func (p *performance) authorize() error {
	p.verdict = nil
	questions, err := p.row.Resource(p.call, p.in)
	if err != nil {
		return err
	}
	if len(questions) == 0 {
		return errors.New("gateway: the resource rule of " + p.row.Op.Name + " asks nothing") // fail closed
	}
	own := p.row.Op.Actions[0].Name
	for i := range questions {
		if questions[i].Action == "" {
			questions[i].Action = own
		}
		if questions[i].Resource == "" {
			questions[i].Resource = "*"
		}
	}
	v, err := p.Access.Authorize(p.call, questions)
	if err != nil {
		return p.undecided(err)
	}
	p.verdict = v
	d := v.Denied()
	if p.row.Items {
		d = p.refuseItems(v)
	}
	if d != nil {
		p.Metrics.denied.WithLabelValues(p.service.Name).Inc()
		return &denied{asked: d, Err: p.accessDenied(policy.DenialMessage(d.Request, d.Decision))}
	}
	return nil
}

// refuseItems tells the handler which items are refused, and returns the first refusal that is about the call as a whole.
func (p *performance) refuseItems(v *access.Verdict) (whole *access.Asked) {
	p.call.Refused = map[service.Asked]error{}
	for i := range v.Asked {
		a := &v.Asked[i]
		if a.Decision.Effect == policy.Allow {
			continue
		}
		if !a.Question.Item {
			return a
		}
		p.Metrics.denied.WithLabelValues(p.service.Name).Inc()
		p.call.Refused[service.Asked{Action: a.Request.Action, Resource: a.Request.Resource}] = p.accessDenied(policy.DenialMessage(a.Request, a.Decision))
	}
	return nil
}

func (p *performance) undecided(err error) error {
	if errors.Is(err, access.ErrPrincipalGone) {
		return &denied{Err: p.accessDenied("The principal " + p.call.Caller.ARN + " no longer exists.")}
	}
	if errors.Is(err, access.ErrSuspended) {
		return &denied{Err: p.accessDenied("The account " + p.call.Caller.Account + " is suspended.")}
	}
	if errors.Is(err, access.ErrLeft) {
		return &denied{Err: p.accessDenied("The session is over: account " + p.call.Caller.Account + " has left the organization by whose leave it was made.")}
	}
	return err
}

// denied is a refusal with the question that was refused.
type denied struct {
	asked *access.Asked // nil when the principal is gone
	Err   error
}

func (d *denied) Error() string { return d.Err.Error() }

func (d *denied) Unwrap() error { return d.Err }

// accessDenied is the refusal in the service's own words, where its model has an error for that, as SNS's does; else in those of the protocol.
func (p *performance) accessDenied(message string) *wire.Error {
	if p.row != nil {
		for _, e := range p.row.Op.Errors {
			if e.Shape == "AuthorizationErrorException" {
				return e.New("%s", message)
			}
		}
	}
	return accessDenied(p.family, message)
}
