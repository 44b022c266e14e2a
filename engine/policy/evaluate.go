package policy

import (
	"strconv"
	"strings"
	"time"
)

// Evaluate decides one question. It is a pure function of its arguments, but for values in the context that are worked out on demand.
//
// An explicit deny anywhere wins, and every statement that denies is reported. Otherwise each layer that applies must allow; a
// decision to allow cites one granting statement of each layer that granted, a refusal the layers that were missing. [Explain]
// shows the rest. AWS documentation: "Policy evaluation logic".
//
// It looks at every statement. [Decide] gives the same answer from compiled policies.
func Evaluate(req *Request, p *Policies) Decision {
	l := plain(p)
	v := Decide(req, &l)
	return v.Decision()
}

// plain makes layers without any index.
func plain(p *Policies) Layers {
	set := func(list []Named) *Set {
		if list == nil {
			return nil
		}
		s := &Set{policies: make([]*Named, len(list))}
		for i := range list {
			s.policies[i] = &list[i]
		}
		return s
	}
	levels := func(list []Level) []CompiledLevel {
		if list == nil {
			return nil
		}
		out := make([]CompiledLevel, len(list))
		for i := range list {
			out[i] = CompiledLevel{list[i].Name, set(present(list[i].Policies))}
		}
		return out
	}
	return Layers{
		Identity: set(p.Identity), Boundary: set(single(p.Boundary)), Session: set(p.Session),
		SCPs: levels(p.SCPs), RCPs: levels(p.RCPs), Resource: set(single(p.Resource)), Grants: set(p.Grants), Endpoints: set(p.Endpoints),
	}
}

// Decide decides one question from compiled policies, as [Evaluate] does. It takes no lock, and allocates nothing when it allows.
func Decide(req *Request, l *Layers) Verdict {
	e := newEvaluation(req, l.Boundary != nil && req.Principal.inAccount())
	return e.decide(l)
}

func newEvaluation(req *Request, boundary bool) evaluation {
	e := evaluation{req: req, boundary: boundary}
	if i := strings.IndexByte(req.Action, ':'); i >= 0 { // else only "*" matches
		e.service, e.name = req.Action[:i], req.Action[i+1:]
	}
	return e
}

// evaluation is one question under way.
type evaluation struct {
	req      *Request
	service  string // of the action
	name     string
	boundary bool // the principal has one
	denying  bool // the statement that is being looked at denies
	at       place
	denials  []Reason // so far
	counted  []rule   // of them, those of the set that is being looked at
}

// place is the layer that is being looked at, and the level of the organization.
type place struct {
	layer Layer
	level string
	named bool // statements of the layer name principals
}

// lookup returns what a condition key holds. The time comes from the request unless the context says otherwise.
func (e *evaluation) lookup(hash uint32, key string) (value, bool) {
	v, ok := e.req.Context.lookup(hash, key)
	if ok || e.req.Now.IsZero() {
		return v, ok
	}
	switch {
	case equalFold(key, "aws:CurrentTime"):
		return value{one: e.req.Now.UTC().Format(time.RFC3339)}, true
	case equalFold(key, "aws:EpochTime"):
		return value{one: strconv.FormatInt(e.req.Now.Unix(), 10)}, true
	}
	return v, false
}

// grant is what the policies of one layer say: how closely they reach the principal, and the statement that does.
type grant struct {
	policy    *Named
	statement int32
	reach     reach
}

func (g *grant) allows() bool { return g.reach != unreached }

func reasonFor(layer Layer, level string, n *Named, i int) Reason {
	s := &n.Document.Statements[i]
	return Reason{Layer: layer, Level: level, Policy: n.Name, Statement: i, Sid: s.Sid, Line: s.Line, Column: s.Column}
}

// scan looks at every statement of a policy: each denial is noted, and g keeps the closest grant.
func (e *evaluation) scan(g *grant, n *Named) {
	if n.Document == nil {
		return
	}
	list := n.Document.Statements
	for i := range list {
		s := &list[i]
		if s.Effect == Allow && g.reach == direct {
			continue
		}
		r := s.matches(e, e.at.named)
		switch {
		case r == unreached, !s.trusts(e):
		case s.Effect == ExplicitDeny:
			e.denials = append(e.denials, reasonFor(e.at.layer, e.at.level, n, i))
		case r > g.reach:
			g.reach, g.policy, g.statement = r, n, int32(i)
		}
	}
}

// scanSet looks at the statements of a set that can speak of the request.
func (e *evaluation) scanSet(at place, s *Set) (g grant) {
	if s == nil {
		return g
	}
	e.at = at
	if s.index != nil {
		e.scanIndex(&g, s)
		return g
	}
	for _, n := range s.policies {
		e.scan(&g, n)
	}
	return g
}
