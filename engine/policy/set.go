package policy

// Set is the policies of one layer, compiled: an immutable snapshot that any number of decisions may use at once. Of many policies it
// finds those that can speak of a request without looking at the others. A nil Set is a layer that does not apply; a Set without
// policies applies and allows nothing.
type Set struct {
	policies []*Named
	index    *index // nil when there are so few statements that looking at each is quicker
}

// fewStatements is the number up to which no index is made.
const fewStatements = 12

// Compile compiles the policies of one layer; nil for nil.
func Compile(list []Named) *Set {
	if list == nil {
		return nil
	}
	s := &Set{policies: make([]*Named, len(list))}
	for i := range list {
		s.policies[i] = &Named{list[i].Name, list[i].Document}
	}
	s.build()
	return s
}

func (s *Set) build() {
	if s.statements() <= fewStatements {
		return
	}
	s.index = newIndex()
	for _, n := range s.policies {
		s.index.add(n)
	}
}

// Update compiles a list that differs from s's in one place, or a few that lie together, and shares with s what is the same: the cost
// is that of the difference. Policies are the same when their names and their documents (the pointers) are.
func (s *Set) Update(list []Named) *Set {
	if s == nil || s.index == nil || list == nil {
		return Compile(list)
	}
	head, tail := 0, 0
	for head < len(list) && head < len(s.policies) && list[head] == *s.policies[head] {
		head++
	}
	for tail < len(list)-head && tail < len(s.policies)-head && list[len(list)-1-tail] == *s.policies[len(s.policies)-1-tail] {
		tail++
	}
	out := &Set{policies: make([]*Named, len(list)), index: s.index.clone()}
	copy(out.policies, s.policies[:head])
	copy(out.policies[len(list)-tail:], s.policies[len(s.policies)-tail:])
	for _, n := range s.policies[head : len(s.policies)-tail] {
		out.index.remove(n)
	}
	for i := head; i < len(list)-tail; i++ {
		out.policies[i] = &Named{list[i].Name, list[i].Document}
		out.index.add(out.policies[i])
	}
	return out
}

// Policies returns what was compiled.
func (s *Set) Policies() []Named {
	if s == nil {
		return nil
	}
	out := make([]Named, len(s.policies))
	for i, n := range s.policies {
		out[i] = *n
	}
	return out
}

func (s *Set) statements() int {
	n := 0
	for _, p := range s.policies {
		n += p.size()
	}
	return n
}

func (n *Named) size() int {
	if n.Document == nil {
		return 0
	}
	return len(n.Document.Statements)
}

// Layers are [Policies], compiled. A nil Set, and a nil slice of levels, is a layer that does not apply.
type Layers struct {
	Identity  *Set
	Boundary  *Set
	Session   *Set
	SCPs      []CompiledLevel
	RCPs      []CompiledLevel
	Resource  *Set
	Grants    *Set
	Endpoints *Set
}

// CompiledLevel is a [Level], compiled.
type CompiledLevel struct {
	Name string
	Set  *Set
}

// CompileLevels compiles levels of the organisation; nil for nil.
func CompileLevels(levels []Level) []CompiledLevel {
	if levels == nil {
		return nil
	}
	out := make([]CompiledLevel, len(levels))
	for i, l := range levels {
		out[i] = CompiledLevel{l.Name, Compile(present(l.Policies))}
	}
	return out
}

// Compile compiles all layers.
func (p *Policies) Compile() *Layers {
	return &Layers{
		Identity: Compile(p.Identity), Boundary: Compile(single(p.Boundary)), Session: Compile(p.Session),
		SCPs: CompileLevels(p.SCPs), RCPs: CompileLevels(p.RCPs), Resource: Compile(single(p.Resource)), Grants: Compile(p.Grants), Endpoints: Compile(p.Endpoints),
	}
}

// Policies returns what was compiled, for [Explain].
func (l *Layers) Policies() *Policies {
	one := func(s *Set) *Named {
		if s == nil || len(s.policies) == 0 {
			return nil
		}
		return s.policies[0]
	}
	levels := func(list []CompiledLevel) []Level {
		if list == nil {
			return nil
		}
		out := make([]Level, len(list))
		for i, l := range list {
			out[i] = Level{l.Name, l.Set.Policies()}
		}
		return out
	}
	return &Policies{
		Identity: l.Identity.Policies(), Boundary: one(l.Boundary), Session: l.Session.Policies(),
		SCPs: levels(l.SCPs), RCPs: levels(l.RCPs), Resource: one(l.Resource), Grants: l.Grants.Policies(), Endpoints: l.Endpoints.Policies(),
	}
}
