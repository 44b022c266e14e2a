package contributor

import (
	"math"
	"strings"
	"unicode/utf8"

	"vauban/engine/logfilter"
)

// Event is a log event that rules look at. It is parsed at most once for all of them, and only for one that it may match.
type Event struct {
	message string
	doc     any
	isJSON  bool
	parsed  bool
	fields  []string
	split   bool
}

// NewEvent returns the event of a message.
func NewEvent(message string) *Event { return &Event{message: message} }

func (e *Event) document() (any, bool) {
	if !e.parsed {
		e.doc, e.isJSON = logfilter.Document(e.message)
		e.parsed = true
	}
	return e.doc, e.isJSON
}

func (e *Event) columns() []string {
	if !e.split {
		e.fields, e.split = logfilter.Fields(e.message), true
	}
	return e.fields
}

// maxValue is how many bytes of a key's value count.
const maxValue = 256

// Match reports whether an event counts, for whom, and how much.
func (r *Rule) Match(e *Event) (keys []string, value float64, ok bool) {
	if !logfilter.Has(e.message, r.needs) {
		return nil, 0, false
	}
	for i := range r.filters {
		if !r.filters[i].match(e) {
			return nil, 0, false
		}
	}
	value = 1
	if r.value != nil {
		v, ok := r.value.value(e)
		if !ok {
			return nil, 0, false
		}
		if value, ok = numberOf(v); !ok || math.Abs(value) > largest {
			return nil, 0, false
		}
	}
	keys = make([]string, len(r.keys))
	for i := range r.keys {
		v, ok := r.keys[i].value(e)
		if !ok {
			return nil, 0, false
		}
		keys[i] = clipped(logfilter.Text(v))
	}
	return keys, value, true
}

// largest is beyond what CloudWatch takes as a value, 2^360, so that sums stay finite.
const largest = 1 << 360

func clipped(s string) string {
	if len(s) > maxValue {
		n := maxValue
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// Watches reports whether the rule looks at a log group.
func (r *Rule) Watches(account, region, group string) bool {
	for _, name := range r.Names {
		if covers(name, group) {
			return true
		}
	}
	for _, g := range r.Groups {
		if g.Region == region && (g.Account == account || g.Account == "*") && covers(g.Name, group) {
			return true
		}
	}
	return false
}

func covers(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}
