package analysis

import "vauban/engine/policy"

// elsewhere owns the resources in questions about resource policies, and nobody who asks: across accounts, both the policy and the
// caller's own account must allow, so that with a caller who may do everything the policy decides alone.
const elsewhere = "000000000000"

// judge asks the concrete engine about policies of a kind.
type judge struct {
	kind       Kind
	everything *policy.Document // the identity policy of a caller who may do everything
}

func newJudge(k Kind) (judge, error) {
	d, err := document(policy.Version2012, statement{Effect: "Allow", Action: "*", Resource: "*"})
	return judge{k, d}, err
}

// decide says what a policy answers to a request.
func (j judge) decide(d *policy.Document, req *policy.Request) policy.Effect {
	p := policy.Policies{Identity: []policy.Named{{Name: "judged", Document: d}}}
	q := *req
	if j.kind == Resource {
		p = policy.Policies{Identity: []policy.Named{{Name: "everything", Document: j.everything}}, Resource: &policy.Named{Name: "judged", Document: d}}
		q.ResourceAccount = elsewhere
	} else {
		q.ResourceAccount = req.Principal.Account
	}
	return policy.Evaluate(&q, &p).Effect
}
