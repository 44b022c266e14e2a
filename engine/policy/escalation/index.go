package escalation

import (
	"strings"

	"vauban/engine/policy"
)

// index is the world made ready to ask about.
type index struct {
	world      *World
	rows       []Row
	served     []bool // by row: all its actions can be called here
	grow       []int  // the rows of kind Grow that are served
	regions    []string
	people     []person
	byARN      map[string]int
	groups     []group
	groupARN   map[string]int
	policies   []policyDoc
	policyKey  map[string]int
	accounts   map[string]*Account
	scps, rcps map[string][]policy.CompiledLevel // by account
	minted     map[mintKey]int
	trusting   map[string][]int // service → roles whose trust policy names it
	anybody    []int            // roles that whole accounts or everybody may assume
	named      map[string][]int // text of a trust policy → roles
	compute    map[string][]int // kind → compute
	powerful   []string         // managed policies that allow everything
	everything policy.Named
	actions    map[string]int                  // of the catalogue, in lower case
	allows     map[*policy.Document]actionBits // which of them a document may allow
	contexts   map[contextKey]*policy.Context  // of principals
	counts     []int                           // by policy: for how many principals it counts
	countsAt   map[holding]int
	options    Options
	asked      int  // questions so far
	allowed    int  // questions in all
	exhausted  bool // the work allowed was not enough
}

type mintKey struct {
	account string
	object  Object
}

// policyDoc is a policy of any sort, once.
type policyDoc struct {
	name    string // ARN, or the name of an inline policy; what people see
	holder  string // ARN of what an inline, trust or resource policy is part of
	aws     bool   // AWS's own: nobody can change it
	doc     *policy.Document
	others  []Version // that do not count
	denies  bool
	managed bool
}

func newIndex(w *World, o Options) *index {
	x := &index{world: w, rows: Catalogue(), regions: w.Regions, options: o, allowed: o.MaxQuestions, byARN: map[string]int{}, groupARN: map[string]int{}, policyKey: map[string]int{},
		accounts: map[string]*Account{}, scps: map[string][]policy.CompiledLevel{}, rcps: map[string][]policy.CompiledLevel{}, minted: map[mintKey]int{}, trusting: map[string][]int{}, named: map[string][]int{}, compute: map[string][]int{},
		actions: map[string]int{}, allows: map[*policy.Document]actionBits{}, contexts: map[contextKey]*policy.Context{}}
	if len(x.regions) == 0 {
		x.regions = []string{"us-east-1"}
	}
	x.everything = policy.Named{Name: everythingKey, Document: allowAll()}
	for i := range w.Accounts {
		a := &w.Accounts[i]
		x.accounts[a.ID], x.scps[a.ID], x.rcps[a.ID] = a, policy.CompileLevels(a.SCPs), policy.CompileLevels(a.RCPs)
	}
	x.addRows()
	for i := range w.Policies {
		x.addManaged(&w.Policies[i])
	}
	for i := range w.Groups {
		x.addGroup(&w.Groups[i])
	}
	for i := range w.Principals {
		x.addPerson(w.Principals[i])
	}
	for i := range w.Compute {
		x.compute[w.Compute[i].Kind] = append(x.compute[w.Compute[i].Kind], i)
		if d := w.Compute[i].Policy; d != nil {
			x.addPolicy(resourceKey(w.Compute[i].ARN), policyDoc{name: resourceName, holder: w.Compute[i].ARN, doc: d})
		}
	}
	x.addMinted()
	x.addTrusts()
	return x
}

// Keys of policies that are no managed policies. ARNs and names of policies have no blanks.
const (
	everythingKey = " everything"
	trustName     = "trust policy"
	resourceName  = "resource policy"
)

func inlineKey(holder, name string) string { return holder + " " + name }
func trustKey(role string) string          { return inlineKey(role, trustName) }
func resourceKey(arn string) string        { return inlineKey(arn, resourceName) }

func (x *index) addRows() {
	served := map[string]bool{}
	for _, s := range x.world.Services {
		served[s] = true
	}
	for i := range x.rows {
		ok := true
		for _, n := range x.rows[i].Needs {
			service, _, _ := strings.Cut(n.Action, ":")
			ok = ok && (x.world.Services == nil || served[service])
			low := strings.ToLower(n.Action)
			if _, there := x.actions[low]; !there {
				x.actions[low] = len(x.actions)
			}
		}
		if x.served = append(x.served, ok); ok && x.rows[i].Kind == Grow {
			x.grow = append(x.grow, i)
		}
	}
}

func (x *index) addPolicy(key string, p policyDoc) int {
	if i, ok := x.policyKey[key]; ok {
		return i
	}
	if p.doc == nil {
		p.doc = &policy.Document{}
	}
	for i := range p.doc.Statements {
		p.denies = p.denies || p.doc.Statements[i].Effect == policy.ExplicitDeny
	}
	x.policies = append(x.policies, p)
	x.policyKey[key] = len(x.policies) - 1
	return len(x.policies) - 1
}

func (x *index) addManaged(m *Managed) {
	p := policyDoc{name: m.ARN, managed: true, aws: strings.Contains(m.ARN, ":iam::aws:")}
	for _, v := range m.Versions {
		if v.ID == m.Default {
			p.doc = v.Document
		} else {
			p.others = append(p.others, v)
		}
	}
	i := x.addPolicy(m.ARN, p)
	if allowsAll(x.policies[i].doc) && m.ARN != AdministratorAccess && len(x.powerful) < maxChoices {
		x.powerful = append(x.powerful, m.ARN)
	}
}

// attached returns the managed policy of that ARN; one that is unknown is empty.
func (x *index) attachedPolicy(arn string) int {
	return x.addPolicy(arn, policyDoc{name: arn, managed: true, aws: strings.Contains(arn, ":iam::aws:")})
}

func (x *index) hold(holder string, inline []policy.Named, attached []string) []holding {
	var out []holding
	for _, n := range inline {
		out = append(out, holding{x.addPolicy(inlineKey(holder, n.Name), policyDoc{name: n.Name, holder: holder, doc: n.Document}), holder, true})
	}
	for _, a := range attached {
		out = append(out, holding{x.attachedPolicy(a), holder, false})
	}
	return out
}

func (x *index) addGroup(g *Group) {
	x.groupARN[g.ARN] = len(x.groups)
	x.groups = append(x.groups, group{arn: g.ARN, account: accountOf(g.ARN), own: x.hold(g.ARN, g.Inline, g.Attached), attached: len(g.Attached)})
}
