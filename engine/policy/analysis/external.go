package analysis

import (
	"fmt"
	"strings"

	"vauban/engine/policy"
)

// Zone is the zone of trust: access from within it is nobody's concern.
type Zone struct {
	Accounts     []string
	Organization string // its ID, when the whole organization is trusted
}

// Grant is access that a policy of a resource gives to somebody outside the zone of trust.
type Grant struct {
	Statement int
	Sid       string
	Type      policy.PrincipalType
	Principal string            // as the policy names it
	Public    bool              // everybody is let in
	Actions   []string          // as far as the world knows them
	Condition map[string]string // under which the statement holds
	Witness   Witness
}

// External finds who outside the zone of trust a policy of a resource lets in, each principal of each statement apart. AWS
// documentation: "How IAM Access Analyzer findings work".
func External(d *policy.Document, z Zone, o Options) ([]Grant, []Doubt, error) {
	trusted, err := document(policy.Version2008, append(z.statements(), notServices())...)
	if err != nil {
		return nil, nil, fmt.Errorf("find external access: %w", err)
	}
	o.Left = o.budget() // one for all: else a policy multiplies it by its principals
	var out []Grant
	var doubts []Doubt
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Effect != policy.Allow {
			continue
		}
		for _, who := range each(s) {
			g := Grant{Statement: i, Sid: s.Sid, Type: who.Type, Principal: who.Text, Condition: guards(s)}
			o.Left.Spend(perPrincipal)
			found, doubt, err := g.examine(d, s, who, trusted, o)
			if err != nil {
				return nil, nil, fmt.Errorf("find external access: %w", err)
			}
			if found {
				out = append(out, g)
			}
			if doubt != "" {
				doubts = append(doubts, Doubt{i, s.Sid, doubt})
			}
		}
	}
	return out, doubts, nil
}

// perPrincipal is what it takes to put a question about one principal together, in steps of the search.
const perPrincipal = 500

// each returns the principals of a statement; NotPrincipal stands for everybody.
func each(s *policy.Statement) []policy.PrincipalElement {
	if s.Principal == nil {
		return []policy.PrincipalElement{{Type: policy.PrincipalAny, Element: policy.Element{Text: "*"}}}
	}
	return s.Principal
}

// examine fills the grant in and says whether there is one.
func (g *Grant) examine(d *policy.Document, s *policy.Statement, who policy.PrincipalElement, trusted *policy.Document, o Options) (bool, string, error) {
	one := render(s)
	if s.Principal != nil {
		one.Principal = principal([]policy.PrincipalElement{who})
	}
	alone, err := document(d.Version, append([]statement{one}, denials(d)...)...)
	if err != nil {
		return false, "", err
	}
	p, err := newProblem(Resource, &o, source{alone, grants, denies}, source{trusted, grants, denies})
	if err != nil {
		return false, "", err
	}
	p.confirm = p.allowedBut(alone, trusted)
	list := p.search(true).run()
	if len(list) == 0 || list[0].witness == nil {
		if len(list) > 0 {
			return false, list[0].maybe, nil
		}
		return false, "", nil
	}
	g.Actions, g.Witness = list[0].actions, *list[0].witness
	if who.Type == policy.PrincipalAny {
		r, err := NoPublicAccess(alone, o)
		if err != nil {
			return false, "", err
		}
		g.Public = r.Verdict != Pass
	}
	return true, "", nil
}

// denials are the statements of a policy that deny.
func denials(d *policy.Document) []statement {
	var out []statement
	for i := range d.Statements {
		if s := &d.Statements[i]; s.Effect == policy.ExplicitDeny {
			out = append(out, render(s))
		}
	}
	return out
}

// guards are the conditions of a statement, as findings show them.
func guards(s *policy.Statement) map[string]string {
	out := map[string]string{}
	for i := range s.Condition {
		c := &s.Condition[i]
		out[c.Key] = strings.Join(texts(c.Values), ",")
	}
	return out
}

// statements deny what comes from within the zone.
func (z *Zone) statements() []statement {
	var out []statement
	when := func(operator, key string, values ...string) {
		out = append(out, statement{Effect: "Deny", Action: "*", Resource: "*", Condition: map[string]map[string][]string{operator: {key: values}}})
	}
	if len(z.Accounts) > 0 {
		out = append(out, statement{Effect: "Deny", Principal: map[string][]string{"AWS": z.Accounts}, Action: "*", Resource: "*"})
		for _, key := range []string{"aws:SourceAccount", "aws:SourceOwner", "aws:PrincipalAccount", "kms:CallerAccount", "s3:DataAccessPointAccount"} {
			when("StringEquals", key, z.Accounts...)
		}
		var arns []string
		for _, a := range z.Accounts {
			arns = append(arns, "arn:*:*:*:"+a+":*")
		}
		for _, key := range []string{"aws:SourceArn", "aws:PrincipalArn", "s3:DataAccessPointArn"} {
			when("ArnLike", key, arns...)
		}
	}
	if z.Organization != "" {
		when("StringEquals", "aws:PrincipalOrgID", z.Organization)
		when("StringEquals", "aws:SourceOrgID", z.Organization)
		when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", z.Organization+"/*")
		when("ForAnyValue:StringLike", "aws:SourceOrgPaths", z.Organization+"/*")
	}
	return out
}
