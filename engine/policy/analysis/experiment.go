package analysis

import "fmt"

// experiments are the values to try for the keys that variables ask for, beside those of the caller: values of their own, the same for
// all, none, and each that some test on them tells apart.
func (p *problem) experiments() []map[string]fact {
	keys := p.asksFor()
	if len(keys) == 0 {
		return []map[string]fact{nil}
	}
	base := func() map[string]fact {
		m := map[string]fact{}
		for i, k := range keys {
			m[k] = fact{key: k, values: []string{fmt.Sprint("value", i+1)}}
		}
		return m
	}
	same, gone := base(), base()
	for _, k := range keys {
		same[k] = fact{key: k, values: []string{"value"}}
		gone[k] = fact{key: k}
	}
	out := []map[string]fact{base(), gone}
	if len(keys) > 1 {
		out = append(out, same)
	}
	for _, k := range keys {
		d := p.dimensionOf([]string{k}, nobody, true)
		for i := range d.cells {
			if c := &d.cells[i]; !c.unreal && len(c.facts) > 0 && len(out) < mostExperiments {
				m := base()
				m[k] = c.facts[0]
				out = append(out, m)
			}
		}
	}
	return out
}

const mostExperiments = 24

// asksFor returns the keys that variables ask for, but those of the caller and the clock.
func (p *problem) asksFor() []string {
	keys := map[string]bool{}
	for i := range p.elements {
		for _, v := range p.elements[i].template.variables() {
			keys[v.key] = true
		}
	}
	for i := range p.tests {
		for _, k := range p.tests[i].asks {
			keys[k] = true
		}
	}
	for k := range keys {
		if ofCaller(k) || clock(k) {
			delete(keys, k)
		}
	}
	return sortedKeys(keys)
}
