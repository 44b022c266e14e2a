package analysis

import (
	"fmt"

	"vauban/engine/policy"
)

// NoPublicAccess checks that a policy of a resource lets in nobody but those whom it names: principals, or callers that a condition with
// a fixed value pins down (pins.go lists the keys). AWS documentation: "Validate policies with IAM Access Analyzer custom policy
// checks", "Blocking public access to your Amazon S3 storage".
func NoPublicAccess(d *policy.Document, o Options) (Result, error) {
	strangers, err := document(policy.Version2008, append(append(pinsOf(d).statements(), notNamed(d)...), notServices())...)
	if err != nil {
		return Result{}, fmt.Errorf("check public access: %w", err)
	}
	p, err := newProblem(Resource, &o, source{d, grants, denies}, source{strangers, grants, denies})
	if err != nil {
		return Result{}, fmt.Errorf("check public access: %w", err)
	}
	p.confirm = p.allowedBut(d, strangers)
	return p.result(p.search(false).run()), nil
}

// allowedBut says that a policy allows a request and that the other does not deny it.
func (p *problem) allowedBut(d, but *policy.Document) func(*policy.Request) bool {
	return func(req *policy.Request) bool {
		return p.judge.decide(d, req) == policy.Allow && p.judge.decide(but, req) != policy.ExplicitDeny
	}
}
