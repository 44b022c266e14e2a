package iam

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
)

// checkRequest checks what the model does not: actions, resources and their owner.
func (x *simulation) checkRequest() error {
	for _, a := range x.in.actions {
		if namespace, name, ok := strings.Cut(a, ":"); !ok || namespace == "" || name == "" {
			return invalidInput("The action is invalid since it is missing names")
		}
	}
	if x.in.handling != nil {
		return invalidInput("ResourceHandlingOption is not supported: simulate each resource of the call by its own ARN.")
	}
	if len(x.in.resources) > maxSimulatedResources {
		return invalidInput("ResourceArns has more than %d members.", maxSimulatedResources)
	}
	for _, r := range x.in.resources {
		if r == "*" && len(x.in.resources) == 1 {
			continue
		}
		if _, err := arn.Parse(r); err != nil {
			return invalidInput("ResourceNames are not in a valid ARN format: %s.", r)
		}
	}
	if len(x.in.resources) == 0 {
		x.in.resources = []string{"*"}
	}
	if x.in.resourcePolicy != nil && x.in.resources[0] == "*" {
		return unclearEntity("*")
	}
	if x.in.owner != nil {
		a, err := arn.Parse(*x.in.owner)
		if err != nil || !arn.IsAccount(a.Account) {
			return invalidInput("'%s' is not a valid as a Resource Owner.", *x.in.owner) // AWS's words
		}
		x.owner = a.Account
	}
	return nil
}

// setCaller makes the principal. Without a caller nobody in particular asks: policies that name principals cannot be judged then.
func (x *simulation) setCaller(c *service.Call, about *entityRef) error {
	switch {
	case x.in.caller != nil:
		caller, err := arn.Parse(*x.in.caller)
		if err != nil || caller.Service != "iam" || !arn.IsAccount(caller.Account) || caller.Type() != "user" && caller.Type() != "role" {
			return invalidInput("Invalid caller - Caller must be an IAM user, role or group in this context.")
		}
		about = nil
		if caller.Account == c.Account {
			about, err = entityRefOf(c, *x.in.caller)
			if err != nil && answered(err) == nil {
				return err
			}
		}
		if about == nil { // of another account, or not yet made
			x.setStranger(*x.in.caller, caller)
			break
		}
		x.setPrincipal(about)
	case about != nil && about.group == nil:
		x.setPrincipal(about)
	case x.in.resourcePolicy != nil:
		return invalidInput("Invalid caller - Caller cannot be null or empty.")
	default:
		x.principal = policy.Principal{Kind: policy.User, Account: c.Account}
		x.context.Set("aws:PrincipalAccount", c.Account)
	}
	if x.in.owner == nil {
		x.owner = x.principal.Account
	}
	return nil
}

// simulated is the session name of roles in simulations.
const simulated = "policy-simulation"

func (x *simulation) setPrincipal(who *entityRef) {
	var tags []Tag
	if u := who.user; u != nil {
		x.principal = policy.Principal{Kind: policy.User, Account: u.Account, ARN: u.ARN(), ID: u.ID}
		x.context.Set("aws:username", u.Name)
		x.context.Set("aws:userid", u.ID)
		tags = u.Tags
	} else {
		r := who.role
		x.principal = policy.Principal{
			Kind: policy.RoleSession, Account: r.Account, ARN: sessionARN(r, simulated), Role: r.ARN(), ID: r.ID, ServiceLinked: r.ServiceLinked(),
		}
		x.context.Set("aws:userid", r.ID+":"+simulated)
		tags = r.Tags
	}
	x.setIdentity()
	for _, t := range tags {
		x.context.Set("aws:PrincipalTag/"+t.Key, t.Value)
	}
}

// setStranger makes a principal of which only the ARN is known.
func (x *simulation) setStranger(text string, a arn.ARN) {
	x.principal = policy.Principal{Kind: policy.User, Account: a.Account, ARN: text}
	if a.Type() == "role" {
		r := &Role{Account: a.Account, Name: a.Name()}
		x.principal.Kind, x.principal.ARN, x.principal.Role = policy.RoleSession, sessionARN(r, simulated), text
	} else {
		x.context.Set("aws:username", a.Name())
	}
	x.setIdentity()
}

func (x *simulation) setIdentity() {
	kind, text := "User", x.principal.ARN
	if x.principal.Kind == policy.RoleSession {
		kind, text = "AssumedRole", x.principal.Role
	}
	x.context.Set("aws:PrincipalIsAWSService", "false")
	x.context.Set("aws:ViaAWSService", "false")
	x.context.Set("aws:PrincipalType", kind)
	x.context.Set("aws:PrincipalArn", text)
	x.context.Set("aws:PrincipalAccount", x.principal.Account)
}

// setContext adds the context of the request, which goes before what is known of the caller.
func (x *simulation) setContext() error {
	for _, e := range x.in.context {
		name, kind := wire.Text(e.ContextKeyName), wire.Text(e.ContextKeyType)
		if name == "" || kind == "" {
			return invalidInput("A context entry needs a key name and a key type.")
		}
		scalar, isList := strings.CutSuffix(kind, "List")
		if !isList && len(e.ContextKeyValues) != 1 {
			return invalidInput("Context key %s of type %s needs exactly one value.", name, kind)
		}
		values := make([]string, len(e.ContextKeyValues))
		for i, v := range e.ContextKeyValues {
			var ok bool
			if values[i], ok = contextValue(scalar, v); !ok {
				return invalidInput("Invalid value for context key %s of type %s: %s", name, kind, v)
			}
		}
		for _, c := range []*policy.Context{&x.given, &x.context} {
			if isList {
				c.SetMulti(name, values)
			} else {
				c.Set(name, values[0])
			}
		}
	}
	return nil
}

// contextValue reads a value of a type as policies compare it. IAM API: "ContextEntry".
func contextValue(kind, v string) (string, bool) {
	switch kind {
	case "numeric":
		_, err := strconv.ParseFloat(v, 64)
		return v, err == nil
	case "boolean":
		return v, strings.EqualFold(v, "true") || strings.EqualFold(v, "false")
	case "ip":
		_, err := netip.ParseAddr(v)
		_, err2 := netip.ParsePrefix(v)
		return v, err == nil || err2 == nil
	case "binary":
		b, err := base64.StdEncoding.DecodeString(v)
		return string(b), err == nil
	case "date":
		return v, isDate(v)
	}
	return v, true
}

// isDate takes the forms that date conditions take: ISO 8601 and seconds since 1970.
func isDate(v string) bool {
	if _, err := strconv.ParseInt(v, 10, 64); err == nil {
		return true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if _, err := time.Parse(layout, v); err == nil {
			return true
		}
	}
	return false
}

// shownDecision is what the API calls an outcome.
func shownDecision(e policy.Effect) *string { return new(e.String()) }
