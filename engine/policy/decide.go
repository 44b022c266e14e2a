package policy

// verdicts are the grants of all layers but the organization's.
type verdicts struct {
	endpoint grant
	resource grant
	identity grant
	boundary grant
	session  grant
}

// decide follows the order of "Policy evaluation logic": denials, then the organization's ceilings, then grants.
func (e *evaluation) decide(p *Policies) Decision {
	who := &e.req.Principal
	if e.ungoverned() {
		return Decision{Effect: Allow}
	}
	var missing []Reason
	if p.SCPs != nil && who.subjectToSCP() {
		missing = e.levels(missing, LayerSCP, p.SCPs, false)
	}
	if p.RCPs != nil && e.subjectToRCP() {
		missing = e.levels(missing, LayerRCP, p.RCPs, true)
	}
	var v verdicts
	v.endpoint = e.scanAll(LayerEndpoint, "", p.Endpoints, true)
	v.resource.layer = e.resourceLayer()
	if p.Resource != nil {
		e.scan(&v.resource, p.Resource, true)
	}
	if who.inAccount() {
		v.identity = e.scanAll(LayerIdentity, "", p.Identity, false)
		v.boundary.layer = LayerBoundary
		if p.Boundary != nil {
			e.scan(&v.boundary, p.Boundary, false)
		}
		v.session = e.scanAll(LayerSession, "", p.Session, false)
	}
	if len(e.denials) > 0 {
		return Decision{ExplicitDeny, e.denials}
	}
	if p.Endpoints != nil && !v.endpoint.allows() {
		missing = append(missing, missingLayer(LayerEndpoint, ""))
	}
	granted, lacking := e.combine(p, &v)
	missing = append(missing, lacking...)
	if len(missing) > 0 {
		return Decision{ImplicitDeny, missing}
	}
	return Decision{Allow, granted}
}

func missingLayer(l Layer, level string) Reason {
	return Reason{Layer: l, Level: level, Statement: -1}
}

// levels asks each level of the organization for at least one Allow.
func (e *evaluation) levels(missing []Reason, layer Layer, levels []Level, named bool) []Reason {
	if levels != nil && len(levels) == 0 {
		return append(missing, missingLayer(layer, ""))
	}
	for i := range levels {
		g := e.scanAll(layer, levels[i].Name, levels[i].Policies, named)
		if !g.allows() {
			missing = append(missing, missingLayer(layer, levels[i].Name))
		}
	}
	return missing
}

func (e *evaluation) resourceLayer() Layer {
	if e.req.ResourceKind == RoleTrust {
		return LayerTrust
	}
	return LayerResource
}

// combine puts the grants together. It returns either the granting statements or the layers that were missing.
func (e *evaluation) combine(p *Policies, v *verdicts) (granted, missing []Reason) {
	who := &e.req.Principal
	if !who.inAccount() {
		if v.resource.reach == direct {
			return []Reason{v.resource.reason()}, nil
		}
		return nil, []Reason{missingLayer(v.resource.layer, "")}
	}
	identity := v.identity.allows() || who.ofRoot()
	same := e.req.sameAccount()
	owned := same && e.req.ResourceKind == Ordinary
	if same && v.resource.reach == direct {
		return []Reason{v.resource.reason()}, nil
	}
	switch {
	case owned && !identity && v.resource.reach != viaRole:
		missing = append(missing, missingLayer(LayerIdentity, ""))
		if p.Resource != nil {
			missing = append(missing, missingLayer(v.resource.layer, ""))
		}
	case owned:
	case same: // the resource's own policy must grant
		if !v.resource.allows() {
			missing = append(missing, missingLayer(v.resource.layer, ""))
		}
		if !identity && v.resource.reach != viaRole {
			missing = append(missing, missingLayer(LayerIdentity, ""))
		}
	default: // across accounts, both sides must grant
		if !identity {
			missing = append(missing, missingLayer(LayerIdentity, ""))
		}
		if !v.resource.allows() {
			missing = append(missing, missingLayer(v.resource.layer, ""))
		}
	}
	if p.Boundary != nil && !v.boundary.allows() {
		missing = append(missing, missingLayer(LayerBoundary, ""))
	}
	if (p.Session != nil || who.Kind == FederatedUser) && !v.session.allows() {
		missing = append(missing, missingLayer(LayerSession, ""))
	}
	if len(missing) > 0 {
		return nil, missing
	}
	if owned && v.resource.reach != viaRole {
		v.resource.reach = unreached // the account's own policies decided
	}
	return v.granted(), nil
}

// granted cites the statement of each layer that granted.
func (v *verdicts) granted() []Reason {
	grants := [...]*grant{&v.identity, &v.resource, &v.boundary, &v.session}
	n := 0
	for _, g := range grants {
		if g.allows() {
			n++
		}
	}
	out := make([]Reason, 0, n)
	for _, g := range grants {
		if g.allows() {
			out = append(out, g.reason())
		}
	}
	return out
}

// ungoverned says that no policy has a say about the action. AWS documentation: STS GetCallerIdentity ("If an administrator attaches a
// policy … that explicitly denies access to the sts:GetCallerIdentity action, you can still perform this operation"), and
// "Permissions for GetSessionToken" (for users and root: "You cannot use policies to control authentication operations").
func (e *evaluation) ungoverned() bool {
	who := &e.req.Principal
	if !equalFold(e.service, "sts") {
		return false
	}
	return who.inAccount() && equalFold(e.name, "GetCallerIdentity") ||
		(who.Kind == User || who.Kind == Root) && equalFold(e.name, "GetSessionToken")
}

// inAccount says that who belongs to an account, which can attach policies to it.
func (who *Principal) inAccount() bool {
	switch who.Kind {
	case Root, User, RoleSession, FederatedUser:
		return true
	}
	return false
}

// subjectToSCP: the callers outside accounts and service-linked roles are not. That the management account is not either is for the
// caller to know, who then gives no levels. AWS documentation: "Service control policies (SCPs)".
func (who *Principal) subjectToSCP() bool { return who.inAccount() && !who.ServiceLinked }

// subjectToRCP: AWS documentation: "Resource control policies (RCPs)", resources and entities not restricted by RCPs.
func (e *evaluation) subjectToRCP() bool {
	return !e.req.Principal.ServiceLinked && HasRCPs(e.service) && !equalFold(e.req.Action, "kms:RetireGrant")
}
