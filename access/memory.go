package access

import (
	"vauban/service"
	"vauban/store"
)

var _ service.Memory = (*Picture)(nil)

// Recall implements [service.Memory].
func (p *Picture) Recall(c *service.Call, kind, id string, fn func(store.Tx) (any, error)) (any, error) {
	if c.Tx != nil {
		return fn(c.Tx)
	}
	v, err := load(c, p, nil, cacheKey{kind, id}, func(tx store.Tx) (*any, error) {
		v, err := fn(tx)
		return &v, err
	})
	if err != nil {
		return nil, err
	}
	return *v, nil
}
