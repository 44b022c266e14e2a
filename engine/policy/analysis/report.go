package analysis

import (
	"slices"
	"strings"

	"vauban/engine/arn"
)

// report makes a witness and lets the concrete engine confirm it.
func (s *search) report(o *outcome, ph *phase, a *action, resource string, who *caller, v *vector) bool {
	if ph.abstract {
		o.maybe = "conditions or variables relate in ways that are not decided"
		return true
	}
	if s.every && o.witness != nil {
		o.note(a)
		return true
	}
	w := &Witness{Principal: who.who, Action: a.name, Resource: resource}
	facts := slices.Concat(who.facts, v.all())
	for _, k := range sortedKeys(ph.fixed) {
		facts = append(facts, ph.fixed[k])
	}
	for i := range facts {
		facts[i].put(&w.Context)
	}
	req := w.request()
	if s.p.confirm != nil && !s.p.confirm(req) {
		s.p.doubt("a request was found that the evaluation of the policies does not confirm")
		return false
	}
	s.polish(w, a)
	o.witness = w
	o.note(a)
	return true
}

// note keeps an action, once.
func (o *outcome) note(a *action) {
	if !o.noted[a.name] {
		if o.noted == nil {
			o.noted = map[string]bool{}
		}
		o.noted[a.name] = true
		o.actions = append(o.actions, a.name)
	}
}

// polish puts a common region and an account into parts of the resource that may hold anything.
func (s *search) polish(w *Witness, a *action) {
	fits := s.p.fitting(w.Resource)
	for _, f := range a.formats {
		form, ok := arn.Split(f)
		got, ok2 := arn.Split(w.Resource)
		if !ok || !ok2 || !fits(f) {
			continue
		}
		try := func(i int, placeholder, value string) {
			old := got
			if form[i] == placeholder && len(got[i]) < 9 {
				got[i] = value
			}
			better := *w
			better.Resource = strings.Join(got[:], ":")
			if s.p.confirm != nil && s.p.confirm(better.request()) {
				w.Resource = better.Resource
			} else {
				got = old
			}
		}
		try(3, "${Region}", "us-east-1")
		try(4, "${Account}", "111122223333")
		return
	}
}
