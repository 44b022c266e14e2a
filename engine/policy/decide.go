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
func (e *evaluation) decide(l *Layers) Verdict {
	who := &e.req.Principal
	if e.ungoverned() {
		return Verdict{Effect: Allow}
	}
	var missing []Reason
	if l.SCPs != nil && who.subjectToSCP() {
		missing = e.levels(missing, LayerSCP, l.SCPs, false)
	}
	if l.RCPs != nil && e.subjectToRCP() {
		missing = e.levels(missing, LayerRCP, l.RCPs, true)
	}
	var v verdicts
	v.endpoint = e.scanSet(place{layer: LayerEndpoint, named: true}, l.Endpoints)
	if !e.unlocks() {
		v.resource = e.scanSet(place{layer: e.resourceLayer(), named: true}, l.Resource)
	}
	through := e.resourceLayer()
	if g := e.scanSet(place{layer: LayerGrant, named: true}, l.Grants); g.reach > v.resource.reach {
		v.resource, through = g, LayerGrant // a grant counts like a statement of the resource's policy
	}
	if who.inAccount() {
		v.identity = e.scanSet(place{layer: LayerIdentity}, l.Identity)
		v.boundary = e.scanSet(place{layer: LayerBoundary}, l.Boundary)
		v.session = e.scanSet(place{layer: LayerSession}, l.Session)
	}
	switch {
	case len(e.denials) > 0:
		return Verdict{Effect: ExplicitDeny, refusals: e.denials}
	case e.unneeded():
		return Verdict{Effect: Allow}
	}
	if l.Endpoints != nil && !v.endpoint.allows() {
		missing = append(missing, missingLayer(LayerEndpoint, ""))
	}
	missing = e.combine(missing, l, &v)
	if len(missing) > 0 {
		return Verdict{Effect: ImplicitDeny, refusals: missing}
	}
	return Verdict{Effect: Allow, grants: [...]grant{v.identity, v.resource, v.boundary, v.session}, resource: through}
}

func missingLayer(l Layer, level string) Reason {
	return Reason{Layer: l, Level: level, Statement: -1}
}

// levels asks each level of the organization for at least one Allow.
func (e *evaluation) levels(missing []Reason, layer Layer, levels []CompiledLevel, named bool) []Reason {
	if len(levels) == 0 {
		return append(missing, missingLayer(layer, ""))
	}
	for i := range levels {
		g := e.scanSet(place{layer, levels[i].Name, named}, levels[i].Set)
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

// combine puts the grants together and adds the layers that were missing. Grants that do not count are taken back.
func (e *evaluation) combine(missing []Reason, l *Layers, v *verdicts) []Reason {
	who := &e.req.Principal
	if !who.inAccount() {
		if v.resource.reach != direct {
			return append(missing, missingLayer(e.resourceLayer(), ""))
		}
		return missing
	}
	identity := v.identity.allows() || who.ofRoot()
	same := e.req.sameAccount()
	owned := same && e.req.ResourceKind == Ordinary
	if same && v.resource.reach == direct {
		v.identity.reach, v.boundary.reach, v.session.reach = unreached, unreached, unreached // not asked
		return missing
	}
	switch {
	case owned && !identity && v.resource.reach != viaRole:
		missing = append(missing, missingLayer(LayerIdentity, ""))
		if l.Resource != nil {
			missing = append(missing, missingLayer(e.resourceLayer(), ""))
		}
	case owned:
	case same: // the resource's own policy must grant
		if !v.resource.allows() {
			missing = append(missing, missingLayer(e.resourceLayer(), ""))
		}
		if !identity && v.resource.reach != viaRole {
			missing = append(missing, missingLayer(LayerIdentity, ""))
		}
	default: // across accounts, both sides must grant
		if !identity {
			missing = append(missing, missingLayer(LayerIdentity, ""))
		}
		if !v.resource.allows() {
			missing = append(missing, missingLayer(e.resourceLayer(), ""))
		}
	}
	if l.Boundary != nil && !v.boundary.allows() {
		missing = append(missing, missingLayer(LayerBoundary, ""))
	}
	if (l.Session != nil || who.Kind == FederatedUser) && !v.session.allows() {
		missing = append(missing, missingLayer(LayerSession, ""))
	}
	if owned && v.resource.reach != viaRole {
		v.resource.reach = unreached // the account's own policies decided
	}
	return missing
}

// ungoverned says that no policy has a say about the action. AWS documentation: STS GetCallerIdentity ("If an administrator attaches a
// policy … that explicitly denies access to the sts:GetCallerIdentity action, you can still perform this operation").
func (e *evaluation) ungoverned() bool {
	who := &e.req.Principal
	return (who.inAccount() || who.Kind == Service) && equalFold(e.service, "sts") && equalFold(e.name, "GetCallerIdentity")
}

// unneeded says that no permission is needed for the action, though it can be denied. AWS documentation: "Permissions for GetSessionToken"
// (users and root need none), and "AWS: Allows MFA-authenticated IAM users to manage their own credentials", whose denial has to spare it.
func (e *evaluation) unneeded() bool {
	who := &e.req.Principal
	return (who.Kind == User || who.Kind == Root) && equalFold(e.service, "sts") && equalFold(e.name, "GetSessionToken")
}

// unlocks says that the bucket's own policy has no say: the owner's root can always read, replace and delete it. AWS documentation: S3
// PutBucketPolicy, GetBucketPolicy and DeleteBucketPolicy.
func (e *evaluation) unlocks() bool {
	return e.req.Principal.Kind == Root && e.req.sameAccount() && equalFold(e.service, "s3") &&
		(equalFold(e.name, "GetBucketPolicy") || equalFold(e.name, "PutBucketPolicy") || equalFold(e.name, "DeleteBucketPolicy"))
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
