package logquery

import (
	"maps"
)

// unnesting is an unnest command: a list becomes rows. User Guide: "unnest".
type unnesting struct {
	from expr
	name string
}

func (p *parser) unnesting() (*unnesting, error) {
	x, err := p.expr()
	if err != nil {
		return nil, err
	}
	if err := p.expect("into"); err != nil {
		return nil, err
	}
	name, err := p.name()
	return &unnesting{x, name}, err
}

// maxUnnested is how many rows one list becomes at most.
const maxUnnested = 10_000

type unnestStage struct {
	*unnesting
	now int64
	mem *budget
	to  stage
}

// push hands on a row for each item. What is no list is a list of one; what is absent, of none.
func (u *unnestStage) push(r *row) error {
	v := u.from.eval(&scope{row: r, now: u.now})
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, item := range list[:min(len(list), maxUnnested)] {
		one := *r
		one.set = maps.Clone(r.set)
		one.put(u.name, ofJSON(item))
		if err := u.to.push(&one); err != nil {
			return err
		}
	}
	return nil
}
func (u *unnestStage) end() error { return u.to.end() }
