package lint

import (
	"strings"

	"vauban/engine/glob"
)

// trust makes the checks of role trust policies.
func (c *checker) trust(s *statement) {
	if !c.mayTrust(s) {
		return
	}
	if c.kind.Policy == Trust {
		for _, name := range []string{"Resource", "NotResource"} {
			if p, ok := s.get(name); ok {
				c.at("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", p)
			}
		}
		c.redundantSessions(s)
	}
	for _, p := range s.principals {
		if p.kind == "Federated" && providerOf(p.Text) == "" && !strings.ContainsAny(p.Text, "*?") {
			c.at("INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", p.place)
		}
	}
	if s.notAction || s.notPrincipal {
		return
	}
	for _, a := range s.actions {
		c.mismatched(s, a)
	}
	c.rolesAnywhere(s)
	c.missingActions(s)
}

// redundantSessions reports sessions beside the role that they are sessions of.
func (c *checker) redundantSessions(s *statement) {
	roles := map[string]string{}
	for _, p := range s.principals {
		if f := fields(p.Text); f.n == 6 && f.text[2] == "iam" {
			if name, ok := strings.CutPrefix(f.text[5], "role/"); ok {
				roles[f.text[4]+"/"+name[strings.LastIndexByte(name, '/')+1:]] = p.Text
			}
		}
	}
	for _, p := range s.principals {
		f := fields(p.Text)
		if f.n < 6 {
			continue
		}
		session, ok := strings.CutPrefix(f.text[5], "assumed-role/")
		name, _, _ := strings.Cut(session, "/")
		if role := roles[f.text[4]+"/"+name]; ok && role != "" {
			c.at("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", p.place, p.Text, role)
		}
	}
}

// The kinds of identity provider that a federated principal can be.
const (
	providerSAML = "saml"
	providerOIDC = "oidc"
)

// providerOf reads a federated principal: a provider's ARN or the domain name of a well-known one.
func providerOf(text string) string {
	f := fields(text)
	switch {
	case f.n == 6 && f.text[0] == "arn" && f.text[2] == "iam" && strings.HasPrefix(f.text[5], "saml-provider/"):
		return providerSAML
	case f.n == 6 && f.text[0] == "arn" && f.text[2] == "iam" && strings.HasPrefix(f.text[5], "oidc-provider/"):
		return providerOIDC
	case f.text[0] != "arn" && isDomain(text):
		return providerOIDC
	}
	return ""
}

// mismatched reports an action with principals that cannot call it. STS API: "AssumeRole", "AssumeRoleWithSAML",
// "AssumeRoleWithWebIdentity".
func (c *checker) mismatched(s *statement, action place) {
	want := ""
	switch strings.ToLower(action.Text) {
	case "sts:assumerole":
	case "sts:assumerolewithsaml":
		want = providerSAML
	case "sts:assumerolewithwebidentity":
		want = providerOIDC
	default:
		return
	}
	at := []place{action}
	var names []string
	for _, p := range s.principals {
		is := ""
		if p.kind == "Federated" {
			if is = providerOf(p.Text); is == "" {
				continue // reported for its form
			}
		}
		if is != want && p.Text != "*" {
			at = append(at, p.place)
			names = append(names, p.Text)
		}
	}
	if names != nil {
		c.report("MISMATCHED_ACTION_FOR_PRINCIPAL", at, action.Text, strings.Join(names, ", "))
	}
}

// rolesAnywhere: AWS IAM Roles Anywhere User Guide: "Trust model", role trusting.
func (c *checker) rolesAnywhere(s *statement) {
	if s.effect != "Allow" {
		return
	}
	for _, p := range s.principals {
		if p.kind != "Service" || p.Text != "rolesanywhere.amazonaws.com" {
			continue
		}
		for _, need := range []string{"sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"} {
			if !names(s, need) {
				element, _ := s.get("Action")
				c.report("MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", []place{element, p.place})
				return
			}
		}
	}
}

// names reports whether an element of Action matches that action.
func names(s *statement, action string) bool {
	for _, a := range s.actions {
		if glob.Match(strings.ToLower(a.Text), strings.ToLower(action)) {
			return true
		}
	}
	return false
}

// missingActions reports conditions on what another action sets. IAM User Guide: "Pass session tags in AWS STS", "Monitor and control actions
// taken with assumed roles".
func (c *checker) missingActions(s *statement) {
	for _, k := range s.conditions {
		need := ""
		switch key := strings.ToLower(k.key); {
		case key == "sts:sourceidentity":
			need = "sts:SetSourceIdentity"
		case key == "aws:tagkeys", key == "sts:transitivetagkeys", strings.HasPrefix(key, "aws:requesttag/"):
			need = "sts:TagSession"
		}
		if need != "" && !names(s, need) {
			if element, ok := s.get("Action"); ok {
				c.report("MISSING_ACTION_FOR_CONDITION_KEY", []place{element, k.value}, need, k.key)
			}
		}
	}
}
