package escalation

import (
	"strings"

	"vauban/engine/policy"
)

// Question is one question that the engine was asked and answered with yes.
type Question struct {
	Principal string            `json:"principal"`
	Action    string            `json:"action"`
	Resource  string            `json:"resource"`
	Context   map[string]string `json:"context,omitempty"` // keys of this question, beside those of the principal
	Allowed   []Statement       `json:"allowedBy"`
}

// Statement is a statement that granted.
type Statement struct {
	Layer  policy.Layer `json:"layer"`
	Policy string       `json:"policy"`           // ARN of a managed policy, or the name of an inline one
	Holder string       `json:"holder,omitempty"` // whose inline or trust policy it is; of a managed policy, who holds it
	Index  int          `json:"statement"`
	Sid    string       `json:"sid,omitempty"`
	Line   int          `json:"line,omitempty"`
	Column int          `json:"column,omitempty"`
}

// question is what is asked of the engine. An empty service means that the node asks.
type question struct {
	service  string
	action   string
	resource string
	account  string // that owns the resource
	region   string
	keys     []string // pairs: key, value
	trust    bool     // the resource policy is a role's
	guard    *policy.Named
	compiled *policy.Set // guard, where it is asked often
}

// ask puts a question to the engine. It returns what could be taken away from the statements that granted.
func (v *view) ask(n node, q *question) ([]change, bool) {
	if v.asked >= v.allowed {
		v.exhausted = true
		return nil, false
	}
	v.asked++
	req, s := v.request(n, q)
	l := s.layers
	switch {
	case q.compiled != nil:
		l.Resource = q.compiled
	case q.guard != nil:
		l.Resource = policy.Compile([]policy.Named{*q.guard})
	}
	l.RCPs = v.rcps[q.account]
	verdict := policy.Decide(req, &l)
	if verdict.Effect != policy.Allow {
		return nil, false
	}
	var out []change
	var cited []Statement
	for _, r := range verdict.Decision().Reasons {
		c, st, ok := v.cite(n, &r, s)
		if ok {
			out = append(out, c)
		}
		cited = append(cited, st)
	}
	if v.record != nil {
		v.note(n, q, cited)
	}
	return out, true
}

func (v *view) request(n node, q *question) (*policy.Request, *standing) {
	req := &policy.Request{Action: q.action, Resource: q.resource, ResourceAccount: q.account, Now: v.world.Now}
	s := &standing{}
	if q.trust {
		req.ResourceKind = policy.RoleTrust
	}
	if q.service != "" {
		req.Principal = policy.Principal{Kind: policy.Service, Service: q.service}
		req.Context.Set("aws:PrincipalIsAWSService", "true")
		req.Context.Set("aws:PrincipalServiceName", q.service)
		req.Context.Set("aws:SecureTransport", "true")
	} else {
		s = v.standing(n)
		req.Principal, req.Context = v.principal(n), v.context(n).Clone()
	}
	if q.account != "" {
		req.Context.Set("aws:ResourceAccount", q.account)
		if a := v.accounts[q.account]; a != nil && a.Organization != "" {
			req.Context.Set("aws:ResourceOrgID", a.Organization)
		}
	}
	if q.region != "" {
		req.Context.Set("aws:RequestedRegion", q.region)
	}
	for i := 0; i+1 < len(q.keys); i += 2 {
		req.Context.Set(q.keys[i], q.keys[i+1])
	}
	return req, s
}

// cite finds the policy that a reason speaks of, and what to take away so that it no longer grants. What was added by a step of the path,
// and the ceilings (a boundary is not there to be narrowed for one path), are cited but not to be taken away.
func (v *view) cite(n node, r *policy.Reason, s *standing) (change, Statement, bool) {
	st := Statement{Layer: r.Layer, Policy: strings.TrimSpace(r.Policy), Index: r.Statement, Sid: r.Sid, Line: r.Line, Column: r.Column}
	i, ok := v.policyKey[r.Policy]
	if !ok {
		return change{}, st, false
	}
	p := &v.policies[i]
	st.Policy, st.Holder = p.name, p.holder
	switch r.Layer {
	case policy.LayerIdentity:
		holder := v.holderOf(s, i)
		if st.Holder = holder; p.aws {
			return change{i, -1, holder}, st, true
		}
	case policy.LayerTrust, policy.LayerResource:
	default:
		st.Holder = v.people[n.who].ARN
		return change{}, st, false
	}
	return change{policy: i, statement: r.Statement}, st, true
}

func (v *view) holderOf(s *standing, p int) string {
	for _, h := range s.identity {
		if h.policy == p {
			return h.holder
		}
	}
	return ""
}

func (v *view) note(n node, q *question, cited []Statement) {
	out := Question{Principal: q.service, Action: q.action, Resource: q.resource, Allowed: cited}
	if out.Principal == "" {
		out.Principal = v.people[n.who].ARN
	}
	for i := 0; i+1 < len(q.keys); i += 2 {
		if shown(q.keys[i], q.keys[i+1]) {
			if out.Context == nil {
				out.Context = map[string]string{}
			}
			out.Context[q.keys[i]] = q.keys[i+1]
		}
	}
	if n.mfa && q.service == "" && v.speaks(n, "aws:MultiFactorAuthPresent") {
		if out.Context == nil {
			out.Context = map[string]string{}
		}
		out.Context["aws:MultiFactorAuthPresent"] = "true"
	}
	*v.record = append(*v.record, out)
}

// shown leaves out the tags of resources, which who reads the question can look up, and a session name that nobody asks for.
func shown(key, value string) bool {
	return !strings.Contains(strings.ToLower(key), "resourcetag/") && (key != "sts:RoleSessionName" || value != freeName)
}

// speaks says that a policy of the node's asks for the key.
func (v *view) speaks(n node, key string) bool {
	for _, p := range v.standing(n).policies.Identity {
		for _, k := range policy.ContextKeys(p.Document) {
			if strings.EqualFold(k, key) {
				return true
			}
		}
	}
	return false
}
