package policy

import "fmt"

// Layer is a kind of policy that takes part in a decision, in the words of AWS's AccessDenied messages where it has them.
type Layer string

// The layers.
const (
	LayerIdentity Layer = "identity"
	LayerBoundary Layer = "boundary"
	LayerSession  Layer = "session"
	LayerSCP      Layer = "scp"
	LayerRCP      Layer = "rcp"
	LayerResource Layer = "resource"
	LayerEndpoint Layer = "endpoint"
	LayerTrust    Layer = "trust" // the resource policy of a role
	LayerGrant    Layer = "grant" // grants of a KMS key, which count beside its policy
)

// Effect is the outcome of a decision.
type Effect uint8

// The outcomes. The zero value denies.
const (
	ImplicitDeny Effect = iota
	ExplicitDeny
	Allow
)

// Named is a policy with the name under which decisions cite it (ARN of a managed policy, name of an inline one).
type Named struct {
	Name     string
	Document *Document
}

// Level is what is attached at one node of the organisation; every level must allow.
type Level struct {
	Name     string // "r-ab12", "ou-…", or the account ID
	Policies []Named
}

// String names the effect as the policy simulator does: "allowed", "explicitDeny", "implicitDeny".
func (e Effect) String() string {
	switch e {
	case Allow:
		return "allowed"
	case ExplicitDeny:
		return "explicitDeny"
	}
	return "implicitDeny"
}

// MarshalText writes the effect as String does.
func (e Effect) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (e *Effect) UnmarshalText(text []byte) error {
	for _, known := range []Effect{ImplicitDeny, ExplicitDeny, Allow} {
		if string(text) == known.String() {
			*e = known
			return nil
		}
	}
	return fmt.Errorf("policy: unknown effect %q", text)
}

// Policies are all policies that bear on one question. A nil slice or pointer means that the layer does not apply;
// an empty, non-nil slice means that it applies and allows nothing.
type Policies struct {
	Identity  []Named
	Boundary  *Named
	Session   []Named // inline and managed session policies; together one layer: any may allow, any may deny
	SCPs      []Level
	RCPs      []Level
	Resource  *Named
	Grants    []Named // allow beside the resource's policy
	Endpoints []Named
}

// Reason cites one statement, or a layer that should have allowed and did not (Statement -1).
type Reason struct {
	Layer     Layer  `json:"layer"`
	Level     string `json:"level,omitempty"`
	Policy    string `json:"policy,omitempty"`
	Statement int    `json:"statement"` // index in the document, -1 for a missing layer
	Sid       string `json:"sid,omitempty"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
}

// Decision is the answer to one question.
type Decision struct {
	Effect  Effect   `json:"effect"`
	Reasons []Reason `json:"reasons,omitempty"` // Allow: a granting statement of each layer that granted; ExplicitDeny: the denying ones; ImplicitDeny: the missing layers
}

// Verdict is a decision as [Decide] makes it: its reasons are put into words only when somebody asks.
type Verdict struct {
	Effect   Effect
	resource Layer    // by which name the resource's policy takes part
	grants   [4]grant // when allowed: of identity, resource, boundary and session policies
	refusals []Reason
}

// Decision returns the verdict with its reasons: when allowed, a granting statement of each layer that granted.
func (v *Verdict) Decision() Decision {
	d := Decision{v.Effect, v.refusals}
	layers := [...]Layer{LayerIdentity, v.resource, LayerBoundary, LayerSession}
	for i := range v.grants {
		if g := &v.grants[i]; g.allows() {
			d.Reasons = append(d.Reasons, reasonFor(layers[i], "", g.policy, int(g.statement)))
		}
	}
	return d
}
