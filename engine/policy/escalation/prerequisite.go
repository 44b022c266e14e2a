package escalation

import "vauban/engine/policy"

// holds says whether the world is as the row needs it, permissions aside.
func (x *index) holds(a attempt) bool {
	row := &x.rows[a.row]
	if !x.served[a.row] {
		return false
	}
	for _, p := range row.Where {
		if !x.meets(a, row, p) {
			return false
		}
	}
	return true
}

func (x *index) meets(a attempt, row *Row, w Prerequisite) bool {
	p := &x.people[a.target]
	switch w {
	case RoomForVersion, VersionsFull:
		d := &x.policies[a.object]
		return (len(d.others)+1 < maxVersions) == (w == RoomForVersion)
	case RoomForKey:
		return p.AccessKeys < maxAccessKeys
	case KeysFull:
		return p.AccessKeys >= maxAccessKeys
	case HasLoginProfile:
		return p.LoginProfile
	case NoLoginProfile:
		return !p.LoginProfile
	case HasMFA:
		return p.MFADevices > 0
	case NoMFA:
		return p.MFADevices == 0
	case RoomToAttach:
		if row.Object == OnGroup {
			return x.groups[a.object].attached < maxAttached
		}
		return p.attached < maxAttached
	case RoomForGroup:
		return len(p.member) < maxGroups
	case HasBoundary:
		return p.boundary >= 0
	case HasProfile:
		return len(p.Profiles) > 0
	case NoProfile:
		return len(p.Profiles) == 0
	case Mutable:
		return !p.reserved
	case IsInline, IsAttached:
		inline := !x.policies[a.object].managed
		return inline == (w == IsInline)
	}
	return false
}

// fits says that the row is about principals of that kind.
func (r *Row) fits(p *person) bool {
	switch r.Object {
	case OnUser, OnGroup, OnOther:
		return p.Kind == policy.User
	case OnRole:
		return p.Kind == policy.RoleSession
	case OnDenial: // the action says whose
		user := r.Needs[0].Action == "iam:DetachUserPolicy" || r.Needs[0].Action == "iam:DeleteUserPolicy"
		return user == (p.Kind == policy.User)
	}
	return p.Kind != policy.Root
}

// objects lists what a row of kind Grow could act on to change what the node may do.
func (x *index) objects(row *Row, y node) []int {
	p := &x.people[y.who]
	switch row.Object {
	case OnGroup:
		return p.member
	case OnOther:
		return x.otherGroups(p)
	case OnBoundary:
		if p.boundary >= 0 && !x.policies[p.boundary].aws {
			return []int{p.boundary}
		}
		return nil
	case OnPolicy:
		return x.held(p, func(h holding) bool { d := &x.policies[h.policy]; return d.managed && !d.aws }, true)
	case OnDenial:
		return x.held(p, func(h holding) bool { return x.policies[h.policy].denies }, false)
	}
	return []int{-1}
}

func (x *index) otherGroups(p *person) []int {
	in := map[int]bool{}
	for _, g := range p.member {
		in[g] = true
	}
	var out []int
	for g := range x.groups {
		if !in[g] && x.groups[g].account == p.account {
			out = append(out, g)
		}
	}
	return out
}

func (x *index) held(p *person, want func(holding) bool, groups bool) []int {
	var out []int
	seen := map[int]bool{}
	add := func(list []holding) {
		for _, h := range list {
			if want(h) && !seen[h.policy] {
				seen[h.policy] = true
				out = append(out, h.policy)
			}
		}
	}
	add(p.own)
	if groups {
		for _, g := range p.member {
			add(x.groups[g].own)
		}
	}
	return out
}
