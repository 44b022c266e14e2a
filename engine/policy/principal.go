package policy

import (
	"strings"

	"vauban/engine/arn"
)

// reach says how closely a Principal element names who asks; a closer one grants past more ceilings. AWS documentation: "Policy
// evaluation logic", resource-based policies and implicit denies.
type reach uint8

const (
	unreached  reach = iota
	viaAccount       // by its account
	viaRole          // by the role behind the session, or the user behind the federated session
	direct           // the very principal, or everybody
)

func compilePrincipal(t PrincipalType, e Element) PrincipalElement {
	p := PrincipalElement{Element: e, Type: t}
	if t != PrincipalAWS {
		return p
	}
	if e.Text == "*" {
		p.Type = PrincipalAny
		return p
	}
	p.account = wholeAccount(e.Text)
	return p
}

// wholeAccount returns the account that text names, as an ID or as the ARN of its root, or "".
func wholeAccount(text string) string {
	if arn.IsAccount(text) {
		return text
	}
	a, err := arn.Parse(text)
	if err == nil && a.Service == "iam" && a.Resource == "root" && arn.IsAccount(a.Account) {
		return a.Account
	}
	return ""
}

// reach says how the element names who.
func (p *PrincipalElement) reach(who *Principal) reach {
	switch p.Type {
	case PrincipalAny:
		return direct
	case PrincipalService:
		return directIf(who.Kind == Service && p.Text == who.Service)
	case PrincipalFederated:
		return directIf(who.federating() && p.Text == who.Provider)
	case PrincipalCanonical:
		if who.CanonicalUser != "" && p.Text == who.CanonicalUser {
			return viaAccount
		}
		return unreached
	}
	switch who.Kind {
	case Root, User, RoleSession, FederatedUser:
	default:
		return unreached
	}
	switch {
	case p.Text == "":
		return unreached
	case p.account != "":
		if p.account == who.Account {
			return viaAccount
		}
		return unreached
	case p.Text == who.ARN:
		return direct
	case p.Text == who.ID && who.Kind == User:
		return direct
	case p.Text == who.ID || p.Text == who.Role:
		return viaRole
	}
	return unreached
}

func directIf(ok bool) reach {
	if ok {
		return direct
	}
	return unreached
}

// federating says that who holds no AWS credentials yet, but proves an identity from elsewhere.
func (who *Principal) federating() bool { return who.Kind == WebIdentity || who.Kind == SAML }

// closest returns how the list names who, at its strongest.
func closest(list []PrincipalElement, who *Principal) reach {
	best := unreached
	for i := range list {
		if r := list[i].reach(who); r > best {
			if best = r; best == direct {
				break
			}
		}
	}
	return best
}

// trusts says whether a policy of a resource names who closely enough to grant: a caller from elsewhere must be named by its provider,
// "*" does not do. What only limits (an RCP, an endpoint policy) may well allow everybody. AWS documentation: "AWS JSON policy elements:
// Principal", federated user principals.
func (s *Statement) trusts(e *evaluation) bool {
	who := &e.req.Principal
	if s.Effect != Allow || !who.federating() || e.at.layer != LayerTrust && e.at.layer != LayerResource {
		return true
	}
	for i := range s.Principal {
		if p := &s.Principal[i]; p.Type == PrincipalFederated && p.Text == who.Provider {
			return true
		}
	}
	return false
}

// listed says whether a NotPrincipal element leaves who out. It must name all that a principal consists of: the account and the
// user; the account, the role and the session. AWS documentation: "IAM JSON policy elements: NotPrincipal".
func listed(list []PrincipalElement, who *Principal) bool {
	var account, behind, self bool
	for i := range list {
		switch r := list[i].reach(who); {
		case list[i].Type == PrincipalAny:
			return true
		case r == viaAccount:
			account = true
		case r == viaRole:
			behind = true
		case r == direct:
			self = true
		}
	}
	switch who.Kind {
	case Root:
		return account
	case User:
		return account && self
	case RoleSession:
		return account && behind && (self || who.ARN == "") // a role by itself has no session to name
	case FederatedUser:
		return account && (behind || who.Role == "" || who.ofRoot()) && self // Role "": whose session it is is not known
	}
	return self
}

// ofRoot says that who is root, or a federated user of root's.
func (who *Principal) ofRoot() bool {
	return who.Kind == Root || who.Kind == FederatedUser && strings.HasSuffix(who.Role, ":root")
}
