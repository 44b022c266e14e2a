package escalation

import (
	"encoding/json"
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

// rest is the answer to those needs of a row that do not depend on whose power is gained. It is the same for all targets, so it is asked
// once.
type rest struct {
	ok      bool
	names   []string // the resources, by need
	source  string   // the resource for which a service takes the role
	changes []change
}

type restKey struct {
	by               node
	row, object, via int
	region           string
	target           int // where the object is the target's, -1 else
}

func (v *view) rest(x node, a attempt, region string) *rest {
	k := restKey{x, a.row, a.object, a.via, region, -1}
	if v.rows[a.row].Kind == Grow || v.rows[a.row].Kind == Mint {
		k.target = a.target
	}
	if r := v.rests[k]; r != nil {
		return r
	}
	record := v.record
	v.record = nil // noted later, in the order of the needs
	r := v.askRest(x, a, region)
	v.record = record
	v.rests[k] = r
	return r
}

func (v *view) askRest(x node, a attempt, region string) *rest {
	row := &v.rows[a.row]
	r := &rest{names: make([]string, len(row.Needs))}
	made := map[string]string{}
	for i, n := range row.Needs {
		name := ""
		switch {
		case n.Action == "sts:AssumeRole" || n.On == "target":
			continue
		case strings.Contains(n.On, "{"):
			var there, ok bool
			if name, there = made[n.On]; !there {
				if name, ok = v.choose(x, a, n.On, region); !ok {
					return r
				}
				made[n.On] = name
			}
			r.source = name
		default:
			if name = v.resource(a, n.On); n.On == "compute" {
				r.source = name
			}
		}
		c, ok := v.askNeed(x, a, n, name, region)
		if !ok {
			return r
		}
		r.names[i], r.changes = name, append(r.changes, c...)
	}
	r.ok = true
	return r
}

// answer is what a question was answered with.
type answer struct {
	changes []change
	ok      bool
}

type targetKey struct {
	by     node
	target int
	action string
	to     string // service that a role is passed to
}

// askTarget asks for a permission on the target. That a role may be passed to a service is asked once for all rows.
func (v *view) askTarget(x node, a attempt, n Need, region string) ([]change, bool) {
	if v.record != nil || n.Action != "iam:PassRole" {
		return v.askNeed(x, a, n, v.people[a.target].ARN, region)
	}
	k := targetKey{x, a.target, n.Action, v.rows[a.row].PassedTo}
	if r, ok := v.passed[k]; ok {
		return r.changes, r.ok
	}
	c, ok := v.askNeed(x, a, n, v.people[a.target].ARN, region)
	v.passed[k] = answer{c, ok}
	return c, ok
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

// assume asks whether x may assume the role: by its trust policy, or by one that was just changed to name x. AWS documentation: "Policy
// evaluation logic"; the external ID and the session's name are the caller's to choose.
func (v *view) assume(x node, target int, rewritten bool) ([]change, bool) {
	p := &v.people[target]
	q := &question{action: "sts:AssumeRole", resource: p.ARN, account: p.account, region: "us-east-1", trust: true}
	q.keys = appendTags(q.keys, p.Tags, "aws:ResourceTag/", "iam:ResourceTag/")
	if rewritten {
		q.guard = v.trustIn(x)
	} else if q.guard = v.trustOf(target); q.guard == nil {
		return nil, false
	}
	keys := len(q.keys)
	for _, session := range choices(q.guard.Document, "sts:RoleSessionName", freeName) {
		for _, external := range choices(q.guard.Document, "sts:ExternalId", "") {
			q.keys = append(q.keys[:keys], "sts:RoleSessionName", session)
			if external != "" {
				q.keys = append(q.keys, "sts:ExternalId", external)
			}
			if c, ok := v.ask(x, q); ok {
				return c, true
			}
		}
	}
	return nil, false
}

func (v *view) trustOf(role int) *policy.Named {
	t := v.people[role].trust
	if t < 0 {
		return nil
	}
	if n := v.trust[role]; n != nil {
		return n
	}
	n := &policy.Named{Name: v.key(t), Document: v.document(t)}
	v.trust[role] = n
	return n
}

// trustIn is a trust policy that names x.
func (v *view) trustIn(x node) *policy.Named {
	who := v.principal(x)
	name, _ := json.Marshal(who.ARN)
	d, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":` + string(name) + `},"Action":"sts:AssumeRole"}]}`))
	if err != nil {
		d = &policy.Document{} // an ARN that cannot be named: nothing is granted
	}
	return &policy.Named{Name: " changed trust policy", Document: d}
}

// serviceTakes asks whether the service may assume the role, for source where the trust policy wants to know.
func (v *view) serviceTakes(service string, target int, source string) ([]change, bool) {
	k := takeKey{service, target, source}
	if r, ok := v.taken[k]; ok && v.record == nil {
		return r.changes, r.ok
	}
	p := &v.people[target]
	guard := v.trustOf(target)
	if guard == nil {
		return nil, false
	}
	q := &question{service: service, action: "sts:AssumeRole", resource: p.ARN, account: p.account, region: "us-east-1", trust: true, guard: guard,
		keys: []string{"aws:SourceAccount", p.account}}
	if strings.HasPrefix(source, "arn:") {
		q.keys = append(q.keys, "aws:SourceArn", source)
	}
	c, ok := v.ask(node{who: target}, q)
	v.taken[k] = answer{c, ok}
	return c, ok
}

type takeKey struct {
	service string
	target  int
	source  string
}
