package wire

import (
	"net/http"
	"slices"
	"strings"
)

// Router finds the operation of a REST request by method, path and query string.
type Router struct {
	methods map[string][]*pathGroup // most literal path first
}

// pathGroup holds the operations of one method that share a path template.
type pathGroup struct {
	segments []pathSegment
	routes   []route
}

type pathSegment struct {
	text   string // literal, as escaped text; or the label's name
	label  bool
	greedy bool
}

// route is one operation with what tells it from others of the same path.
type route struct {
	op      *Operation
	labels  []string // names, in the order of the path
	query   []pair   // fixed query keys of the template
	needs   []string // required query members
	headers []string // required header members
}

// NewRouter builds the router of a service's operations.
func NewRouter(s *Service) *Router {
	r := &Router{methods: map[string][]*pathGroup{}}
	for _, op := range s.Operations {
		r.add(op)
	}
	for _, groups := range r.methods {
		slices.SortStableFunc(groups, func(a, b *pathGroup) int { return moreLiteral(a.segments, b.segments) })
	}
	return r
}

func (r *Router) add(op *Operation) {
	path, query, _ := strings.Cut(op.URI, "?")
	segments := parseTemplate(path)
	var group *pathGroup
	for _, g := range r.methods[op.Method] {
		if slices.EqualFunc(g.segments, segments, sameSegment) {
			group = g
		}
	}
	if group == nil {
		group = &pathGroup{segments: segments}
		r.methods[op.Method] = append(r.methods[op.Method], group)
	}
	entry := route{op: op}
	for _, s := range segments {
		if s.label {
			entry.labels = append(entry.labels, s.text)
		}
	}
	for part := range strings.SplitSeq(query, "&") {
		if k, v, eq := strings.Cut(part, "="); k != "" {
			entry.query = append(entry.query, pair{k, v, eq})
		}
	}
	plan := op.Service.plan(op.Input)
	for i := range plan.fields {
		switch f := &plan.fields[i]; {
		case f.required && f.place == inQuery:
			entry.needs = append(entry.needs, f.bound)
		case f.required && f.place == inHeader:
			entry.headers = append(entry.headers, f.bound)
		}
	}
	group.routes = append(group.routes, entry)
}

func parseTemplate(path string) []pathSegment {
	var out []pathSegment
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		name, isLabel := strings.CutPrefix(part, "{")
		if !isLabel {
			out = append(out, pathSegment{text: part})
			continue
		}
		name = strings.TrimSuffix(name, "}")
		name, greedy := strings.CutSuffix(name, "+")
		out = append(out, pathSegment{text: name, label: true, greedy: greedy})
	}
	return out
}

// sameSegment ignores the names of labels: /{Bucket} and /{Name} take the same paths. Each route keeps its own names.
func sameSegment(a, b pathSegment) bool {
	return a.label == b.label && a.greedy == b.greedy && (a.label || a.text == b.text)
}

// moreLiteral orders templates so that the first that matches is the most exact: literals before labels before greedy labels, segment by
// segment, then the longer one.
func moreLiteral(a, b []pathSegment) int {
	rank := func(s pathSegment) int {
		switch {
		case s.greedy:
			return 2
		case s.label:
			return 1
		}
		return 0
	}
	for i := range min(len(a), len(b)) {
		if d := rank(a[i]) - rank(b[i]); d != 0 {
			return d
		}
	}
	return len(b) - len(a)
}

// Match returns the operation of a request and its labels, decoded. escapedPath is the path as sent: it is not normalised, and a %2F belongs to
// its segment. Where several operations share method and path, fixed query keys decide, then which required query and header members are there.
func (r *Router) Match(method, escapedPath, rawQuery string, header http.Header) (op *Operation, labels map[string]string, ok bool) {
	path := strings.TrimPrefix(escapedPath, "/")
	for _, g := range r.methods[method] {
		values, ok := g.match(path)
		if !ok {
			continue
		}
		query, err := parseForm(rawQuery)
		if err != nil {
			return nil, nil, false
		}
		best := g.best(query, header)
		if best == nil {
			continue
		}
		labels = make(map[string]string, len(values))
		for i, name := range best.labels {
			labels[name] = values[i]
		}
		return best.op, labels, true
	}
	return nil, nil, false
}

// match splits a path along the template. One slash more at the end is taken, as AWS does, except below a greedy label, which keeps it.
func (g *pathGroup) match(path string) (values []string, ok bool) {
	rest, more := path, true
	for i, s := range g.segments {
		if !more {
			return nil, false
		}
		if s.greedy {
			tail := g.segments[i+1:]
			value, ok := greedy(rest, tail)
			if !ok {
				return nil, false
			}
			decoded, ok := unescapePath(value)
			return append(values, decoded), ok
		}
		var part string
		part, rest, more = strings.Cut(rest, "/")
		if !s.label {
			if part != s.text {
				return nil, false
			}
			continue
		}
		decoded, ok := unescapePath(part)
		if !ok || decoded == "" {
			return nil, false
		}
		values = append(values, decoded)
	}
	return values, !more || rest == ""
}

// greedy returns the part of a path that a greedy label takes when literal segments follow it.
func greedy(rest string, tail []pathSegment) (string, bool) {
	for i := len(tail) - 1; i >= 0; i-- {
		head, ok := strings.CutSuffix(strings.TrimSuffix(rest, "/"), "/"+tail[i].text)
		if !ok || tail[i].label {
			return "", false
		}
		rest = head
	}
	return rest, rest != ""
}

// best chooses among the operations of one path. The most fixed query keys win, then the most required members. An operation whose required
// members are missing is still right when no other fits: validation then says what is missing.
func (g *pathGroup) best(query []pair, header http.Header) *route {
	var best *route
	bestScore := -1
	for i := range g.routes {
		rt := &g.routes[i]
		score, ok := rt.score(query, header)
		if ok && score > bestScore {
			best, bestScore = rt, score
		}
	}
	return best
}

func (rt *route) score(query []pair, header http.Header) (int, bool) {
	score := 0
	for _, q := range rt.query {
		i := slices.IndexFunc(query, func(p pair) bool { return p.key == q.key })
		if i < 0 && q.key == "x-id" { // SDKs say which operation they mean; others do not
			continue
		}
		if i < 0 || q.value != "" && query[i].value != q.value {
			return 0, false
		}
		score += 1 << 16
	}
	complete, members := true, 0
	for _, name := range rt.needs {
		if slices.ContainsFunc(query, func(p pair) bool { return p.key == name }) {
			members++
		} else {
			complete = false
		}
	}
	for _, name := range rt.headers {
		if len(header[name]) > 0 {
			members++
		} else {
			complete = false
		}
	}
	if complete {
		return score + 1<<8 + members, true
	}
	return score, true
}
