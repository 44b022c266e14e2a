package cloudwatch

import (
	"time"

	"vauban/engine/contributor"
	"vauban/service/cloudwatch/contributors"
	"vauban/store"
)

// look is a rule made ready to look at events. It is shared, and not changed.
type look struct {
	*InsightRule
	rule *contributor.Rule // nil when the definition cannot be read
}

func lookOf(r *InsightRule) *look {
	rule, err := contributor.Parse(r.Definition)
	if err != nil {
		rule = nil
	}
	return &look{r, rule}
}

// Count is what the rules of Contributor Insights find in the events of one PutLogEvents.
type Count struct {
	room  *contributors.Room
	looks []*look
	found []contributors.Counts // by look
	ready []*contributors.Prepared
}

// Counting finds the rules that look at a log group; nil when there are none.
func (s *Service) Counting(tx store.Tx, account, region, group string) (*Count, error) {
	var looks []*look
	var all []string
	_, err := store.VisitMemo(tx, insightRules, s.looks, store.K(account, region), nil, func(x *look) bool {
		all = append(all, x.ID)
		if x.Enabled && x.rule != nil && x.rule.Watches(account, region, group) {
			looks = append(looks, x)
		}
		return true
	})
	if err != nil || len(looks) == 0 {
		return nil, err
	}
	room, err := s.counted.Room(tx, account+" "+region, all, s.Clock())
	if err != nil {
		return nil, err
	}
	return &Count{room: room, looks: looks, found: make([]contributors.Counts, len(looks))}, nil
}

// Event looks at an event: its message, and what a transformer has made of it, "" without one. Time is in milliseconds.
func (c *Count) Event(at int64, message, made string) {
	plain := contributor.NewEvent(message)
	transformed := plain
	if made != "" {
		transformed = contributor.NewEvent(made)
	}
	for i, x := range c.looks {
		e := plain
		if x.Made {
			e = transformed
		}
		keys, value, ok := x.rule.Match(e)
		if !ok {
			continue
		}
		if c.found[i] == nil {
			c.found[i] = contributors.Counts{}
		}
		c.found[i].Add(time.UnixMilli(at), keys, value)
	}
}

// Prepare makes what was found ready to be kept.
func (c *Count) Prepare() error {
	for i, x := range c.looks {
		if c.found[i] == nil {
			continue
		}
		parts, err := c.room.Prepare(x.ID, c.found[i])
		if err != nil {
			return err
		}
		c.ready = append(c.ready, parts...)
	}
	return nil
}

// Keep keeps what was found, in the transaction that keeps the events.
func (c *Count) Keep(tx store.Tx) error {
	for _, p := range c.ready {
		if err := p.Put(tx); err != nil {
			return err
		}
	}
	return nil
}
