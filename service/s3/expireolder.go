package s3

import (
	"time"

	"vauban/engine/lifecycle"
	"vauban/service"
	"vauban/store"
)

// older walks the versions of a bucket that are not in the table of current ones, the newest of a key first.
type older struct {
	key    string
	newer  int       // noncurrent versions of the key that are newer than the next
	before time.Time // when the version before the next was made
	front  *Version  // a delete marker that is the newest of its key; else nil
}

// ended is a version that is due.
type ended struct {
	key, id string
	seq     uint64
	marker  bool // a delete marker that hides nothing
}

// expireOlder removes versions that are no longer current, and delete markers that are all that is left of an object.
func (s *Service) expireOlder(w *service.Work, b *Bucket, rules []lifecycle.Rule) error {
	var after store.Key
	var at older
	for {
		var page store.Page[Version]
		var due []ended
		before := at
		err := s.Store.Read(w, func(tx store.Tx) (err error) {
			at, due = before, nil
			if page, err = versions.List(tx, store.K(b.ID), after, expireBatch); err != nil {
				return err
			}
			for _, v := range page.Items {
				if err := at.next(tx, b, v); err != nil {
					return err
				}
				if at.front == v {
					continue
				}
				if lifecycle.OldVersion(rules, v.aged(), at.ceased(v), at.newer).By(w.Time) {
					due = append(due, ended{key: v.Key, id: v.ID, seq: v.Seq})
				}
				at.pass(v)
			}
			return s.lonelyMarkers(tx, b, rules, page.Items, w.Time, &due)
		})
		if err != nil {
			return err
		}
		if err := s.endOlder(w, b, due); err != nil {
			return err
		}
		if after = page.Next; after == nil {
			return nil
		}
	}
}

// next takes the walk to a version. The first of a key says when it ceased to be current by the current one.
func (o *older) next(tx store.Tx, b *Bucket, v *Version) error {
	if v.Key == o.key {
		return nil
	}
	*o = older{key: v.Key}
	current, err := currents.Get(tx, store.K(b.ID, v.Key))
	switch {
	case store.IsAbsent(err): // then the newest is a delete marker
		o.front, o.before = v, v.Created
		return nil
	case err != nil:
		return err
	}
	o.before = current.Created
	return nil
}

// pass takes the walk beyond a version.
func (o *older) pass(v *Version) {
	o.newer++
	o.before = v.Created
}

// ceased is when the version ceased to be current. Delete markers do not hold it: it is when the version before them was made.
func (o *older) ceased(v *Version) time.Time {
	if !v.Ceased.IsZero() {
		return v.Ceased
	}
	return o.before
}

// lonelyMarkers are the delete markers of the page that have no other version beside them.
func (s *Service) lonelyMarkers(tx store.Tx, b *Bucket, rules []lifecycle.Rule, page []*Version, now time.Time, due *[]ended) error {
	for _, v := range page {
		if !v.Marker || !lifecycle.Marker(rules, v.aged()).By(now) {
			continue
		}
		lonely, err := isLonely(tx, b, v.Key)
		if err != nil {
			return err
		}
		if lonely {
			*due = append(*due, ended{key: v.Key, id: v.ID, seq: v.Seq, marker: true})
		}
	}
	return nil
}

// isLonely says that the key has one version in all.
func isLonely(tx store.Tx, b *Bucket, key string) (bool, error) {
	has, err := currents.Has(tx, store.K(b.ID, key))
	if has || err != nil {
		return false, err
	}
	n, err := versions.Count(tx, store.K(b.ID, key), 2)
	return n == 1, err
}

// endOlder removes versions for good, except those that are locked. What has changed since they were found due is left for the next turn: versions
// never change their place among the older ones but by removal, and rules are read anew.
func (s *Service) endOlder(w *service.Work, was *Bucket, list []ended) error {
	return s.ending(w, was, len(list), func(tx store.Tx, c *service.Call, b *Bucket, rules []lifecycle.Rule) error {
		for _, e := range list {
			v, err := versions.Get(tx, olderKey(b.ID, e.key, e.seq))
			if store.IsAbsent(err) || err == nil && v.Lock.allowsRemoval(w.Time, false) != nil {
				continue
			}
			if err != nil {
				return err
			}
			rule, err := ruleOver(tx, b, rules, v, e.marker, w.Time)
			if err != nil {
				return err
			}
			if rule == "" {
				continue
			}
			if err := s.remove(tx, b, v, w.Time); err != nil {
				return err
			}
			if err := s.noteExpired(tx, w.Time, b, v.Key, v.ID, rule, false); err != nil {
				return err
			}
			if err := s.notify(tx, c, b, eventExpired, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// mostNewer is the most newer versions that a rule may ask for: further ones need not be counted. Amazon S3 API: "NoncurrentVersionExpiration".
const mostNewer = 100

// ruleOver is the rule that still ends the version, "" when none does.
func ruleOver(tx store.Tx, b *Bucket, rules []lifecycle.Rule, v *Version, marker bool, now time.Time) (string, error) {
	if marker {
		lonely, err := isLonely(tx, b, v.Key)
		if d := lifecycle.Marker(rules, v.aged()); lonely && d.By(now) {
			return d.Rule, err
		}
		return "", err
	}
	var at older
	for o, err := range versions.Each(tx, store.K(b.ID, v.Key)) {
		if err != nil {
			return "", err
		}
		if err := at.next(tx, b, o); err != nil {
			return "", err
		}
		if o.Seq == v.Seq || at.newer > mostNewer && !v.Ceased.IsZero() {
			break
		}
		if at.front != o {
			at.pass(o)
		}
	}
	if d := lifecycle.OldVersion(rules, v.aged(), at.ceased(v), at.newer); at.front == nil || at.front.Seq != v.Seq {
		if d.By(now) {
			return d.Rule, nil
		}
	}
	return "", nil
}
