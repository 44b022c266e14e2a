package lifecycle

import "time"

// Due is when a rule ends something. The zero value says that none does.
type Due struct {
	At   time.Time
	Rule string // ID
}

// Set says that there is a time.
func (d Due) Set() bool { return !d.At.IsZero() }

// By says that the time has come.
func (d Due) By(now time.Time) bool { return d.Set() && !now.Before(d.At) }

// earlier keeps the earlier of two times.
func (d *Due) earlier(at time.Time, rule string) {
	if !d.Set() || at.Before(d.At) {
		*d = Due{at, rule}
	}
}

// Current says when the current version of an object expires.
func Current(rules []Rule, o *Object) Due {
	var d Due
	for i := range rules {
		r := &rules[i]
		if e := r.Expiration; e != nil && r.covers(o) {
			switch {
			case e.Days != nil:
				d.earlier(after(o.Created, *e.Days), r.ID)
			case e.Date != nil:
				d.earlier(*e.Date, r.ID)
			}
		}
	}
	return d
}

// OldVersion says when a version is removed that ceased to be current at a time and has so many newer noncurrent versions.
func OldVersion(rules []Rule, o *Object, ceased time.Time, newer int) Due {
	var d Due
	for i := range rules {
		r := &rules[i]
		n := r.Noncurrent
		if n == nil || n.Days == nil || !r.covers(o) || n.Newer != nil && int64(newer) < *n.Newer {
			continue
		}
		d.earlier(after(ceased, *n.Days), r.ID)
	}
	return d
}

// Marker says when a delete marker is removed that is the only version of its object. Rules with days or a date clean markers up as well: a
// marker that hides nothing ends like a current version.
func Marker(rules []Rule, o *Object) Due {
	var d Due
	for i := range rules {
		r := &rules[i]
		e := r.Expiration
		if e == nil || !r.covers(o) {
			continue
		}
		switch {
		case e.DeleteMarker != nil && *e.DeleteMarker:
			d.earlier(o.Created, r.ID)
		case e.Days != nil:
			d.earlier(after(o.Created, *e.Days), r.ID)
		case e.Date != nil:
			d.earlier(*e.Date, r.ID)
		}
	}
	return d
}

// Upload says when an upload is aborted that was begun for the key.
func Upload(rules []Rule, key string, begun time.Time) Due {
	var d Due
	for i := range rules {
		if r := &rules[i]; r.AbortDays != nil && r.covers(&Object{Key: key}) {
			d.earlier(after(begun, *r.AbortDays), r.ID)
		}
	}
	return d
}
