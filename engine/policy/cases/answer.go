package cases

import (
	"encoding/json"
	"errors"
	"fmt"

	"vauban/engine/policy"
)

// Answer is the decision on one question.
type Answer struct {
	ID        string   `json:"id"`
	Decision  string   `json:"decision,omitempty"` // allow, implicitDeny or explicitDeny; "" when the question cannot be decided
	DecidedBy []Reason `json:"decidedBy,omitzero"`
	Note      string   `json:"note,omitempty"`
	Error     string   `json:"error,omitempty"` // why there is no decision
}

// Reason is a statement that granted or denied, or a layer that was missing: that has neither policy nor statement.
type Reason struct {
	Layer     policy.Layer `json:"layer"`
	Policy    string       `json:"policy,omitempty"`
	Statement *int         `json:"statement,omitempty"` // index in the document
	Sid       string       `json:"sid,omitempty"`
	Level     string       `json:"level,omitempty"`
	Line      int          `json:"line,omitempty"` // in the policy as the question gives it
	Column    int          `json:"column,omitempty"`
}

// Reader answers questions. It keeps the policies that it has parsed, since questions tend to repeat them. The zero value is ready.
type Reader struct {
	parsed map[string]*policy.Document // by their text
	size   int                         // of the texts, in bytes
}

// maxParsed bounds the texts that a Reader keeps, in bytes.
const maxParsed = 8 << 20

// Answer decides one question in JSON. A question that cannot be read has an answer with an error, and ok is false.
func (r *Reader) Answer(text []byte) (a Answer, ok bool) {
	var q Question
	if err := strict(text, &q); err != nil {
		return Answer{ID: identify(text), Error: "the question cannot be read: " + err.Error()}, false
	}
	a.ID = q.ID
	req, err := q.Request.read()
	var layers *policy.Layers
	if err == nil {
		layers, err = r.layers(&q)
	}
	if err != nil {
		a.Error = err.Error()
		return a, false
	}
	if why := policy.Protected(req); why != "" {
		a.Decision, a.DecidedBy, a.Note = decisionName(policy.ImplicitDeny), []Reason{}, why
		return a, true
	}
	v := policy.Decide(req, layers)
	d := v.Decision()
	a.Decision, a.DecidedBy = decisionName(d.Effect), reasons(d.Reasons)
	return a, true
}

func decisionName(e policy.Effect) string {
	if e == policy.Allow {
		return "allow"
	}
	return e.String()
}

func reasons(list []policy.Reason) []Reason {
	out := make([]Reason, len(list))
	for i, r := range list {
		out[i] = Reason{Layer: r.Layer, Policy: r.Policy, Sid: r.Sid, Level: r.Level, Line: r.Line, Column: r.Column}
		if r.Statement >= 0 {
			out[i].Statement = &r.Statement
		}
	}
	return out
}

// identify finds the ID of a question that cannot be read as a whole.
func identify(text []byte) string {
	var q struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(text, &q) // best effort: an answer without an ID still has its line
	return q.ID
}

// layers reads the policies. Layers that the question leaves out do not apply, but for identity policies: a principal without any has
// none that allows.
func (r *Reader) layers(q *Question) (*policy.Layers, error) {
	var p reading
	l := &policy.Layers{
		Identity:  policy.Compile(p.list(r, "identityPolicies", q.IdentityPolicies)),
		Boundary:  policy.Compile(p.list(r, "permissionBoundaries", q.PermissionBoundaries)),
		Session:   policy.Compile(p.one(r, "sessionPolicy", q.SessionPolicy)),
		Resource:  policy.Compile(p.one(r, "resourcePolicy", q.ResourcePolicy)),
		Endpoints: policy.Compile(p.list(r, "endpointPolicies", q.EndpointPolicies)),
		SCPs:      policy.CompileLevels(p.levels(r, "scps", q.SCPs)),
	}
	rcps := p.levels(r, "rcps", q.RCPs)
	for i := range rcps {
		rcps[i].Policies = append(rcps[i].Policies, p.named(r, "RCPFullAWSAccess", []byte(fullAccess)))
	}
	l.RCPs = policy.CompileLevels(rcps)
	return l, p.failed
}

// fullAccess is RCPFullAWSAccess, which is attached everywhere and cannot be detached. AWS documentation: "Resource control policies (RCPs)".
const fullAccess = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`

// reading reads the policies of a question and keeps the first error.
type reading struct{ failed error }

func (p *reading) list(r *Reader, member string, list []Policy) []policy.Named {
	var out []policy.Named
	for i, n := range list {
		name := n.Name
		if name == "" {
			name = fmt.Sprintf("%s[%d]", member, i)
		}
		out = append(out, p.named(r, name, n.Policy))
	}
	return out
}

func (p *reading) one(r *Reader, member string, text json.RawMessage) []policy.Named {
	if len(text) == 0 || string(text) == "null" {
		return nil
	}
	return []policy.Named{p.named(r, member, text)}
}

func (p *reading) levels(r *Reader, member string, list []Level) []policy.Level {
	var out []policy.Level
	for i, l := range list {
		out = append(out, policy.Level{Name: l.Level, Policies: p.list(r, fmt.Sprintf("%s[%d]", member, i), l.Policies)})
	}
	return out
}

// named reads a document: a JSON object, or a string that holds one.
func (p *reading) named(r *Reader, name string, text []byte) policy.Named {
	n := policy.Named{Name: name}
	if n.Document = r.parsed[string(text)]; n.Document != nil {
		return n
	}
	source := text
	var inner string
	if len(text) > 0 && text[0] == '"' && json.Unmarshal(text, &inner) == nil {
		source = []byte(inner)
	}
	doc, err := policy.Parse(source)
	if err != nil {
		p.failed = errors.Join(p.failed, fmt.Errorf("policy %s: %w", name, err))
		return n
	}
	n.Document = doc
	if r.size += len(text); r.parsed == nil || r.size > maxParsed {
		r.parsed, r.size = map[string]*policy.Document{}, len(text)
	}
	r.parsed[string(text)] = doc
	return n
}
