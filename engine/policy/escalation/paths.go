package escalation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"vauban/engine/policy"
)

// Options bound the search. The zero value works.
type Options struct {
	Context      map[string][]string // condition keys that all requests carry, such as aws:SourceIp
	MaxSteps     int                 // of a path; 0: 6
	MaxPaths     int                 // from one principal; 0: 10
	MaxQuestions int                 // that the engine is asked in all; 0: 20 million
	After        string              // of all principals, only those whose ARNs come behind this one
	Limit        int                 // of all principals, end after the one with which there are that many paths; 0: none
}

// Gain is what a path gains.
type Gain string

// The gains.
const (
	Administrator Gain = "administrator" // of the account of the path's end
	More          Gain = "more"          // something that its start may not do: see Proof
)

// Path is a way from a principal to more power.
type Path struct {
	From  string `json:"from"`
	To    string `json:"to"` // the principal that has the power at the end; From itself when it changed its own
	Gain  Gain   `json:"gain"`
	Proof *Proof `json:"proof,omitempty"`
	Steps []Step `json:"steps"`
	Cut   *Cut   `json:"cut,omitempty"` // nil when nothing that was cited can be taken away, or the search was not complete
}

// Step is one edge of a path.
type Step struct {
	By        string     `json:"by"`   // who acts
	Gets      string     `json:"gets"` // what is in its hands then
	Row       string     `json:"row"`  // of the catalogue
	Text      string     `json:"text"`
	Via       string     `json:"via,omitempty"` // compute, or the group or policy that is changed
	Questions []Question `json:"questions"`
}

// Report is the answer.
type Report struct {
	Paths          []Path   `json:"paths"`
	Administrators []string `json:"administrators"`       // who needs no path
	Incomplete     bool     `json:"incomplete,omitempty"` // the work allowed was not enough: there may be more paths
	Next           string   `json:"next,omitempty"`       // where Limit ended the search: go on with it as After
}

// ErrNoPrincipal says that the principal to start from is not in the world.
var ErrNoPrincipal = errors.New("escalation: no such principal")

// Paths finds the paths of one principal, or with from "" of all. The order is that of their ARNs; from each, paths to administrators
// come first, shorter before longer.
func Paths(w *World, from string, o Options) (*Report, error) {
	if o.MaxSteps <= 0 {
		o.MaxSteps = 6
	}
	if o.MaxPaths <= 0 {
		o.MaxPaths = 10
	}
	if o.MaxQuestions <= 0 {
		o.MaxQuestions = 20_000_000
	}
	x := newIndex(w, o)
	v := newView(x, nil, nil)
	r := &Report{Paths: []Path{}, Administrators: []string{}}
	if from != "" {
		i, ok := x.byARN[from]
		if !ok {
			return nil, fmt.Errorf("%w: %s", ErrNoPrincipal, from)
		}
		v.from(i, r)
	} else {
		v.fromAll(r)
	}
	return r, nil
}

// fromAll goes through the principals until the limit.
func (v *view) fromAll(r *Report) {
	var order []int
	for i := range v.people {
		if !v.people[i].minted && v.people[i].ARN > v.options.After {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(v.people[a].ARN, v.people[b].ARN) })
	for n, i := range order {
		v.from(i, r)
		if r.Incomplete {
			return
		}
		if v.options.Limit > 0 && len(r.Paths) >= v.options.Limit && n+1 < len(order) {
			r.Next = v.people[i].ARN
			return
		}
	}
}

// from adds what the principal can reach.
func (v *view) from(who int, r *Report) {
	p := &v.people[who]
	start := node{who: who, mfa: p.Kind == policy.User && p.MFADevices > 0}
	if v.admin(start) {
		r.Administrators = append(r.Administrators, p.ARN)
	}
	list, _ := v.search(start, nil)
	if v.exhausted { // what was found is told, with some questions more
		r.Incomplete, v.exhausted, v.allowed = true, false, v.allowed+v.options.MaxQuestions/4
	}
	for _, end := range v.ends(start, list) {
		r.Paths = append(r.Paths, v.path(start, list, end, r.Incomplete))
	}
	r.Incomplete = r.Incomplete || v.exhausted
}

// end is an arrival worth a path.
type end struct {
	at    int
	gain  Gain
	proof *Proof
}

// ends picks one arrival for each principal that is worth reaching: the shortest as an administrator, or else the shortest with something
// that the start may not do.
func (v *view) ends(start node, list []arrival) []end {
	home, own := v.people[start.who].account, v.admin(start)
	var admins, others []end
	done := map[int]bool{}
	order := byDepth(list)
	for _, i := range order {
		n := list[i].node
		if list[i].by >= 0 && !done[n.who] && v.admin(n) && !(own && v.people[n.who].account == home) {
			done[n.who] = true
			admins = append(admins, end{at: i, gain: Administrator})
		}
	}
	for _, i := range order {
		n := list[i].node
		if list[i].by < 0 || done[n.who] || len(admins)+len(others) >= v.options.MaxPaths {
			continue
		}
		if proof := v.more(n, start); proof != nil {
			done[n.who] = true
			others = append(others, end{at: i, gain: More, proof: proof})
		}
	}
	all := append(admins, others...)
	return all[:min(len(all), v.options.MaxPaths)]
}

func byDepth(list []arrival) []int {
	out := make([]int, len(list))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return list[a].depth - list[b].depth })
	return out
}

func (v *view) path(start node, list []arrival, e end, partly bool) Path {
	last := list[e.at].node
	out := Path{From: v.people[start.who].ARN, To: v.people[last.who].ARN, Gain: e.gain, Proof: e.proof}
	steps := way(list, e.at)
	for i := range steps {
		out.Steps = append(out.Steps, v.step(list, &steps[i]))
	}
	if partly { // ways that were not seen would be left
		return out
	}
	goal := func(in *view) func(node) bool {
		return func(n node) bool { return n.who == last.who && (e.gain == More || in.admin(n)) }
	}
	changes, smallest := v.cut(start, steps, goal)
	if changes == nil {
		return out
	}
	out.Cut = &Cut{Smallest: smallest}
	for _, c := range changes {
		out.Cut.Changes = append(out.Cut.Changes, v.show(c))
	}
	return out
}

// step asks the step's questions once more, to note them.
func (v *view) step(list []arrival, a *arrival) Step {
	row := &v.rows[a.edge.row]
	by := list[a.by].node
	out := Step{By: v.describe(by), Gets: v.describe(a.node), Row: row.Name, Text: row.Text, Questions: []Question{}}
	switch {
	case a.edge.via >= 0:
		out.Via = v.world.Compute[a.edge.via].ARN
	case row.Object == OnGroup || row.Object == OnOther:
		out.Via = v.groups[a.edge.object].arn
	case a.edge.object >= 0:
		out.Via = strings.TrimSpace(v.policies[a.edge.object].name)
	}
	v.record = &out.Questions
	v.decide(by, a.edge.attempt)
	v.record = nil
	return out
}
