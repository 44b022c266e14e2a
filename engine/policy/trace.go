package policy

// Trace is a decision with every step that led to it.
type Trace struct {
	Decision    Decision     `json:"decision"`
	Layers      []LayerTrace `json:"layers"`
	MissingKeys []string     `json:"missingContextKeys,omitempty"` // asked for by statements on this action and resource, but absent
}

// LayerTrace is one layer, or one level of a layer of the organization.
type LayerTrace struct {
	Layer    Layer         `json:"layer"`
	Level    string        `json:"level,omitempty"`
	Exempt   string        `json:"exempt,omitempty"` // why the layer does not apply to this request, "" when it does
	Allows   bool          `json:"allows"`
	Reach    string        `json:"reach,omitempty"` // of a layer that names principals: how the closest grant names who asks
	Denies   bool          `json:"denies"`
	Policies []PolicyTrace `json:"policies"`
}

// PolicyTrace is one policy.
type PolicyTrace struct {
	Name       string           `json:"name"`
	Statements []StatementTrace `json:"statements"`
}

// StatementTrace is one statement: whether it speaks of the request, and if not, which element failed first.
type StatementTrace struct {
	Index      int              `json:"index"`
	Sid        string           `json:"sid,omitempty"`
	Line       int              `json:"line,omitempty"`
	Column     int              `json:"column,omitempty"`
	Effect     Effect           `json:"effect"` // Allow or ExplicitDeny
	Matches    bool             `json:"matches"`
	Failed     string           `json:"failed,omitempty"` // "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"
	Reach      string           `json:"reach,omitempty"`  // "account", "role" or "direct"
	Conditions []ConditionTrace `json:"conditions,omitempty"`
}

// ConditionTrace is one condition; it is judged even when another element failed.
type ConditionTrace struct {
	Operator string   `json:"operator"`
	Key      string   `json:"key"`
	Wanted   []string `json:"wanted"`           // as written
	Present  bool     `json:"present"`          // the request has the key
	Multi    bool     `json:"multi,omitempty"`  // as a set
	Values   []string `json:"values,omitempty"` // of the request
	Holds    bool     `json:"holds"`
}

// Explain repeats the decision of [Evaluate] and shows all that it looked at. It is for people: much slower than Evaluate.
func Explain(req *Request, p *Policies) Trace {
	t := Trace{Decision: Evaluate(req, p)}
	e := newEvaluation(req, p.Boundary != nil && req.Principal.inAccount())
	var missing keySet
	add := func(layer Layer, level string, list []Named, exempt string) {
		if list != nil {
			t.Layers = append(t.Layers, e.traceLayer(layer, level, list, exempt, &missing))
		}
	}
	exempt := ""
	if e.ungoverned() {
		exempt = "no policy governs this action"
	}
	for _, l := range p.SCPs {
		add(LayerSCP, l.Name, present(l.Policies), first(exempt, unless(req.Principal.subjectToSCP(), "service control policies do not apply to this principal")))
	}
	for _, l := range p.RCPs {
		add(LayerRCP, l.Name, present(l.Policies), first(exempt, unless(e.subjectToRCP(), "resource control policies do not apply to this request")))
	}
	add(LayerEndpoint, "", p.Endpoints, exempt)
	add(e.resourceLayer(), "", single(p.Resource), first(exempt, unless(!e.unlocks(), "the root user of the bucket's owner is not bound by the bucket's policy")))
	add(LayerGrant, "", p.Grants, exempt)
	outside := first(exempt, unless(req.Principal.inAccount(), "the principal belongs to no account"))
	add(LayerIdentity, "", p.Identity, outside)
	add(LayerBoundary, "", single(p.Boundary), outside)
	add(LayerSession, "", p.Session, outside)
	t.MissingKeys = missing.sorted()
	return t
}

func unless(ok bool, text string) string {
	if ok {
		return ""
	}
	return text
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// present makes an empty list of no list.
func present(list []Named) []Named {
	if list == nil {
		return []Named{}
	}
	return list
}

func single(n *Named) []Named {
	if n == nil {
		return nil
	}
	return []Named{*n}
}

func (l Layer) named() bool {
	switch l {
	case LayerRCP, LayerEndpoint, LayerResource, LayerTrust, LayerGrant:
		return true
	}
	return false
}

func (e *evaluation) traceLayer(layer Layer, level string, list []Named, exempt string, missing *keySet) LayerTrace {
	lt := LayerTrace{Layer: layer, Level: level, Exempt: exempt, Policies: make([]PolicyTrace, len(list))}
	e.at = place{layer, level, layer.named()}
	best := unreached
	for i, n := range list {
		pt := &lt.Policies[i]
		pt.Name, pt.Statements = n.Name, []StatementTrace{}
		if n.Document == nil {
			continue
		}
		for j := range n.Document.Statements {
			s := &n.Document.Statements[j]
			st, r := e.traceStatement(s, j, layer, missing)
			pt.Statements = append(pt.Statements, st)
			switch {
			case r == unreached:
			case s.Effect == Allow:
				best = max(best, r)
			default:
				lt.Denies = true
			}
		}
	}
	lt.Allows = best != unreached
	if layer.named() {
		lt.Reach = best.String()
	}
	return lt
}

func (e *evaluation) traceStatement(s *Statement, index int, layer Layer, missing *keySet) (StatementTrace, reach) {
	named := layer.named()
	t := StatementTrace{Index: index, Sid: s.Sid, Line: s.Line, Column: s.Column, Effect: s.Effect}
	fail := func(ok bool, not bool, element string) {
		if !ok && t.Failed == "" {
			if not {
				element = "Not" + element
			}
			t.Failed = element
		}
	}
	fail(s.matchesAction(e), s.NotAction != nil, "Action")
	acts := t.Failed == ""
	fail(s.matchesResource(e, named), s.NotResource != nil, "Resource")
	r := s.matchesPrincipal(e, named)
	fail(r != unreached && s.trusts(e), s.NotPrincipal != nil, "Principal")
	e.denying = s.Effect == ExplicitDeny
	for i := range s.Condition {
		ct := e.traceCondition(&s.Condition[i])
		fail(ct.Holds, false, "Condition")
		t.Conditions = append(t.Conditions, ct)
	}
	if acts && (t.Failed == "" || t.Failed == "Condition" || s.hasVariables()) {
		s.keys(func(key string) {
			if _, ok := e.lookup(hashKey(key), key); !ok {
				missing.add(key)
			}
		})
	}
	if t.Failed != "" {
		return t, unreached
	}
	t.Matches = true
	if named {
		t.Reach = r.String()
	}
	return t, r
}

// hasVariables says that the statement's resources depend on the request.
func (s *Statement) hasVariables() bool {
	for i := range s.resources {
		if s.resources[i].template != nil {
			return true
		}
	}
	return false
}

func (e *evaluation) traceCondition(c *Condition) ConditionTrace {
	t := ConditionTrace{Operator: c.Operator.Name, Key: c.Key, Wanted: make([]string, len(c.Values)), Holds: c.holds(e)}
	for i := range c.Values {
		t.Wanted[i] = c.Values[i].Text
	}
	v, ok := e.lookup(c.hash, c.Key)
	if !ok {
		return t
	}
	t.Present, t.Multi = true, v.multi
	if v.multi {
		t.Values = append(t.Values, v.many...)
	} else {
		t.Values = []string{v.one}
	}
	return t
}

func (r reach) String() string {
	switch r {
	case viaAccount:
		return "account"
	case viaRole:
		return "role"
	case direct:
		return "direct"
	}
	return ""
}
