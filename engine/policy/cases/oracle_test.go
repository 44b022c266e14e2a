package cases_test

import (
	"encoding/json"
	"sort"
	"strconv"
	"strings"
)

// The oracle is a second interpreter of the policy language, written from AWS's documentation and not from the engine: maps, slices and
// recursion, as slow and as plain as can be. TestEngineAgreesWithOracle holds the engine to it.

type object = map[string]any

type oracle struct {
	question object
	action   string
	resource string
	account  string              // the resource's
	who      oraclePrincipal     //
	context  map[string][]string // by lower-case key
	multi    map[string]bool     // keys given as lists
}

// found is a statement that denies, or a layer that is missing.
type found struct{ layer, level, policy, statement string }

func (f found) String() string {
	out := f.layer
	if f.level != "" {
		out += "@" + f.level
	}
	if f.policy != "" {
		out += "=" + f.policy + "#" + f.statement
	}
	return out
}

// ask answers a question: the decision, and every denying statement or every missing layer, sorted.
func ask(text []byte) (decision string, reasons []string) {
	var q object
	if err := json.Unmarshal(text, &q); err != nil {
		panic(err)
	}
	o := newOracle(q)
	decision, list := o.decide()
	reasons = []string{}
	for _, f := range list {
		reasons = append(reasons, f.String())
	}
	sort.Strings(reasons)
	return decision, reasons
}

// decide. AWS documentation: "Policy evaluation logic", "How AWS enforcement code logic evaluates requests to allow or deny access".
func (o *oracle) decide() (string, []found) {
	if strings.EqualFold(o.action, "sts:GetCallerIdentity") && o.who.kind != "anonymous" {
		return "allow", nil
	}
	if denies := o.denies(); len(denies) > 0 {
		return "explicitDeny", denies
	}
	missing := o.ceilings()
	missing = append(missing, o.grants()...)
	if len(missing) > 0 {
		return "implicitDeny", missing
	}
	return "allow", nil
}

func (o *oracle) denies() (out []found) {
	add := func(layer, level string, policies []any) {
		for _, hit := range o.statements("Deny", policies) {
			out = append(out, found{layer, level, hit.policy, hit.statement})
		}
	}
	if o.scpsApply() {
		for _, l := range list(o.question["scps"]) {
			add("scp", text(l.(object)["level"]), list(l.(object)["policies"]))
		}
	}
	if o.rcpsApply() {
		for _, l := range list(o.question["rcps"]) {
			add("rcp", text(l.(object)["level"]), list(l.(object)["policies"]))
		}
	}
	add("endpoint", "", list(o.question["endpointPolicies"]))
	if !o.ownerUnlocks() {
		add(o.resourceLayer(), "", o.resourcePolicies())
	}
	if o.hasIdentity() {
		add("identity", "", list(o.question["identityPolicies"]))
		add("boundary", "", list(o.question["permissionBoundaries"]))
		add("session", "", o.sessionPolicies())
	}
	return out
}

// ceilings are the layers that only limit.
func (o *oracle) ceilings() (missing []found) {
	if o.scpsApply() {
		for _, l := range list(o.question["scps"]) {
			if len(o.statements("Allow", list(l.(object)["policies"]))) == 0 {
				missing = append(missing, found{layer: "scp", level: text(l.(object)["level"])})
			}
		}
	}
	// RCPFullAWSAccess allows everything at every level.
	endpoints := list(o.question["endpointPolicies"])
	if len(endpoints) > 0 && len(o.statements("Allow", endpoints)) == 0 {
		missing = append(missing, found{layer: "endpoint"})
	}
	return missing
}

func (o *oracle) grants() (missing []found) {
	lacks := func(layer string) { missing = append(missing, found{layer: layer}) }
	byName, byRole, byAccount := o.resourceGrants()
	if !o.hasIdentity() {
		if !byName {
			lacks(o.resourceLayer())
		}
		return missing
	}
	identity := o.who.kind == "root" || len(o.statements("Allow", list(o.question["identityPolicies"]))) > 0
	same := o.who.account == o.account
	ruled := o.keyOrTrust() // the resource's policy must grant, even inside the account
	switch {
	case same && byName:
		return nil
	case same && byRole:
	case same && ruled:
		if !byAccount {
			lacks(o.resourceLayer())
		}
		if !identity {
			lacks("identity")
		}
	case same:
		if !identity {
			lacks("identity")
			if len(o.resourcePolicies()) > 0 {
				lacks(o.resourceLayer())
			}
		}
	default:
		if !byName && !byRole && !byAccount {
			lacks(o.resourceLayer())
		}
		if !identity {
			lacks("identity")
		}
	}
	boundaries := list(o.question["permissionBoundaries"])
	if len(boundaries) > 0 && len(o.statements("Allow", boundaries)) == 0 {
		lacks("boundary")
	}
	session := o.sessionPolicies()
	if (len(session) > 0 || o.who.kind == "federated") && len(o.statements("Allow", session)) == 0 {
		lacks("session")
	}
	return missing
}

// resourceGrants: the three strengths in which a resource's policy names a principal.
func (o *oracle) resourceGrants() (byName, byRole, byAccount bool) {
	if o.ownerUnlocks() {
		return
	}
	for _, hit := range o.statements("Allow", o.resourcePolicies()) {
		switch o.named(hit.body) {
		case "name": // a caller from a provider must be named by it, "*" does not do
			byName = byName || o.who.kind != "provider" || o.federates(hit.body)
		case "role":
			byRole = true
		case "account":
			byAccount = true
		}
	}
	return
}

// hasIdentity: services, anonymous callers and callers from identity providers have no policies of their own.
func (o *oracle) hasIdentity() bool {
	switch o.who.kind {
	case "root", "user", "session", "federated":
		return true
	}
	return false
}

func (o *oracle) scpsApply() bool { return o.hasIdentity() && !o.who.linked }

func (o *oracle) rcpsApply() bool {
	service, _, _ := strings.Cut(strings.ToLower(o.action), ":")
	switch service {
	case "s3", "sts", "kms", "sqs":
	default:
		return false
	}
	return !o.who.linked && !strings.EqualFold(o.action, "kms:RetireGrant")
}

// ownerUnlocks: AWS documentation, API_DeleteBucketPolicy: only endpoint and Organizations policies keep the owner's root user out.
func (o *oracle) ownerUnlocks() bool {
	switch strings.ToLower(o.action) {
	case "s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy":
		return o.who.kind == "root" && o.who.account == o.account
	}
	return false
}

func (o *oracle) trust() bool {
	service, name, _ := strings.Cut(strings.ToLower(o.action), ":")
	return service == "sts" && strings.Contains(o.resource, ":role/") && (strings.HasPrefix(name, "assumerole") || name == "tagsession" || name == "setsourceidentity")
}

func (o *oracle) keyOrTrust() bool {
	return o.trust() || strings.HasPrefix(strings.ToLower(o.action), "kms:") && strings.Contains(o.resource, ":key/")
}

func (o *oracle) resourceLayer() string {
	if o.trust() {
		return "trust"
	}
	return "resource"
}

func (o *oracle) resourcePolicies() []any { return o.single("resourcePolicy") }
func (o *oracle) sessionPolicies() []any  { return o.single("sessionPolicy") }

func (o *oracle) single(member string) []any {
	if o.question[member] == nil {
		return nil
	}
	return []any{object{"name": member, "policy": o.question[member]}}
}

// list is a JSON value as a list: nothing, one, or many.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// text is a JSON scalar as text.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}
