package lint

import (
	"fmt"
	"slices"
	"strings"

	"vauban/engine/policy"
)

// redundantStatements reports statements that say the same but for their Sid and the order of lists.
func (c *checker) redundantStatements(list []*statement) {
	groups := map[string][]place{}
	var order []string
	for _, s := range list {
		k := canonical(s.JSON, "Sid")
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], s.place)
	}
	for _, k := range order {
		if len(groups[k]) > 1 {
			c.report("REDUNDANT_STATEMENT", groups[k])
		}
	}
}

// canonical is a text of a value that is equal for values that mean the same: members and elements sorted, one value and a list of it alike.
func canonical(j *policy.JSON, without string) string {
	switch j.Type {
	case policy.JSONObject:
		parts := make([]string, 0, len(j.Members))
		for _, m := range j.Members {
			if m.Name != without {
				parts = append(parts, fmt.Sprintf("%q:%s", m.Name, canonical(m.Value, "")))
			}
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	case policy.JSONArray:
		parts := make([]string, len(j.Items))
		for i, item := range j.Items {
			parts[i] = canonical(item, "")
		}
		slices.Sort(parts)
		return strings.Join(slices.Compact(parts), ",")
	}
	return fmt.Sprintf("%q", j.Text)
}

// covered returns the elements whose every match another element matches. Of elements that match the same the first stays.
func (c *checker) covered(list []place, covers func(a, b string) bool) []place {
	var patterns []int
	first := map[string]int{}
	for i, p := range list {
		if strings.ContainsAny(p.Text, "*?") {
			patterns = append(patterns, i)
		}
		if _, ok := first[p.Text]; !ok {
			first[p.Text] = i
		}
	}
	var out []place
	for i, p := range list {
		repeated := first[p.Text] < i
		for _, j := range patterns {
			if repeated || !c.spend(8) {
				break
			}
			q := list[j]
			repeated = i != j && covers(q.Text, p.Text) && (j < i || !covers(p.Text, q.Text))
		}
		if repeated {
			out = append(out, p)
		}
	}
	return out
}

// covers reports whether pattern a matches all that pattern b matches, as far as that can be told by reading a over the text of b: a wildcard of
// b is matched by no less a wildcard of a. What it reports is so; some inclusions of patterns with several wildcards it does not see.
func (c *checker) covers(a, b string) bool {
	i, j, star, mark := 0, 0, -1, 0
	for j < len(b) {
		if !c.spend(1) {
			return false
		}
		switch {
		case i < len(a) && a[i] == '*':
			star, mark = i, j
			i++
		case i < len(a) && (a[i] == b[j] && b[j] != '*' || a[i] == '?' && b[j] != '*'):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(a) && a[i] == '*' {
		i++
	}
	return i == len(a)
}

// coversARN is covers for resources, whose first five fields no wildcard crosses.
func (c *checker) coversARN(a, b string) bool {
	if a == "*" || a == b {
		return true
	}
	x, y := fields(a), fields(b)
	if x.n < 6 || y.n < 6 {
		return false
	}
	for i := range x.text {
		if !c.covers(x.text[i], y.text[i]) {
			return false
		}
	}
	return true
}
