package analysis

import (
	"slices"
	"strconv"
	"time"

	"vauban/engine/policy"
)

// dimension is a condition key, or keys that move together, with all that it can do to the rules: one cell for each way in which its
// values fare in the tests.
type dimension struct {
	keys    []string
	cells   []cell
	partial bool // there may be more cells
}

// cell is one thing that a dimension can hold.
type cell struct {
	facts  []fact
	kills  set  // the rules that do not hold with it
	joker  bool // stands for values that were not worked out: every test goes as a counterexample would have it
	unreal bool // not known to be a value that exists
	absent bool
}

const (
	mostSets  = 400 // sets of values of one key
	mostAtoms = 6   // conditions with variables of one key that are guessed one by one
)

// dimensionOf works out a key. In a real phase env holds what variables stand for; in the abstract one conditions with variables hold or
// do not as it comes, but equal ones alike.
func (p *problem) dimensionOf(keys []string, env environment, abstract bool) dimension {
	d := dimension{keys: keys}
	var closed, open []*test
	for i := range p.tests {
		if t := &p.tests[i]; slices.Contains(keys, t.key) {
			if t.open && abstract {
				open = append(open, t)
			} else {
				closed = append(closed, t)
			}
		}
	}
	if clock(keys[0]) {
		p.clockCells(&d, closed)
	} else {
		p.cells(&d, closed, env)
	}
	for i := range d.cells {
		d.cells[i].kills = p.kills(closed, d.cells[i].facts, env)
	}
	if len(open) > 0 {
		p.guess(&d, open)
	}
	if d.partial {
		d.cells = append(d.cells, cell{joker: true, unreal: true, kills: p.rulesOf(append(closed, open...))})
	}
	return d
}

func (p *problem) rulesOf(tests []*test) set {
	out := newSet(len(p.list))
	for _, t := range tests {
		for _, r := range t.rules {
			out.add(r)
		}
	}
	return out
}

// kills returns the rules that fall with these facts.
func (p *problem) kills(tests []*test, facts []fact, env environment) set {
	out := newSet(len(p.list))
	p.spend(2 * len(tests))
	for _, t := range tests {
		if !holds(t.whole, facts, p.asked(t, env)) {
			for _, r := range t.rules {
				out.add(r)
			}
		}
	}
	return out
}

// asked gives the keys that a test's variables ask for.
func (p *problem) asked(t *test, env environment) []fact {
	var out []fact
	for _, k := range t.asks {
		if v, ok := env(k); ok && k != t.key {
			out = append(out, fact{key: k, values: []string{v}})
		}
	}
	return out
}

// cells fills in absence, single values and sets.
func (p *problem) cells(d *dimension, tests []*test, env environment) {
	key := d.keys[0]
	info := p.keyInfo(key)
	s := p.samples(tests, env, info.kind)
	spelled := key
	if len(tests) > 0 {
		spelled = tests[0].cond.Key
	}
	if info.filled {
		s.values = slices.DeleteFunc(s.values, func(v string) bool { return v == "" })
	}
	values := p.distinct(tests, s.values, env)
	if info.single {
		for _, v := range values {
			d.cells = append(d.cells, cell{facts: []fact{{key: spelled, values: []string{v.text}}}})
		}
	}
	if info.multi {
		sets, all := unions(tests, values)
		s.complete = s.complete && all
		for _, list := range sets {
			d.cells = append(d.cells, cell{facts: []fact{{key: spelled, values: list, multi: true}}})
		}
	}
	if !info.always {
		d.cells = append(d.cells, cell{facts: []fact{{key: spelled}}, absent: true})
	}
	d.partial = !s.complete
}

// sample is a value with how it fares in each test, taken alone.
type sample struct {
	text  string
	fares set
}

// distinct keeps one value for each way to fare; the empty text stays, for to ForAllValues it is as good as absent.
func (p *problem) distinct(tests []*test, values []string, env environment) []sample {
	seen := map[string]bool{}
	var out []sample
	for _, v := range values {
		if !p.spend(2 * len(tests)) {
			break
		}
		f := newSet(len(tests))
		for i, t := range tests {
			if t.cond.Operator.Comparison != policy.Null && holds(t.single, []fact{{key: t.cond.Key, values: []string{v}}}, p.asked(t, env)) {
				f.add(i)
			}
		}
		k := f.key()
		if v == "" {
			k = ""
		}
		if !seen[k] {
			seen[k] = true
			out = append(out, sample{v, f})
		}
	}
	return out
}

