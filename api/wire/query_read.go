package wire

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// queryReader decodes awsQuery and ec2Query parameters. A range of pairs that share the first at bytes of their keys is one value.
type queryReader struct {
	ec2   bool
	depth int
	budget
}

// decodeQuery reads all parameters into the struct v. Unknown ones (Action, Version, signature parameters of presigned calls) are ignored.
func decodeQuery(pairs []pair, v reflect.Value, p *structPlan, ec2 bool) error {
	for i := range pairs {
		if !utf8.ValidString(pairs[i].value) {
			return malformed("the value of %q is not UTF-8", clip(pairs[i].key))
		}
	}
	byPath(pairs)
	r := queryReader{ec2: ec2}
	return r.structure(pairs, 0, v, p)
}

// segment returns the part of a key from at to the next dot, and where the part after it starts (len(key)+1 when there is none).
func segment(key string, at int) (string, int) {
	if i := strings.IndexByte(key[at:], '.'); i >= 0 {
		return key[at : at+i], at + i + 1
	}
	return key[at:], len(key) + 1
}

// group returns how many of the sorted pairs have the segment [at, next) of the first.
func group(pairs []pair, at, next int) int {
	name := pairs[0].key[:min(next-1, len(pairs[0].key))]
	n := 1
	for n < len(pairs) {
		k := pairs[n].key
		if !strings.HasPrefix(k, name) || len(k) > len(name) && k[len(name)] != '.' {
			break
		}
		n++
	}
	return n
}

func (r *queryReader) structure(pairs []pair, at int, v reflect.Value, p *structPlan) error {
	if r.depth++; r.depth > maxDepth {
		return malformed("parameters nested deeper than %d", maxDepth)
	}
	names := p.byXML
	if r.ec2 {
		names = p.byEC2
	}
	set := 0
	for len(pairs) > 0 {
		if at > len(pairs[0].key) { // the struct's own name with a plain value: present and empty
			pairs = pairs[1:]
			continue
		}
		name, next := segment(pairs[0].key, at)
		n := group(pairs, at, next)
		if i, known := names[name]; known {
			set++
			f := &p.fields[i]
			if err := r.member(pairs[:n], next, v.Field(f.index), f); err != nil {
				return err
			}
		}
		pairs = pairs[n:]
	}
	r.depth--
	return unionOf(p, set)
}

func (r *queryReader) member(pairs []pair, at int, v reflect.Value, f *field) error {
	return r.value(pairs, at, v, &f.node, f.flat || r.ec2)
}

// value reads one value; at is where keys go on below it.
func (r *queryReader) value(pairs []pair, at int, v reflect.Value, n *node, flat bool) error {
	leaf := at > len(pairs[0].key)
	switch n.kind {
	case kindStruct:
		return r.structure(pairs, at, n.target(v), n.plan)
	case kindList:
		return r.list(pairs, at, v, n, flat)
	case kindMap:
		return r.mapping(pairs, at, v, n, flat)
	}
	if !leaf {
		return mistyped("Start of structure or map found where not expected.")
	}
	last := 0 // a repeated parameter: the last wins
	for last+1 < len(pairs) && pairs[last+1].key == pairs[0].key {
		last++
	}
	if last+1 < len(pairs) {
		return mistyped("Start of structure or map found where not expected.")
	}
	return setText(v, n, pairs[last].value, formatDateTime)
}

// elements splits the pairs below a list or map into its numbered elements, in the order of the numbers.
type numbered struct {
	number int64
	pairs  []pair
	at     int
}

func (r *queryReader) elements(pairs []pair, at int) ([]numbered, error) {
	var out []numbered
	for len(pairs) > 0 {
		if at > len(pairs[0].key) { // "List=": present and empty
			if pairs[0].value != "" {
				return nil, mistyped("a plain value was found where a list is expected")
			}
			pairs = pairs[1:]
			continue
		}
		name, next := segment(pairs[0].key, at)
		n := group(pairs, at, next)
		number, err := strconv.ParseInt(name, 10, 32)
		if err != nil || number < 0 {
			return nil, mistyped("%q is not the number of a list element", clip(name))
		}
		if err := r.take(); err != nil {
			return nil, err
		}
		out = append(out, numbered{number, pairs[:n], next})
		pairs = pairs[n:]
	}
	slices.SortStableFunc(out, func(a, b numbered) int { return int(a.number - b.number) })
	return out, nil
}

