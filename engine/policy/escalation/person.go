package escalation

import (
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
)

// person is a principal of the world, or one that could be made.
type person struct {
	Principal
	account  string
	name     string
	own      []holding
	member   []int // groups
	boundary int   // policy, or -1
	trust    int   // policy, or -1
	attached int
	minted   bool
	reserved bool // only AWS may change it
}

type group struct {
	arn      string
	account  string
	own      []holding
	attached int
}

// holding is a policy where somebody holds it.
type holding struct {
	policy int
	holder string // ARN of the user, group or role
	inline bool
}

func (x *index) addPerson(p Principal) int {
	h := person{Principal: p, account: accountOf(p.ARN), boundary: -1, trust: -1, attached: len(p.Attached), own: x.hold(p.ARN, p.Inline, p.Attached)}
	h.name = p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
	h.reserved = p.ServiceLinked || strings.Contains(p.ARN, ":role/aws-service-role/") || strings.Contains(p.ARN, ":role/aws-reserved/")
	for _, arn := range p.Groups {
		if g, ok := x.groupARN[arn]; ok {
			h.member = append(h.member, g)
		}
	}
	if p.Boundary != "" {
		h.boundary = x.attachedPolicy(p.Boundary)
	}
	if p.Trust != nil {
		h.trust = x.addPolicy(trustKey(p.ARN), policyDoc{name: trustName, holder: p.ARN, doc: p.Trust})
	}
	x.people = append(x.people, h)
	x.byARN[p.ARN] = len(x.people) - 1
	return len(x.people) - 1
}

func accountOf(text string) string {
	parts, _ := arn.Split(text)
	return parts[4]
}

// addMinted adds to each account the user and the role that could be made there.
func (x *index) addMinted() {
	seen := map[string]bool{}
	for _, p := range x.people {
		if seen[p.account] {
			continue
		}
		seen[p.account] = true
		for _, m := range []struct {
			object Object
			kind   policy.PrincipalKind
			arn    string
		}{{OnUser, policy.User, "arn:aws:iam::" + p.account + ":user/" + freeName}, {OnRole, policy.RoleSession, "arn:aws:iam::" + p.account + ":role/" + freeName}} {
			old, taken := x.byARN[m.arn]
			i := x.addPerson(Principal{Kind: m.kind, ARN: m.arn, ID: "new"})
			x.people[i].minted = true
			x.minted[mintKey{p.account, m.object}] = i
			if delete(x.byARN, m.arn); taken {
				x.byARN[m.arn] = old
			}
		}
	}
}

// freeName is what is newly made is called, where permissions do not ask for another name.
const freeName = "escalation"

// addTrusts sorts the roles by whom their trust policies name.
func (x *index) addTrusts() {
	for i := range x.people {
		p := &x.people[i]
		if p.trust < 0 {
			continue
		}
		any, texts, services := namedBy(p.Trust)
		if any {
			x.anybody = append(x.anybody, i)
		}
		for _, t := range texts {
			x.named[t] = append(x.named[t], i)
		}
		for _, s := range services {
			x.trusting[s] = append(x.trusting[s], i)
		}
	}
}

// namedBy lists whom the Allow statements of a trust policy name: everybody (or all but some, or a whole account), single principals,
// services. "" stands for any service.
func namedBy(d *policy.Document) (any bool, texts, services []string) {
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Effect != policy.Allow {
			continue
		}
		if s.NotPrincipal != nil {
			any, services = true, append(services, "")
		}
		for _, e := range s.Principal {
			switch {
			case e.Type == policy.PrincipalAny:
				any, services = true, append(services, "")
			case e.Type == policy.PrincipalService:
				services = append(services, e.Text)
			case e.Type == policy.PrincipalAWS && (arn.IsAccount(e.Text) || strings.HasSuffix(e.Text, ":root")):
				any = true
			case e.Type == policy.PrincipalAWS:
				texts = append(texts, e.Text)
			}
		}
	}
	return any, texts, services
}
