package analysis

import (
	"fmt"
	"strings"

	"vauban/engine/policy"
)

// Verdict is the answer to a check.
type Verdict uint8

// The verdicts. The zero value tells nothing.
const (
	CannotTell Verdict = iota
	Pass
	Fail
)

// String names the verdict.
func (v Verdict) String() string { return [...]string{"cannot tell", "pass", "fail"}[min(v, Fail)] }

// Result is the answer to a check with its reasons: with Fail at least one finding, with CannotTell at least one doubt. A failed check may
// have doubts as well, about other statements.
type Result struct {
	Verdict  Verdict
	Findings []Finding
	Doubts   []Doubt
}

// Finding is a statement because of which a check fails, with a request that shows it.
type Finding struct {
	Statement int // index in the policy that was judged
	Sid       string
	Witness   Witness
}

// Doubt is a statement of which it cannot be told whether it makes the check fail.
type Doubt struct {
	Statement int
	Sid       string
	Reason    string
}

// Witness is a request. The concrete engine has confirmed that it shows what the finding says.
type Witness struct {
	Principal policy.Principal
	Action    string
	Resource  string // an ARN, or "*" for an action without resource types
	Context   policy.Context
}

func (w *Witness) request() *policy.Request {
	return &policy.Request{Principal: w.Principal, Action: w.Action, Resource: w.Resource, Context: w.Context.Clone()}
}

// String tells the request in one line.
func (w *Witness) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s may %s on %s", w.name(), w.Action, w.Resource)
	sep := " with "
	for _, k := range w.Context.Keys() {
		if strings.EqualFold(k, "aws:PrincipalArn") || ofCaller(strings.ToLower(k)) {
			continue
		}
		values, multi, _ := w.Context.Get(k)
		if b.WriteString(sep); multi {
			fmt.Fprintf(&b, "%s %q", k, values)
		} else {
			fmt.Fprintf(&b, "%s %s", k, strings.Join(values, ""))
		}
		sep = ", "
	}
	return b.String()
}

func (w *Witness) name() string {
	switch p := &w.Principal; {
	case p.Kind == policy.Anonymous:
		return "anybody"
	case p.Service != "":
		return p.Service
	case p.Provider != "":
		return "somebody from " + p.Provider
	default:
		return p.ARN
	}
}

// result sums outcomes up.
func (p *problem) result(list []outcome) Result {
	var r Result
	for _, o := range list {
		n := &p.list[o.rule]
		switch {
		case o.witness != nil:
			r.Findings = append(r.Findings, Finding{n.index, n.sid, *o.witness})
		case o.maybe != "":
			r.Doubts = append(r.Doubts, Doubt{n.index, n.sid, o.maybe})
		}
	}
	switch {
	case len(r.Findings) > 0:
		r.Verdict = Fail
	case len(r.Doubts) > 0 || len(p.doubts) > 0:
		if len(r.Doubts) == 0 {
			r.Doubts = append(r.Doubts, Doubt{-1, "", strings.Join(p.doubts, "; ")})
		}
	default:
		r.Verdict = Pass
	}
	return r
}
