package sns

import (
	"sync"

	"vauban/engine/pattern"
)

// filter is the compiled filter policy of a subscription, nil where it has none. err says that this version does not understand it: it was checked when it
// was set.
type filter struct {
	*pattern.Filter
	err error
}

// filters keeps the filter policies of late compiled, by their text.
type filters struct {
	mu sync.Mutex
	m  map[filterKey]filter
}

type filterKey struct {
	text string
	body bool
}

const maxFilters = 10_000

func (c *filters) of(x *Subscription) filter {
	if x.Filter == "" {
		return filter{}
	}
	key := filterKey{x.Filter, x.Body}
	c.mu.Lock()
	f, known := c.m[key]
	c.mu.Unlock()
	if known {
		return f
	}
	f.Filter, f.err = pattern.CompileFilter([]byte(x.Filter), x.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxFilters {
		c.m = map[filterKey]filter{}
	}
	c.m[key] = f
	return f
}

// judge decides which subscriptions a message goes to. Its parts are made once for all of them.
type judge struct {
	content    *Content
	attributes *pattern.Event
	bodies     map[string]*pattern.Event // by what is delivered; nil for what is no JSON object
}

// verdict is why a message does not go to a subscription; "" when it does. They are named as their metrics are. Developer guide: "Amazon SNS metrics".
type verdict string

const (
	passes           verdict = ""
	noAttributes     verdict = "NumberOfNotificationsFilteredOut-NoMessageAttributes"
	otherAttributes  verdict = "NumberOfNotificationsFilteredOut-MessageAttributes"
	otherBody        verdict = "NumberOfNotificationsFilteredOut-MessageBody"
	invalidBody      verdict = "NumberOfNotificationsFilteredOut-InvalidMessageBody"
	filterNotLegible verdict = "NumberOfNotificationsFilteredOut-InvalidAttributes"
)

// of decides about a subscription with its compiled filter.
func (j *judge) of(x *Subscription, f filter) verdict {
	switch {
	case f.err != nil:
		return filterNotLegible
	case f.Filter == nil:
		return passes
	case x.Body:
		return j.body(x, f)
	}
	if j.attributes == nil {
		j.attributes = j.content.event()
	}
	switch {
	case f.Match(j.attributes):
		return passes
	case len(j.content.Attributes) == 0:
		return noAttributes
	}
	return otherAttributes
}

func (j *judge) body(x *Subscription, f filter) verdict {
	text := j.content.body(x.Protocol)
	e, known := j.bodies[text]
	if !known {
		e, _ = pattern.Decode([]byte(text)) // nil for what is no object
		if j.bodies == nil {
			j.bodies = map[string]*pattern.Event{}
		}
		j.bodies[text] = e
	}
	switch {
	case e == nil:
		return invalidBody
	case f.Match(e):
		return passes
	}
	return otherBody
}
