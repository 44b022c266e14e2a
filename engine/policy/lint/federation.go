package lint

import "strings"

const github = "token.actions.githubusercontent.com"

// federation checks how a trust policy bounds the identities that it takes from OpenID Connect providers.
func (c *checker) federation(s *statement) {
	if !c.mayTrust(s) || s.effect != "Allow" || s.notPrincipal {
		return
	}
	for _, p := range s.principals {
		if p.kind != "Federated" || providerOf(p.Text) != providerOIDC {
			continue
		}
		host := hostOf(p.Text)
		switch {
		case host == github && !s.has(github+":sub"):
			c.at("MISSING_GITHUB_REPO_CONDITION_KEY", p.place)
		case !s.hasPrefix(host + ":"):
			c.at("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", p.place)
		}
	}
	for _, k := range s.conditions {
		if k.known && strings.EqualFold(k.key, github+":sub") && !k.operator.Negated {
			c.repository(s, k)
		}
	}
}

// hostOf is the provider's name as condition keys carry it.
func hostOf(text string) string {
	if f := fields(text); f.n == 6 {
		return strings.TrimPrefix(f.text[5], "oidc-provider/")
	}
	return text
}

// repository wants the repository without wildcards, and the branch too unless the claim ref is bounded. GitHub's subjects are
// repo:OWNER/NAME:ref:refs/heads/BRANCH or …:environment:NAME.
func (c *checker) repository(s *statement, k condition) {
	for _, v := range k.values {
		at := strings.IndexAny(v.Text, "*?")
		if at < 0 {
			continue
		}
		repo, _, more := strings.Cut(strings.TrimPrefix(v.Text, "repo:"), ":")
		if more && !strings.ContainsAny(repo, "*?") && s.has(github+":ref") {
			continue
		}
		c.at("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", v)
	}
}

// has reports whether a condition has that key.
func (s *statement) has(keys ...string) bool {
	for _, k := range s.conditions {
		if oneOf(k.key, keys...) {
			return true
		}
	}
	return false
}

func (s *statement) hasPrefix(prefix string) bool {
	for _, k := range s.conditions {
		if len(k.key) > len(prefix) && strings.EqualFold(k.key[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}
