package analysis

import (
	"fmt"
	"slices"

	"vauban/engine/policy"
)

// Granted returns the actions that policies of one principal, taken together, allow on some resource in some circumstances, in order. What
// cannot be told is in the doubts, and not among the actions.
func Granted(docs []*policy.Document, o Options) (actions []string, doubts []Doubt, err error) {
	sources := make([]source, len(docs))
	all := make([]policy.Named, len(docs))
	for i, d := range docs {
		sources[i] = source{d, grants, denies}
		all[i] = policy.Named{Document: d}
	}
	p, err := newProblem(Identity, &o, sources...)
	if err != nil {
		return nil, nil, fmt.Errorf("list granted actions: %w", err)
	}
	p.confirm = func(req *policy.Request) bool {
		q := *req
		q.ResourceAccount = q.Principal.Account
		return policy.Evaluate(&q, &policy.Policies{Identity: all}).Effect == policy.Allow
	}
	seen := map[string]bool{}
	for _, x := range p.search(true).run() {
		if x.maybe != "" {
			doubts = append(doubts, Doubt{p.list[x.rule].index, p.list[x.rule].sid, x.maybe})
		}
		for _, a := range x.actions {
			if !seen[a] {
				seen[a] = true
				actions = append(actions, a)
			}
		}
	}
	slices.Sort(actions)
	return actions, doubts, nil
}

// Unused returns the granted actions that were not seen, in order.
func Unused(granted []string, seen func(action string) bool) []string {
	var out []string
	for _, a := range granted {
		if !seen(a) {
			out = append(out, a)
		}
	}
	return out
}
