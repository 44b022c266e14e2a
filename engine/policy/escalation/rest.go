package escalation

import "strings"

// rest is the answer to those needs of a row that do not depend on whose power is gained. It is the same for all targets, so it is asked
// once.
type rest struct {
	ok      bool
	names   []string // the resources, by need
	source  string   // the resource for which a service takes the role
	changes []change
}

type restKey struct {
	by               node
	row, object, via int
	region           string
	target           int // where the object is the target's, -1 else
}

func (v *view) rest(x node, a attempt, region string) *rest {
	k := restKey{x, a.row, a.object, a.via, region, -1}
	if v.rows[a.row].Kind == Grow || v.rows[a.row].Kind == Mint {
		k.target = a.target
	}
	if r := v.rests[k]; r != nil {
		return r
	}
	record := v.record
	v.record = nil // noted later, in the order of the needs
	r := v.askRest(x, a, region)
	v.record = record
	v.rests[k] = r
	return r
}

func (v *view) askRest(x node, a attempt, region string) *rest {
	row := &v.rows[a.row]
	r := &rest{names: make([]string, len(row.Needs))}
	made := map[string]string{}
	for i, n := range row.Needs {
		name := ""
		switch {
		case n.Action == "sts:AssumeRole" || n.On == "target":
			continue
		case strings.Contains(n.On, "{"):
			var there, ok bool
			if name, there = made[n.On]; !there {
				if name, ok = v.choose(x, a, n.On, region); !ok {
					return r
				}
				made[n.On] = name
			}
			r.source = name
		default:
			if name = v.resource(a, n.On); n.On == "compute" {
				r.source = name
			}
		}
		c, ok := v.askNeed(x, a, n, name, region)
		if !ok {
			return r
		}
		r.names[i], r.changes = name, append(r.changes, c...)
	}
	r.ok = true
	return r
}

// answer is what a question was answered with.
type answer struct {
	changes []change
	ok      bool
}

type targetKey struct {
	by     node
	target int
	action string
	to     string // service that a role is passed to
}

// askTarget asks for a permission on the target. That a role may be passed to a service is asked once for all rows.
func (v *view) askTarget(x node, a attempt, n Need, region string) ([]change, bool) {
	if v.record != nil || n.Action != "iam:PassRole" {
		return v.askNeed(x, a, n, v.people[a.target].ARN, region)
	}
	k := targetKey{x, a.target, n.Action, v.rows[a.row].PassedTo}
	if r, ok := v.passed[k]; ok {
		return r.changes, r.ok
	}
	c, ok := v.askNeed(x, a, n, v.people[a.target].ARN, region)
	v.passed[k] = answer{c, ok}
	return c, ok
}
