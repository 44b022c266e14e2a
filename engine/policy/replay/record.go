package replay

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"vauban/engine/policy"
)

// Call is a recorded call. Its lists of policies are kept as they are written, because many calls have the same.
type Call struct {
	Time      time.Time
	Principal policy.Principal
	Questions []Question

	context                           policy.Context
	identity, session, boundary, scps string // JSON; "" when the layer did not apply
	sessionText                       string
}

// Question is one of its questions with the answer.
type Question struct {
	Action, Resource, ResourceAccount string
	Kind                              policy.ResourceKind
	Decision                          policy.Effect

	decidedBy           string // JSON
	context             []pair
	multi               []string
	ownerOrg, ownerPath string
	resource, grants    string // JSON; "" when the layer did not apply
	rcps                string // JSON; "" when the layer did not apply
}

// pair is a condition key with its values.
type pair struct {
	key    string
	values []string
}

// DecidedBy are the reasons of the recorded answer.
func (q *Question) DecidedBy() []policy.Reason {
	var out []policy.Reason
	if json.Unmarshal([]byte(q.decidedBy), &out) != nil {
		return nil
	}
	return out
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

// Decode reads the evidence of a call at that time: what the gateway's evidence.go writes.
func Decode(evidence []byte, at time.Time) (*Call, error) {
	c := &Call{Time: at}
	x := scanner{s: string(evidence)}
	complete := false
	x.object(func(name string) {
		switch name {
		case "principal":
			c.readPrincipal(&x)
		case "scps":
			c.scps = x.raw()
		case "context":
			complete = true
			x.object(func(key string) {
				if x.next() == '[' {
					c.context.SetMulti(key, x.texts())
				} else {
					c.context.Set(key, x.text())
				}
			})
		case "questions":
			x.array(func() {
				c.Questions = append(c.Questions, Question{})
				c.Questions[len(c.Questions)-1].read(&x)
			})
		default:
			x.raw()
		}
	})
	if x.bad {
		return nil, errJSON
	}
	if !complete {
		return nil, ErrIncomplete
	}
	return c, nil
}

func (c *Call) readPrincipal(x *scanner) {
	p := &c.Principal
	x.object(func(name string) {
		switch name {
		case "kind":
			k, ok := policy.KindNamed(x.text())
			p.Kind, x.bad = k, x.bad || !ok
		case "arn":
			p.ARN = x.text()
		case "account":
			p.Account = x.text()
		case "uid":
			p.ID = x.text()
		case "role":
			p.Role = x.text()
		case "service":
			p.Service = x.text()
		case "provider":
			p.Provider = x.text()
		case "serviceLinked":
			p.ServiceLinked = x.raw() == "true"
		case "policies":
			c.identity = x.raw()
		case "boundary":
			c.boundary = x.raw()
		case "session":
			c.session = x.raw()
		case "sessionPolicy":
			c.sessionText = x.text()
		default:
			x.raw()
		}
	})
}

func (q *Question) read(x *scanner) {
	x.object(func(name string) {
		switch name {
		case "action":
			q.Action = x.text()
		case "resource":
			q.Resource = x.text()
		case "resourceAccount":
			q.ResourceAccount = x.text()
		case "kind":
			k, ok := policy.ResourceKindNamed(x.text())
			q.Kind, x.bad = k, x.bad || !ok
		case "context":
			x.object(func(key string) { q.context = append(q.context, pair{key, x.texts()}) })
		case "multi":
			q.multi = x.texts()
		case "ownerOrg":
			q.ownerOrg = x.text()
		case "ownerPath":
			q.ownerPath = x.text()
		case "resourcePolicy":
			q.resource = x.raw()
		case "grants":
			q.grants = x.raw()
		case "rcps":
			q.rcps = x.raw()
		case "decision":
			if q.Decision.UnmarshalText([]byte(x.text())) != nil {
				x.bad = true
			}
		case "decidedBy":
			q.decidedBy = x.raw()
		default:
			x.raw()
		}
	})
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
	for _, k := range q.context {
		if q.isMulti(k.key) {
			x.SetMulti(k.key, k.values)
		} else if len(k.values) == 1 {
			x.SetSpelled(k.key, k.values[0])
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
