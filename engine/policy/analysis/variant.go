package analysis

import (
	"slices"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
)

// variants are the callers behind the ARN of an identity: by unique IDs, sessions and canonical IDs that policies name.
func (p *problem) variants(text string) []caller {
	a, err := arn.Parse(text)
	if err != nil {
		return nil
	}
	who := policy.Principal{Account: a.Account, ARN: text}
	kind := "User"
	list := []policy.Principal{}
	switch {
	case a.Resource == "root":
		who.Kind, kind = policy.Root, "Account"
		list = append(list, who)
	case a.Type() == "user":
		who.Kind = policy.User
		list = p.withIDs(who, p.named.users)
	case a.Type() == "role":
		who.Kind, kind = policy.RoleSession, "AssumedRole"
		who.Role, who.ARN = text, "arn:"+a.Partition+":sts::"+a.Account+":assumed-role/"+a.Name()+"/session"
		list = p.withIDs(who, p.named.roles)
		for _, s := range p.named.sessions {
			if lead, _ := strings.CutSuffix(who.ARN, "session"); strings.HasPrefix(s, lead) {
				named := who
				named.ARN = s
				list = append(list, p.withIDs(named, p.named.roles)...)
			}
		}
	default:
		who.Kind, kind = policy.FederatedUser, "FederatedUser"
		for _, behind := range append([]string{"arn:" + a.Partition + ":iam::" + a.Account + ":user/issuer", "arn:" + a.Partition + ":iam::" + a.Account + ":root"}, p.named.arns...) {
			if b, err := arn.Parse(behind); err == nil && b.Account == a.Account && (b.Type() == "user" || b.Resource == "root") {
				who.Role = behind
				list = append(list, p.withIDs(who, p.named.users)...)
			}
		}
	}
	for _, w := range list[:len(list):len(list)] {
		for _, c := range p.named.canonical {
			w.CanonicalUser = c
			list = append(list, w)
		}
	}
	facts := []fact{
		{key: "aws:PrincipalArn", values: []string{text}}, {key: "aws:PrincipalAccount", values: []string{a.Account}},
		{key: "aws:PrincipalType", values: []string{kind}}, {key: "aws:PrincipalIsAWSService", values: []string{"false"}},
	}
	if who.Kind == policy.User {
		facts = append(facts, fact{key: "aws:username", values: []string{a.Name()}})
	}
	out := make([]caller, len(list))
	for i := range list {
		out[i] = caller{who: list[i], facts: facts}
	}
	return out
}

// withIDs adds the principal under each unique ID that a policy names: which it has is not known.
func (p *problem) withIDs(who policy.Principal, ids []string) []policy.Principal {
	out := []policy.Principal{who}
	if len(ids) > mostVariants {
		p.doubt("the policies name more unique IDs than are tried")
	}
	for _, id := range ids[:min(len(ids), mostVariants)] {
		who.ID = id
		out = append(out, who)
	}
	return out
}

// outsiders are the callers that belong to no account.
func (p *problem) outsiders() []caller {
	out := []caller{{who: policy.Principal{Kind: policy.Anonymous}}}
	for _, s := range append(slices.Clone(p.named.services), "other.amazonaws.com") {
		out = append(out, caller{who: policy.Principal{Kind: policy.Service, Service: s}, facts: []fact{{key: "aws:PrincipalIsAWSService", values: []string{"true"}}}})
	}
	for _, s := range append(slices.Clone(p.named.providers), "provider.example.com") {
		kind := policy.WebIdentity
		if strings.Contains(s, ":saml-provider/") {
			kind = policy.SAML
		}
		out = append(out, caller{who: policy.Principal{Kind: kind, Provider: s}})
	}
	return out
}
