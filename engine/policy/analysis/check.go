package analysis

import (
	"fmt"

	"vauban/engine/automaton"
	"vauban/engine/policy"
)

// Kind is a kind of policy.
type Kind uint8

// The kinds: of principals, and of resources, to which trust policies belong.
const (
	Identity Kind = iota
	Resource
)

// Options are what a check knows of the world. The zero value knows no action by name.
type Options struct {
	World    *World   // the actions, resource types and condition keys; nil: any name may be one
	Services []string // prefixes of the only services that count; nil: all
	Work     int      // bound, in steps of the search; 0: DefaultWork

	Left *automaton.Budget // what is left of a bound that several searches share; nil: each has Work
}

// budget is what a search may spend.
func (o *Options) budget() *automaton.Budget {
	if o.Left != nil {
		return o.Left
	}
	return &automaton.Budget{Left: o.work()}
}

// DefaultWork bounds a check to about a second.
const DefaultWork = 1_000_000

func (o *Options) work() int {
	if o.Work > 0 {
		return o.Work
	}
	return DefaultWork
}

// NoNewAccess checks that a policy grants nothing that the old one does not: there is no request that the new one allows and the old one
// does not. AWS documentation: "Validate policies with IAM Access Analyzer custom policy checks".
func NoNewAccess(old, changed *policy.Document, k Kind, o Options) (Result, error) {
	p, err := newProblem(k, &o, source{changed, grants, denies}, source{old, granted, excepts})
	if err != nil {
		return Result{}, fmt.Errorf("compare policies: %w", err)
	}
	p.confirm = func(req *policy.Request) bool {
		return p.judge.decide(changed, req) == policy.Allow && p.judge.decide(old, req) != policy.Allow
	}
	return p.result(p.search(false).run()), nil
}

// Access is what should not be granted: any of the actions on any of the resources. Both may use wildcards; an empty list stands for
// all.
type Access struct {
	Actions   []string
	Resources []string
}

// AccessNotGranted checks that a policy grants none of the access.
func AccessNotGranted(d *policy.Document, k Kind, list []Access, o Options) (Result, error) {
	var unwanted []statement
	for _, a := range list {
		s := statement{Effect: "Deny", Action: a.Actions, Resource: a.Resources}
		if len(a.Actions) == 0 {
			s.Action = "*"
		}
		if len(a.Resources) == 0 {
			s.Resource = "*"
		}
		unwanted = append(unwanted, s)
	}
	w, err := document(policy.Version2008, unwanted...)
	if err != nil {
		return Result{}, fmt.Errorf("read access: %w", err)
	}
	p, err := newProblem(k, &o, source{d, grants, denies}, source{w, granted, excepts})
	if err != nil {
		return Result{}, fmt.Errorf("check access: %w", err)
	}
	p.always(granted)
	p.confirm = func(req *policy.Request) bool {
		return p.judge.decide(d, req) == policy.Allow && p.judge.decide(w, req) == policy.ExplicitDeny
	}
	return p.result(p.search(false).run()), nil
}
