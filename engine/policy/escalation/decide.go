package escalation

import (
	"slices"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
)

// attempt is a row tried on something. Indexes that do not apply are -1.
type attempt struct {
	row     int
	target  int // whose power is gained
	object  int // group or policy
	version int // of the policy
	via     int // compute
}

// edge is an attempt that the engine allowed, with what could be taken away from the statements that allowed it.
type edge struct {
	attempt
	changes []change
}

// maxChoices bounds the names, regions and values that are tried where the principal may choose.
const maxChoices = 8

// decide asks all that a row needs of x. It is the only place where an edge comes into being.
func (v *view) decide(x node, a attempt) ([]change, bool) {
	if !v.holds(a) {
		return nil, false
	}
	row := &v.rows[a.row]
	regions := []string{""}
	if a.via >= 0 {
		regions = []string{regionOf(v.world.Compute[a.via].ARN)}
	} else if slices.ContainsFunc(row.Needs, func(n Need) bool { return strings.Contains(n.On, "{region}") }) {
		regions = v.regions
	}
	for _, r := range regions {
		mark := 0
		if v.record != nil {
			mark = len(*v.record)
		}
		if changes, ok := v.decideIn(x, a, r); ok {
			return changes, true
		}
		if v.record != nil {
			*v.record = (*v.record)[:mark]
		}
	}
	return nil, false
}

func regionOf(text string) string {
	parts, _ := arn.Split(text)
	return parts[3]
}

func (v *view) decideIn(x node, a attempt, region string) ([]change, bool) {
	row := &v.rows[a.row]
	rest := v.rest(x, a, region)
	if !rest.ok {
		return nil, false
	}
	out := rest.changes
	for i, n := range row.Needs {
		var c []change
		var ok bool
		switch {
		case n.Action == "sts:AssumeRole":
			c, ok = v.assume(x, a.target, i > 0)
		case n.On == "target":
			c, ok = v.askTarget(x, a, n, region)
		case v.record != nil:
			c, ok = v.askNeed(x, a, n, rest.names[i], region)
		default:
			continue
		}
		if !ok {
			return nil, false
		}
		out = append(out[:len(out):len(out)], c...)
	}
	if row.Service != "" {
		c, ok := v.serviceTakes(row.Service, a.target, rest.source)
		if !ok {
			return nil, false
		}
		out = append(out[:len(out):len(out)], c...)
	}
	return unique(out), true
}

func unique(list []change) []change {
	var out []change
	for _, c := range list {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// resource is the ARN that a need's On stands for.
func (v *view) resource(a attempt, on string) string {
	switch on {
	case "target":
		return v.people[a.target].ARN
	case "object":
		switch v.rows[a.row].Object {
		case OnGroup, OnOther:
			return v.groups[a.object].arn
		}
		return v.policies[a.object].name
	case "compute":
		return v.world.Compute[a.via].ARN
	}
	return on
}

// askNeed asks for one permission. Where a policy is attached, one that allows everything is looked for that may be.
func (v *view) askNeed(x node, a attempt, n Need, resource, region string) ([]change, bool) {
	q := &question{action: n.Action, resource: resource, account: v.people[x.who].account, region: region}
	if q.region == "" || strings.HasPrefix(n.Action, "iam:") {
		q.region = "us-east-1" // global services are called there
	}
	v.addKeys(q, a, n)
	if n.On == "compute" {
		if i, ok := v.policyKey[resourceKey(resource)]; ok {
			q.guard = &policy.Named{Name: resourceKey(resource), Document: v.document(i)}
		}
	}
	if !strings.HasPrefix(n.Action, "iam:Attach") {
		return v.ask(x, q)
	}
	keys := len(q.keys)
	for _, p := range append([]string{AdministratorAccess}, v.powerful...) {
		q.keys = append(q.keys[:keys], "iam:PolicyARN", p)
		if c, ok := v.ask(x, q); ok {
			return c, true
		}
	}
	return nil, false
}

// addKeys fills the condition keys of the request. AWS documentation: "Actions, resources, and condition keys for AWS Identity and Access
// Management".
func (v *view) addKeys(q *question, a attempt, n Need) {
	row := &v.rows[a.row]
	switch n.Action {
	case "iam:PassRole":
		q.keys = append(q.keys, "iam:PassedToService", row.PassedTo)
	case "iam:PutUserPermissionsBoundary", "iam:PutRolePermissionsBoundary":
		q.keys = append(q.keys, "iam:PermissionsBoundary", AdministratorAccess)
	case "iam:DetachUserPolicy", "iam:DetachRolePolicy":
		q.keys = append(q.keys, "iam:PolicyARN", v.policies[a.object].name)
	}
	if p := &v.people[a.target]; n.On == "target" || row.Object == OnOther {
		if p.boundary >= 0 && row.Effect != Unbound {
			q.keys = append(q.keys, "iam:PermissionsBoundary", v.policies[p.boundary].name)
		}
		q.keys = appendTags(q.keys, p.Tags, "aws:ResourceTag/", "iam:ResourceTag/")
	}
	if n.On == "compute" {
		service, _, _ := strings.Cut(n.Action, ":")
		q.keys = appendTags(q.keys, v.world.Compute[a.via].Tags, "aws:ResourceTag/", service+":ResourceTag/")
	}
}

func appendTags(keys []string, tags map[string]string, prefixes ...string) []string {
	for k, value := range tags {
		for _, p := range prefixes {
			keys = append(keys, p+k, value)
		}
	}
	return keys
}
