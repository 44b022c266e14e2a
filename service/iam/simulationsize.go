package iam

import "vauban/engine/policy"

// actionsPerPage is how many actions one page decides about. A request in which a single action would take too much is refused: all
// callers share the processor.
func (x *simulation) actionsPerPage() (int, error) {
	statements := 0
	count := func(list ...policy.Named) {
		for _, n := range list {
			statements += len(n.Document.Statements)
		}
	}
	count(x.policies.Identity...)
	for _, l := range x.policies.SCPs {
		count(l.Policies...)
	}
	for _, n := range []*policy.Named{x.policies.Boundary, x.resource} {
		if n != nil {
			count(*n)
		}
	}
	most, err := x.mostRCPs()
	if err != nil {
		return 0, err
	}
	statements += most
	n := max(1, len(x.in.resources))
	if n*statements > maxCompared {
		return 0, invalidInput("The simulation of %d resources with %d statements is too large. Ask for fewer resources, or fewer policies, at once.", n, statements)
	}
	return max(1, min(maxSimulated/n, maxCompared/(n*max(1, statements)))), nil
}

// mostRCPs is how many statements the resource control policies of one resource have at most.
func (x *simulation) mostRCPs() (most int, err error) {
	for _, r := range x.in.resources {
		levels, err := x.rcps(x.accountOf(r))
		if err != nil {
			return 0, err
		}
		statements := 0
		for _, l := range levels {
			for _, n := range l.Policies {
				statements += len(n.Document.Statements)
			}
		}
		most = max(most, statements)
	}
	return most, nil
}
