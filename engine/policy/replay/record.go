package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"vauban/engine/policy"
)

// Call is a recorded call.
type Call struct {
	Time      time.Time
	Principal policy.Principal
	Questions []Question

	context           policy.Context
	identity, session []Cite // nil when the layer did not apply
	boundary          Cite   // "" for none
	sessionText       string
	scps              []Level
}

// Question is one of its questions with the answer.
type Question struct {
	Action, Resource, ResourceAccount string
	Kind                              policy.ResourceKind
	Decision                          policy.Effect
	DecidedBy                         []policy.Reason

	context   map[string][]string
	multi     []string
	ownerOrg  string
	ownerPath string
	resource  Cite // "" for none
	rcps      []Level
}

// Cite names a policy as it was at the time: "name@version#digest".
type Cite string

// Name is the policy's name, without version and digest.
func (c Cite) Name() string {
	name := string(c)
	if i := strings.LastIndexByte(name, '#'); i >= 0 {
		name = name[:i]
	}
	if i := strings.LastIndexByte(name, '@'); i >= 0 && strings.HasPrefix(name, "arn:") {
		name = name[:i]
	}
	return name
}

// Version is that of a managed policy, else "".
func (c Cite) Version() string {
	name := strings.TrimPrefix(strings.TrimSuffix(string(c), "#"+c.Digest()), c.Name())
	return strings.TrimPrefix(name, "@")
}

// Digest is that of the text.
func (c Cite) Digest() string { return string(c[strings.LastIndexByte(string(c), '#')+1:]) }

// Level is a node of the organization with what was attached to it.
type Level struct {
	Level    string `json:"level"`
	Policies []Cite `json:"policies"`
}

// ErrIncomplete says that a record was written before records kept all that a replay needs.
var ErrIncomplete = errors.New("replay: the record lacks the context of its questions")

// record is what the gateway writes.
type record struct {
	Principal struct {
		Kind, ARN, Account, UID, Role, Service, Provider string
		ServiceLinked                                    bool
		Policies, Session                                []Cite
		Boundary                                         Cite
		SessionPolicy                                    string
	} `json:"principal"`
	SCPs      []Level          `json:"scps"`
	Context   map[string]value `json:"context"`
	Questions []struct {
		Action, Resource, ResourceAccount, Kind string
		Context                                 map[string][]string
		Multi                                   []string
		OwnerOrg, OwnerPath                     string
		ResourcePolicy                          Cite
		RCPs                                    []Level
		Decision                                policy.Effect
		DecidedBy                               []policy.Reason
	} `json:"questions"`
}

// value is a text, or a list of texts: a set.
type value struct {
	one   string
	many  []string
	multi bool
}

// UnmarshalJSON implements [json.Unmarshaler].
func (v *value) UnmarshalJSON(text []byte) error {
	if v.multi = len(text) > 0 && text[0] == '['; v.multi {
		return json.Unmarshal(text, &v.many)
	}
	return json.Unmarshal(text, &v.one)
}

// Decode reads the evidence of a call at that time.
func Decode(evidence []byte, at time.Time) (*Call, error) {
	var r record
	if err := json.Unmarshal(evidence, &r); err != nil {
		return nil, fmt.Errorf("replay: read a record: %w", err)
	}
	if r.Principal.Kind == "" || r.Context == nil {
		return nil, ErrIncomplete
	}
	p := &r.Principal
	c := &Call{Time: at, identity: p.Policies, session: p.Session, boundary: p.Boundary, sessionText: p.SessionPolicy, scps: r.SCPs}
	kind, ok := policy.KindNamed(p.Kind)
	if !ok {
		return nil, fmt.Errorf("replay: unknown kind of principal %q", p.Kind)
	}
	c.Principal = policy.Principal{Kind: kind, Account: p.Account, ARN: p.ARN, ID: p.UID, Role: p.Role, Service: p.Service, Provider: p.Provider,
		ServiceLinked: p.ServiceLinked}
	for k, v := range r.Context {
		if v.multi {
			c.context.SetMulti(k, v.many)
		} else {
			c.context.Set(k, v.one)
		}
	}
	c.Questions = make([]Question, len(r.Questions))
	for i := range r.Questions {
		q := &r.Questions[i]
		kind := policy.Ordinary
		if q.Kind != "" {
			if kind, ok = policy.ResourceKindNamed(q.Kind); !ok {
				return nil, fmt.Errorf("replay: unknown kind of resource %q", q.Kind)
			}
		}
		c.Questions[i] = Question{Action: q.Action, Resource: q.Resource, ResourceAccount: q.ResourceAccount, Kind: kind, Decision: q.Decision,
			DecidedBy: q.DecidedBy, context: q.Context, multi: q.Multi, ownerOrg: q.OwnerOrg, ownerPath: q.OwnerPath, resource: q.ResourcePolicy, rcps: q.RCPs}
	}
	return c, nil
}

// request is the question as it was asked. The clock is the call's.
func (c *Call) request(q *Question) *policy.Request {
	x := c.context.Clone()
	if q.ResourceAccount != "" {
		x.Set("aws:ResourceAccount", q.ResourceAccount)
	}
	if q.ownerOrg != "" {
		x.Set("aws:ResourceOrgID", q.ownerOrg)
		x.SetMulti("aws:ResourceOrgPaths", []string{q.ownerPath})
	}
	for k, v := range q.context {
		if q.isMulti(k) {
			x.SetMulti(k, v)
		} else if len(v) == 1 {
			x.Set(k, v[0])
		}
	}
	return &policy.Request{Principal: c.Principal, Action: q.Action, Resource: q.Resource, ResourceAccount: q.ResourceAccount, ResourceKind: q.Kind,
		Context: x, Now: c.Time}
}

func (q *Question) isMulti(key string) bool {
	if strings.EqualFold(key, "aws:TagKeys") {
		return true
	}
	for _, m := range q.multi {
		if strings.EqualFold(m, key) {
			return true
		}
	}
	return false
}
