package lifecycle

import (
	"strings"
	"time"
)

// Rule is one rule of a bucket.
type Rule struct {
	ID      string `json:"id"`
	Enabled bool   `json:"enabled"`
	Filter  Filter `json:"filter"`

	Expiration *Expiration `json:"expiration,omitempty"`
	Noncurrent *Noncurrent `json:"noncurrent,omitempty"`
	AbortDays  *int64      `json:"abortDays,omitempty"` // after an upload was begun
}

// Filter says for which objects a rule holds: all of it must fit.
type Filter struct {
	Form    Form              `json:"form"` // as it was written, to be shown so again
	Prefix  *string           `json:"prefix,omitempty"`
	Tags    map[string]string `json:"tags,omitempty"`
	Greater *int64            `json:"greater,omitempty"` // bytes
	Less    *int64            `json:"less,omitempty"`
}

// Form is how a filter is written.
type Form string

// The forms.
const (
	OldPrefix Form = "prefix" // beside the rule's actions, not in a Filter
	Single    Form = "single" // one predicate or none in a Filter
	And       Form = "and"
)

// Expiration ends current versions: after days, from a date, or, for markers alone, when they hide nothing.
type Expiration struct {
	Days         *int64     `json:"days,omitempty"`
	Date         *time.Time `json:"date,omitempty"`
	DeleteMarker *bool      `json:"deleteMarker,omitempty"`
}

// Noncurrent ends versions that are no longer current.
type Noncurrent struct {
	Days  *int64 `json:"days,omitempty"`
	Newer *int64 `json:"newer,omitempty"` // how many newer noncurrent versions must exist
}

// Object is what rules look at.
type Object struct {
	Key     string
	Size    int64
	Tags    map[string]string
	Created time.Time
}

// covers says whether the rule holds for the object.
func (r *Rule) covers(o *Object) bool {
	f := &r.Filter
	if !r.Enabled || f.Prefix != nil && !strings.HasPrefix(o.Key, *f.Prefix) || f.Greater != nil && o.Size <= *f.Greater || f.Less != nil && o.Size >= *f.Less {
		return false
	}
	for k, v := range f.Tags {
		if have, ok := o.Tags[k]; !ok || have != v {
			return false
		}
	}
	return true
}

// after is the midnight that days end with.
func after(t time.Time, days int64) time.Time {
	t = t.UTC().AddDate(0, 0, int(days))
	if midnight := t.Truncate(24 * time.Hour); midnight.Before(t) {
		return midnight.Add(24 * time.Hour)
	}
	return t
}
