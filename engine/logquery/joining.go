package logquery

import (
	"maps"
	"slices"
	"strings"
)

// joining is a join command. User Guide: "join".
type joining struct {
	left, right string // aliases
	outer       bool   // rows stay that find nothing
	on          [][2]string
	sub         *subquery
}

// joining parses type=left left=a right=b where a.x=b.y (SOURCE 'group' | …).
func (p *parser) joining() (*joining, error) {
	j := &joining{left: "left", right: "right"}
	for !p.is("where") {
		option := p.tok
		if err := p.next(); err != nil {
			return nil, err
		}
		if err := p.expect("="); err != nil {
			return nil, err
		}
		value, err := p.name()
		if err != nil {
			return nil, err
		}
		switch strings.ToLower(option.value) {
		case "type":
			if j.outer = strings.EqualFold(value, "left"); !j.outer && !strings.EqualFold(value, "inner") {
				return nil, p.fail("the type of a join is inner or left, not %q", bounded(value))
			}
		case "left":
			j.left = value
		case "right":
			j.right = value
		default:
			p.tok = option
			return nil, p.fail("type, left, right or where is expected here, not %q", bounded(option.value))
		}
	}
	if j.left == j.right || strings.Contains(j.left+j.right, ".") {
		return nil, p.fail("left and right of a join want different names without dots")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if err := p.conditions(j); err != nil {
		return nil, err
	}
	var err error
	if j.sub, err = p.subquery(); err == nil {
		j.sub.joined = true
	}
	return j, err
}

func (p *parser) conditions(j *joining) error {
	for {
		a, err := p.name()
		if err == nil {
			err = p.expect("=")
		}
		if err != nil {
			return err
		}
		b, err := p.name()
		if err != nil {
			return err
		}
		x, ok := strings.CutPrefix(a, j.left+".")
		y, ok2 := strings.CutPrefix(b, j.right+".")
		if !ok && !ok2 { // the other way round
			x, ok = strings.CutPrefix(b, j.left+".")
			y, ok2 = strings.CutPrefix(a, j.right+".")
		}
		if !ok || !ok2 || x == "" || y == "" {
			return p.fail("a condition such as %s.field=%s.field is expected here", j.left, j.right)
		}
		if j.on = append(j.on, [2]string{x, y}); len(j.on) > 10 {
			return p.fail("a join has 10 conditions at most")
		}
		if more, err := p.accept("and"); err != nil || !more {
			return err
		}
	}
}

type joinStage struct {
	*joining
	mem *budget
	to  stage

	built map[string][]*row
}

// key of a row for one side; there is none where a field is absent.
func (j *joinStage) key(r *row, side int) (string, bool) {
	var b strings.Builder
	for _, on := range j.on {
		v := r.get(on[side])
		if v == nil {
			return "", false
		}
		k := keyed(v)
		b.WriteString(strings.ReplaceAll(k, "\x00", "\x00\x01") + "\x00\x02")
	}
	return b.String(), true
}

func (j *joinStage) push(r *row) error {
	if j.built == nil {
		j.built = map[string][]*row{}
		for _, other := range j.sub.rows {
			if k, ok := j.key(other, 1); ok {
				j.built[k] = append(j.built[k], other)
				if err := j.mem.take(len(k) + 64); err != nil {
					return err
				}
			}
		}
	}
	k, ok := j.key(r, 0)
	var with []*row
	if ok {
		with = j.built[k]
	}
	if len(with) == 0 && j.outer {
		return j.to.push(j.joined(r, nil))
	}
	for _, other := range with {
		if err := j.to.push(j.joined(r, other)); err != nil {
			return err
		}
	}
	return nil
}

// joined is a row that has both under their names.
func (j *joinStage) joined(r, other *row) *row {
	one := *r
	one.set, one.aliases = maps.Clone(r.set), append(slices.Clip(r.aliases), j.left)
	if other != nil {
		one.put(j.right, other)
	}
	return &one
}
func (j *joinStage) end() error { return j.to.end() }
