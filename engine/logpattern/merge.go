package logpattern

import (
	"hash/fnv"
	"maps"
	"slices"
)

// varies is how many messages must differ in a word, and agree in all else, for the word to be one that varies.
const varies = 3

// merge puts masks together that differ in words that vary. They come in the order of their keys, so that the result does not depend on that of the messages.
func merge(all []*mask) []*mask {
	lengths := map[int][]*mask{}
	for _, m := range all {
		lengths[len(m.Tokens)] = append(lengths[len(m.Tokens)], m)
	}
	var out []*mask
	for n := 0; n <= maxTokens+1; n++ {
		group := lengths[n]
		if len(group) >= varies {
			group = cluster(sweep(group, n))
		}
		out = append(out, group...)
	}
	return out
}

// sweep makes one position after the other variable where enough masks differ in it alone, until nothing changes.
func sweep(group []*mask, n int) []*mask {
	for range 4 {
		before := len(group)
		for p := range n {
			group = sweepAt(group, p)
		}
		if len(group) == before {
			break
		}
	}
	return group
}

func sweepAt(group []*mask, p int) []*mask {
	if len(group) < varies {
		return group
	}
	alike := map[uint64][]*mask{}
	var order []uint64
	for _, m := range group {
		h := m.hashWithout(p)
		if alike[h] == nil {
			order = append(order, h)
		}
		alike[h] = append(alike[h], m)
	}
	var out []*mask
	for _, h := range order {
		set := alike[h]
		if len(set) < varies || !slices.ContainsFunc(set, func(m *mask) bool { return m.Tokens[p].Kind == "" }) || !set[0].mayVary(p, set) {
			out = append(out, set...)
			continue
		}
		out = append(out, join(set, map[int]bool{p: true}))
	}
	slices.SortFunc(out, func(a, b *mask) int { return compareKeys(a, b) })
	return out
}

func compareKeys(a, b *mask) int {
	switch {
	case a.key < b.key:
		return -1
	case a.key > b.key:
		return 1
	}
	return 0
}

// hashWithout is over all tokens but one. It is a sum over their places, so that leaving one out is cheap.
func (m *mask) hashWithout(p int) uint64 {
	if m.hashes == nil {
		m.hashes = make([]uint64, len(m.Tokens))
		for i := range m.Tokens {
			m.hashes[i] = hashOf(i, &m.Tokens[i])
			m.hash += m.hashes[i]
		}
	}
	return m.hash - m.hashes[p]
}

func hashOf(place int, t *Token) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte{byte(place), byte(place >> 8)})
	_, _ = h.Write([]byte(t.Kind))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(t.Text))
	return h.Sum64()
}

// mayVary says that the masks really agree elsewhere, that it is a word in all of them that tells no severity, and that as many words stay as vary for that reason.
func (m *mask) mayVary(p int, set []*mask) bool {
	for _, o := range set {
		if !o.Tokens[p].Word || o.Tokens[p].Kind == "" && severityOf(o.Tokens[p].Text) != "" {
			return false
		}
		for i := range o.Tokens {
			if i != p && o.Tokens[i] != m.Tokens[i] {
				return false
			}
		}
	}
	return m.stays(map[int]bool{p: true})
}

// stays says that at least as many words of the pattern stay as would vary by no form of their own.
func (m *mask) stays(at map[int]bool) bool {
	fixed, free := 0, 0
	for i := range m.Tokens {
		switch t := &m.Tokens[i]; {
		case at[i] || t.Kind == kindAny:
			free++
		case t.Word && t.Kind == "":
			fixed++
		}
	}
	return fixed >= free
}

// join makes one mask of many, in which the tokens at the places vary.
func join(set []*mask, at map[int]bool) *mask {
	out := &mask{}
	out.Tokens = slices.Clone(set[0].Tokens)
	for i := range out.Tokens {
		if at[i] {
			out.Tokens[i] = Token{Kind: kindAny, Word: true}
		}
		if out.Tokens[i].Kind != "" {
			out.Values = append(out.Values, map[string]int{})
		}
	}
	out.key = keyOf(out.Tokens)
	for _, m := range set {
		out.Counts[0] += m.Counts[0]
		out.Counts[1] += m.Counts[1]
		out.takeValues(m)
		for _, s := range m.Samples {
			if len(out.Samples) < maxSamples {
				out.Samples = append(out.Samples, s)
			}
		}
	}
	return out
}

// takeValues counts the values of another mask where this one varies.
func (m *mask) takeValues(o *mask) {
	mine, theirs := 0, 0
	for i := range m.Tokens {
		if m.Tokens[i].Kind != "" {
			if o.Tokens[i].Kind == "" {
				note(m.Values[mine], o.Tokens[i].Text, int(o.Counts[0]+o.Counts[1]))
			} else {
				for _, v := range slices.Sorted(maps.Keys(o.Values[theirs])) {
					note(m.Values[mine], v, o.Values[theirs][v])
				}
			}
			mine++
		}
		if o.Tokens[i].Kind != "" {
			theirs++
		}
	}
}

// maxCompared bounds how many masks are compared with one another.
const maxCompared = 500

// cluster puts masks together that differ in several words at once: three or more that agree in their first word, in all punctuation and in six words of ten.
func cluster(group []*mask) []*mask {
	if len(group) < varies || len(group) > maxCompared {
		return group
	}
	var heads [][]*mask
	places := []map[int]bool{}
next:
	for _, m := range group {
		for i, set := range heads {
			if at, ok := differ(set[0], m, places[i]); ok {
				heads[i], places[i] = append(set, m), at
				continue next
			}
		}
		heads, places = append(heads, []*mask{m}), append(places, map[int]bool{})
	}
	var out []*mask
	for i, set := range heads {
		if len(set) < varies {
			out = append(out, set...)
			continue
		}
		out = append(out, join(set, places[i]))
	}
	slices.SortFunc(out, compareKeys)
	return out
}

// differ are the places in which two masks differ, beside those known, if they are alike enough.
func differ(a, b *mask, known map[int]bool) (map[int]bool, bool) {
	at := maps.Clone(known)
	first, words := true, 0
	for i := range a.Tokens {
		x, y := &a.Tokens[i], &b.Tokens[i]
		if x.Word && x.Kind != "" && x.Kind == y.Kind {
			continue
		}
		if x.Word && x.Kind == "" {
			words++
		}
		if *x != *y {
			if first || !x.Word || !y.Word || x.Kind == "" && severityOf(x.Text) != "" || y.Kind == "" && severityOf(y.Text) != "" {
				return nil, false
			}
			at[i] = true
		}
		if x.Word {
			first = false
		}
	}
	return at, len(at)*10 <= words*4 && a.stays(at)
}
