package access

import (
	"fmt"
	"strings"
	"sync"

	"vauban/engine/policy"
)

// documents shares parsed policies by their text, and compiled lists of them by their content: most principals hold the same few
// managed policies.
type documents struct {
	mu     sync.Mutex
	byText map[string]*policy.Document
	sets   map[string]*policy.Set // by what records cite of the list
	latest map[string]*policy.Set // by holder: what the next one is made from
}

// Bounds of the caches. Who uses an entry keeps it when the cache starts over.
const (
	maxDocuments = 20_000
	maxSets      = 20_000
)

// parse returns the policy parsed, from the cache when the text was seen before. Texts were validated on write; one that does not
// parse now denies by failing the decision.
func (d *documents) parse(t PolicyText) (*policy.Named, error) {
	d.mu.Lock()
	doc := d.byText[t.JSON]
	d.mu.Unlock()
	if doc == nil {
		var err error
		if doc, err = policy.Parse([]byte(t.JSON)); err != nil {
			return nil, fmt.Errorf("parse policy %s: %w", t.Name, err)
		}
		d.mu.Lock()
		if d.byText == nil || len(d.byText) >= maxDocuments {
			d.byText = map[string]*policy.Document{} // start over: entries in use keep their documents
		}
		d.byText[t.JSON] = doc
		d.mu.Unlock()
	}
	return &policy.Named{Name: t.Name, Document: doc}, nil
}

// compile returns the list compiled. When the holder's last one differs little, the cost is that of the difference.
func (d *documents) compile(holder string, list []policy.Named) *policy.Set {
	if list == nil {
		return nil
	}
	var key strings.Builder
	for i := range list {
		key.WriteString(Cite(&list[i]))
		key.WriteByte('\n')
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.sets[key.String()]; s != nil {
		return s
	}
	s := d.latest[holder].Update(list)
	if d.sets == nil || len(d.sets) >= maxSets || len(d.latest) >= maxSets {
		d.sets, d.latest = map[string]*policy.Set{}, map[string]*policy.Set{}
	}
	d.sets[key.String()], d.latest[holder] = s, s
	return s
}

// compileOne returns a resource's policy compiled. A small one has no index: making it anew is quicker than looking it up.
func (d *documents) compileOne(n *policy.Named) *policy.Set {
	list := []policy.Named{*n}
	if n.Document == nil || len(n.Document.Statements) <= fewStatements {
		return policy.Compile(list)
	}
	return d.compile("resource "+n.Name, list)
}

// fewStatements is up to how many of them a policy is compiled for each question.
const fewStatements = 12

// compileLevels compiles levels of the organisation: most accounts share all but the last.
func (d *documents) compileLevels(levels []policy.Level) []policy.CompiledLevel {
	if levels == nil {
		return nil
	}
	out := make([]policy.CompiledLevel, len(levels))
	for i, l := range levels {
		out[i] = policy.CompiledLevel{Name: l.Name, Set: d.compile("level "+l.Name, l.Policies)}
	}
	return out
}