// unions returns one set of values for each way in which sets fare: all values pass, or some value passes, test by test.
func unions(tests []*test, values []sample) (sets [][]string, complete bool) {
	every := newSet(len(tests)) // the tests of which every value must pass
	for i, t := range tests {
		if t.cond.Operator.Quantifier == policy.ForAllValues {
			every.add(i)
		}
	}
	type union struct {
		list     []string
		all, any set
	}
	var found []union
	seen := map[string]bool{}
	add := func(u union) {
		if k := u.all.intersect(every).key() + u.any.minus(every).key() + strconv.FormatBool(len(u.list) == 1 && u.list[0] == ""); !seen[k] {
			seen[k] = true
			found = append(found, u)
		}
	}
	for _, v := range values {
		add(union{[]string{v.text}, v.fares, v.fares})
	}
	for i := 0; i < len(found); i++ {
		for _, v := range values {
			if u := found[i]; !slices.Contains(u.list, v.text) {
				add(union{append(slices.Clone(u.list), v.text), u.all.intersect(v.fares), u.any.union(v.fares)})
			}
		}
		if len(found) > mostSets {
			return nil, false
		}
	}
	for _, u := range found {
		sets = append(sets, u.list)
	}
	return sets, true
}

// clockCells fills in moments. Both keys of the clock are set together.
func (p *problem) clockCells(d *dimension, tests []*test) {
	var bounds []string
	complete := true
	for _, t := range tests {
		switch familyOf(t.cond.Operator.Comparison) {
		case ofDate:
			bounds = append(bounds, texts(t.cond.Values)...)
		case ofNumber:
			bounds = append(bounds, texts(t.cond.Values)...)
			complete = complete && t.key == "aws:epochtime"
		case ofNone:
		default:
			complete = false
		}
	}
	s := dates(append(bounds, "2030-01-01T00:00:00Z"))
	seen := map[string]bool{}
	for _, v := range s.values {
		at, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			continue
		}
		facts := moment(at)
		if k := p.kills(tests, facts, nobody).key(); !seen[k] {
			seen[k] = true
			d.cells = append(d.cells, cell{facts: facts})
		}
	}
	d.partial = !complete || !s.complete
}

func moment(at time.Time) []fact {
	epoch := strconv.FormatInt(at.Unix(), 10)
	if ns := at.Nanosecond(); ns != 0 && at.Unix() >= 0 {
		epoch += "." + strconv.FormatInt(int64(1_000_000_000+ns), 10)[1:]
	}
	return []fact{{key: "aws:CurrentTime", values: []string{at.Format(time.RFC3339Nano)}}, {key: "aws:EpochTime", values: []string{epoch}}}
}

// nobody is the environment in which no key has a value.
func nobody(string) (string, bool) { return "", false }

// guess splits each cell by whether the conditions with variables hold. When the key is absent, the operator alone decides.
func (p *problem) guess(d *dimension, open []*test) {
	var atoms []string
	atom := func(t *test) string {
		if o := &t.cond.Operator; o.Quantifier == policy.One && o.Comparison != policy.ARNLike {
			return t.id // and not the negation
		}
		return t.id + " " + t.cond.Operator.Name
	}
	for _, t := range open {
		if !slices.Contains(atoms, atom(t)) {
			atoms = append(atoms, atom(t))
		}
	}
	var out []cell
	for _, c := range d.cells {
		if c.absent {
			c.kills = c.kills.union(p.kills(open, c.facts, nobody))
			out = append(out, c)
			continue
		}
		if len(atoms) > mostAtoms {
			continue
		}
		for guess := range 1 << len(atoms) {
			g := cell{facts: c.facts, unreal: true, kills: c.kills.union(newSet(len(p.list)))}
			for _, t := range open {
				yes := guess>>slices.Index(atoms, atom(t))&1 != 0
				switch o := &t.cond.Operator; {
				case o.Quantifier == policy.One && c.facts[0].multi:
					yes = false // a key with a set
				case o.Quantifier == policy.One && o.Comparison != policy.ARNLike:
					yes = yes != o.Negated
				}
				if !yes {
					g.kills = g.kills.union(p.rulesOf([]*test{t}))
				}
			}
			out = append(out, g)
		}
	}
	d.cells = out
	d.partial = d.partial || len(atoms) > mostAtoms
}
