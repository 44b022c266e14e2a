package lint

import "strings"

// arnFields are the fields of a resource ARN and where they begin. Colons of variables do not divide.
type arnFields struct {
	n    int
	text [6]string
	from [6]int
}

func fields(s string) arnFields {
	f := arnFields{n: 1}
	plain := literal(s)
	for f.n < 6 {
		i := strings.IndexByte(plain[f.from[f.n-1]:], ':')
		if i < 0 {
			break
		}
		f.from[f.n] = f.from[f.n-1] + i + 1
		f.n++
	}
	for i := range f.n {
		to := len(s)
		if i+1 < f.n {
			to = f.from[i+1] - 1
		}
		f.text[i] = s[f.from[i]:to]
	}
	return f
}

// field is the place of one field.
func (f arnFields) field(p place, i int) place { return p.part(f.from[i], f.from[i]+len(f.text[i])) }

// format is the format of a resource type's ARN.
type format struct {
	name, region, account string
	resource              string // a pattern: placeholders are *
}

// formatsOf returns the formats whose service is that, of whatever service's types.
func (c *checker) formatsOf(service string) []format {
	if list, ok := c.formats[service]; ok {
		return list
	}
	var list []format
	within := ":" + service + ":"
	for _, s := range c.cat.Services() {
		for i := range s.ResourceTypes {
			t := &s.ResourceTypes[i]
			if !strings.Contains(t.ARN, within) {
				continue
			}
			f := fields(t.ARN)
			if f.n == 6 && f.text[2] == service {
				list = append(list, format{name: t.Name, region: f.text[3], account: f.text[4], resource: opened(f.text[5])})
			}
		}
	}
	c.formats[service] = list
	return list
}

// opened replaces variables by wildcards.
func opened(s string) string {
	list := variablesIn(s)
	if list == nil {
		return s
	}
	var b strings.Builder
	at := 0
	for _, v := range list {
		b.WriteString(s[at:v.from])
		b.WriteByte('*')
		at = v.to
	}
	return b.String() + s[at:]
}

// overlap reports whether some text is matched by both patterns. Without effort left it says yes.
func (c *checker) overlap(a, b string) bool {
	a, b = opened(a), opened(b)
	for i := 0; i < len(a) && i < len(b) && a[i] != '*' && b[i] != '*' && a[i] != '?' && b[i] != '?'; i++ {
		if a[i] != b[i] {
			return false
		}
	}
	if !c.spend(len(a) * len(b)) {
		return true
	}
	// can[j] says whether the rest of a from the row's place and the rest of b from j can match the same text.
	can := make([]bool, len(b)+1)
	for i := len(a); i >= 0; i-- {
		right := false // can of the row before, one place on
		for j := len(b); j >= 0; j-- {
			down := can[j]
			switch {
			case i == len(a) && j == len(b):
				can[j] = true
			case i < len(a) && a[i] == '*':
				can[j] = down || j < len(b) && can[j+1]
			case j < len(b) && b[j] == '*':
				can[j] = can[j+1] || i < len(a) && down
			default:
				can[j] = i < len(a) && j < len(b) && right && (a[i] == b[j] || a[i] == '?' || b[j] == '?')
			}
			right = down
		}
	}
	return can[0]
}
