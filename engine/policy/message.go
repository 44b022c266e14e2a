package policy

import (
	"slices"
	"strings"
)

// DenialMessage is what AWS answers to a request that was denied. Of several policies AWS names the type of one; which, it does not
// say: here it is the first in the order of the documented evaluation. AWS documentation: "Troubleshoot access denied error
// messages"; and for the ARN of the denying policy AWS's announcement of January 2026: within the account or the organization only.
func DenialMessage(req *Request, d Decision) string {
	who := &req.Principal
	if who.federating() {
		return "Not authorized to perform " + req.Action
	}
	var b strings.Builder
	b.WriteString("User: ")
	b.WriteString(who.name())
	b.WriteString(" is not authorized to perform: ")
	b.WriteString(req.Action)
	if req.Resource != "" && req.Resource != "*" {
		b.WriteString(" on resource: ")
		b.WriteString(req.Resource)
	}
	if len(d.Reasons) == 0 {
		return b.String()
	}
	r := &d.Reasons[0]
	switch {
	case d.Effect == ExplicitDeny:
		b.WriteString(" with an explicit deny in ")
		b.WriteString(r.Layer.inMessage())
		if r.Layer.hasARN() && strings.HasPrefix(r.Policy, "arn:") && req.isInside() {
			b.WriteString(": ")
			b.WriteString(r.Policy)
		}
	case r.Layer != LayerTrust: // of a trust policy that does not allow, STS says no more
		kind := r.Layer.inMessage()
		kind = kind[strings.IndexByte(kind, ' ')+1:]
		b.WriteString(" because no ")
		b.WriteString(kind)
		b.WriteString(" allows the ")
		b.WriteString(req.Action)
		b.WriteString(" action")
	}
	return b.String()
}

// name is how AWS names who in messages.
func (who *Principal) name() string {
	switch who.Kind {
	case Anonymous:
		return "anonymous"
	case Service:
		return who.Service
	}
	return who.ARN
}

// inMessage is the type of policy in AWS's words, with its article.
func (l Layer) inMessage() string {
	switch l {
	case LayerIdentity:
		return "an identity-based policy"
	case LayerBoundary:
		return "a permissions boundary"
	case LayerSession:
		return "a session policy"
	case LayerSCP:
		return "a service control policy"
	case LayerRCP:
		return "a resource control policy"
	case LayerEndpoint:
		return "a VPC endpoint policy"
	case LayerTrust:
		return "the role trust policy"
	}
	return "a resource-based policy"
}

// hasARN says that messages name the policy of the layer.
func (l Layer) hasARN() bool {
	switch l {
	case LayerIdentity, LayerBoundary, LayerSession, LayerSCP, LayerRCP:
		return true
	}
	return false
}

// isInside says that who and resource are of the same account or organization.
func (req *Request) isInside() bool {
	if req.sameAccount() {
		return true
	}
	mine, _, ok := req.Context.Get("aws:PrincipalOrgID")
	theirs, _, ok2 := req.Context.Get("aws:ResourceOrgID")
	return ok && ok2 && len(mine) == 1 && len(theirs) == 1 && mine[0] == theirs[0]
}

// Told are the reasons as who asked may know them: of policies of a resource that belongs to another account, outside of the organization, no
// more than their layer.
func (d *Decision) Told(req *Request) []Reason {
	if !req.Principal.inAccount() || req.isInside() {
		return d.Reasons
	}
	out := slices.Clone(d.Reasons)
	for i := range out {
		switch out[i].Layer {
		case LayerRCP, LayerResource, LayerTrust, LayerEndpoint, LayerGrant:
			out[i] = missingLayer(out[i].Layer, "")
		}
	}
	return out
}

// sameAccount: a resource without an owner is the principal's own.
func (req *Request) sameAccount() bool {
	return req.ResourceAccount == "" || req.ResourceAccount == req.Principal.Account
}
