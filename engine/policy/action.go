package policy

import (
	"sort"
	"strings"

	"vauban/engine/glob"
)

// actionPattern is one element of Action or NotAction. The service is literal; in the name * and ? are wildcards.
type actionPattern struct {
	service string // in lower case
	name    glob.Pattern
}

// actionSet is a list of action patterns, ordered by service.
type actionSet struct {
	all      bool // holds "*"
	patterns []actionPattern
}

// compileActions leaves out what can match nothing: an element without a service.
func compileActions(list []Element) actionSet {
	var s actionSet
	s.patterns = make([]actionPattern, 0, len(list))
	for _, e := range list {
		if e.Text == "*" {
			s.all = true
			continue
		}
		if p, ok := compileAction(e.Text); ok {
			s.patterns = append(s.patterns, p)
		}
	}
	sort.SliceStable(s.patterns, func(i, j int) bool { return s.patterns[i].service < s.patterns[j].service })
	return s
}

func compileAction(text string) (actionPattern, bool) {
	service, name, ok := strings.Cut(strings.ToLower(text), ":")
	return actionPattern{service, glob.Compile(name)}, ok && service != ""
}

// few is the number of patterns up to which looking at each is quicker than searching.
const few = 6

func (s *actionSet) matches(service, name string) bool {
	if s.all {
		return true
	}
	list := s.patterns
	if len(list) > few {
		list = list[search(list, service):]
		for i := range list {
			if !equalFold(list[i].service, service) {
				return false
			}
			if list[i].name.MatchFold(name) {
				return true
			}
		}
		return false
	}
	for i := range list {
		if equalFold(list[i].service, service) && list[i].name.MatchFold(name) {
			return true
		}
	}
	return false
}

// search returns the first pattern whose service is not less than service, taken in lower case.
func search(list []actionPattern, service string) int {
	from, to := 0, len(list)
	for from < to {
		mid := (from + to) / 2
		if lessFold(list[mid].service, service) {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from
}

// lessFold compares a, in lower case, with b without regard to b's case.
func lessFold(a, b string) bool {
	for i := range min(len(a), len(b)) {
		if c := lower(b[i]); a[i] != c {
			return a[i] < c
		}
	}
	return len(a) < len(b)
}
