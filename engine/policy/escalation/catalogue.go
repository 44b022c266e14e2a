package escalation

import "strings"

// Kind is what a row gives to who follows it.
type Kind uint8

// The kinds of edge.
const (
	Grow   Kind = iota + 1 // changes what a principal in hand may do
	Become                 // gets credentials of another principal
	Mint                   // makes a new principal and gets its credentials
	Pass                   // starts something new with an existing role
	Take                   // takes over something that runs with a role
)

// Effect is what a row of kind Grow changes.
type Effect uint8

// The effects.
const (
	Everything Effect = iota + 1 // a policy that allows everything is added
	Unbound                      // the permissions boundary is gone
	Joined                       // a group's policies are added
	Swapped                      // another version of a policy counts
	Shed                         // a policy that denies is gone
)

// Object is what a row of kind Grow or Become acts on, beside the principal whose power changes.
type Object uint8

// The objects.
const (
	OnUser Object = iota + 1
	OnRole
	OnGroup    // a group of the user
	OnOther    // a group that the user is not in
	OnPolicy   // a customer managed policy that counts for the principal
	OnBoundary // the customer managed policy that is the principal's boundary
	OnDenial   // a policy of the principal's own that holds a Deny statement
)

// Prerequisite is what must be true of the world beside permissions.
type Prerequisite uint8

// The prerequisites.
const (
	RoomForVersion Prerequisite = iota + 1
	VersionsFull
	RoomForKey
	KeysFull
	HasLoginProfile
	NoLoginProfile
	HasMFA
	NoMFA
	RoomToAttach
	RoomForGroup
	HasBoundary
	HasProfile
	NoProfile
	Mutable // not a role that only AWS may change
	IsInline
	IsAttached
)

// Need is one permission: an action and what it must be allowed on.
type Need struct {
	Action string
	On     string // see [Row]
}

// Row is one known way to escalate.
//
// Needs are asked of who escalates. On is "target" (the principal), "object", "policy" (what is attached), "compute", "*", or the form
// of an ARN for what is newly made: {region} and {account} are filled in, {name} is free, and a name that the permission allows is
// looked for.
type Row struct {
	Name     string // the actions, which also identify the row
	Kind     Kind
	Effect   Effect
	Object   Object
	Needs    []Need
	Where    []Prerequisite
	Service  string // that the role's trust policy must name
	PassedTo string // iam:PassedToService where it is not Service
	Compute  string // kind of compute that must exist; of kind Pass, in the account; of kind Take, holding the role
	Text     string
}

// Catalogue returns all rows, in the order in which they are tried.
func Catalogue() []Row {
	var out []Row
	for _, list := range [][]Row{growRows(), becomeRows(), mintRows(), passRows(), serviceRows(), takeRows()} {
		out = append(out, list...)
	}
	for i := range out {
		r := &out[i]
		if r.Name == "" {
			r.Name = r.actions()
		}
		if r.PassedTo == "" {
			r.PassedTo = r.Service
		}
	}
	return out
}

func (r *Row) actions() string {
	var names []string
	for _, n := range r.Needs {
		if len(names) == 0 || names[len(names)-1] != n.Action {
			names = append(names, n.Action)
		}
	}
	return strings.Join(names, " + ")
}

// need makes needs of "action object" texts.
func need(texts ...string) []Need {
	out := make([]Need, len(texts))
	for i, t := range texts {
		out[i].Action, out[i].On, _ = strings.Cut(t, " ")
	}
	return out
}
