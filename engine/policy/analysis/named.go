package analysis

import (
	"slices"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
)

// named collects what policies name as principals.
type named struct {
	arns, sessions, users, roles, accounts, services, providers, canonical []string
}

func (n *named) add(list []policy.PrincipalElement) {
	put := func(to *[]string, s string) {
		if !slices.Contains(*to, s) {
			*to = append(*to, s)
		}
	}
	for _, e := range list {
		switch e.Type {
		case policy.PrincipalService:
			put(&n.services, e.Text)
		case policy.PrincipalFederated:
			put(&n.providers, e.Text)
		case policy.PrincipalCanonical:
			put(&n.canonical, e.Text)
		case policy.PrincipalAWS:
			n.aws(e.Text, put)
		}
	}
}

func (n *named) aws(text string, put func(*[]string, string)) {
	a, err := arn.Parse(text)
	switch {
	case arn.IsAccount(text):
		put(&n.accounts, text)
	case err == nil:
		if arn.IsAccount(a.Account) {
			put(&n.accounts, a.Account)
		}
		if a.Service == "sts" && strings.HasPrefix(a.Resource, "assumed-role/") {
			put(&n.sessions, text)
			return
		}
		put(&n.arns, text)
	case strings.HasPrefix(text, "AROA"):
		put(&n.roles, text)
	default:
		put(&n.users, text)
	}
}