// below steps over the element's name ("member", "entry", a custom xmlName) of a list or map that is not flattened.
func below(pairs []pair, at int, want string) ([]pair, int) {
	for len(pairs) > 0 {
		if at > len(pairs[0].key) {
			pairs = pairs[1:]
			continue
		}
		name, next := segment(pairs[0].key, at)
		n := group(pairs, at, next)
		if name == want {
			return pairs[:n], next
		}
		pairs = pairs[n:]
	}
	return nil, at
}

func (r *queryReader) list(pairs []pair, at int, v reflect.Value, n *node, flat bool) error {
	if r.depth++; r.depth > maxDepth {
		return malformed("parameters nested deeper than %d", maxDepth)
	}
	present(v)
	if !flat {
		if pairs, at = below(pairs, at, or(n.item, "member")); len(pairs) == 0 {
			r.depth--
			return nil
		}
	}
	elements, err := r.elements(pairs, at)
	if err != nil {
		return err
	}
	for _, e := range elements {
		if err := r.value(e.pairs, e.at, grow(v), n.elem, r.ec2); err != nil {
			return err
		}
	}
	r.depth--
	return nil
}

func (r *queryReader) mapping(pairs []pair, at int, v reflect.Value, n *node, flat bool) error {
	if r.depth++; r.depth > maxDepth {
		return malformed("parameters nested deeper than %d", maxDepth)
	}
	present(v)
	if !flat {
		if pairs, at = below(pairs, at, "entry"); len(pairs) == 0 {
			r.depth--
			return nil
		}
	}
	entries, err := r.elements(pairs, at)
	if err != nil {
		return err
	}
	for _, e := range entries {
		var key string
		hasKey := false
		elem := reflect.New(v.Type().Elem()).Elem()
		for rest := e.pairs; len(rest) > 0; {
			if e.at > len(rest[0].key) {
				rest = rest[1:]
				continue
			}
			name, next := segment(rest[0].key, e.at)
			count := group(rest, e.at, next)
			switch name {
			case or(n.keyName, "key"):
				key, hasKey = rest[count-1].value, true
			case or(n.item, "value"):
				if err := r.value(rest[:count], next, elem, n.elem, false); err != nil {
					return err
				}
			}
			rest = rest[count:]
		}
		if !hasKey {
			return mistyped("a map entry without a key")
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), elem)
	}
	r.depth--
	return nil
}

// setText stores a scalar that is text on the wire: in forms, XML, headers, query strings and labels. Text for anything but a string that is
// empty counts as absent.
func setText(v reflect.Value, n *node, s string, d timeFormat) error {
	switch n.kind {
	case kindString:
		n.setString(v, s)
		return nil
	case kindBlob:
		b, ok := parseBase64(strings.TrimSpace(s))
		if !ok {
			return mistyped("The value is not valid base64")
		}
		setBytes(v, b)
		return nil
	}
	s = strings.TrimSpace(s)
	if s == "" {
		return nil
	}
	switch n.kind {
	case kindBool:
		switch {
		case strings.EqualFold(s, "true"):
			n.setBool(v, true)
		case strings.EqualFold(s, "false"):
			n.setBool(v, false)
		default:
			return mistyped("%s can not be converted to a Boolean", n.shown(s))
		}
	case kindInt:
		x, err := strconv.ParseInt(s, 10, 64)
		if err != nil || !n.fits(x) {
			return mistyped("%s can not be converted to a %s", n.shown(s), n.typeName())
		}
		n.setInt(v, x)
	case kindFloat:
		x, ok := special(s)
		if !ok {
			var err error
			if x, err = strconv.ParseFloat(s, n.width()); err != nil || strings.ContainsAny(s, "xXpPiInN_") {
				return mistyped("%s can not be converted to a %s", n.shown(s), n.typeName())
			}
		}
		n.setFloat(v, x)
	case kindTime:
		t, ok := parseTime(s, n.format.or(d))
		if !ok {
			return mistyped("%s can not be converted to a Timestamp", n.shown(s))
		}
		n.setTime(v, t)
	default:
		return mistyped("a plain value was found where a %s is expected", n.typeName())
	}
	return nil
}
