package s3

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"vauban/engine/lifecycle"
	"vauban/service"
	"vauban/store"
)

// This file ends what the lifecycle rules of a bucket say. A turn walks all buckets that have rules, in batches; what is due is looked at again in the
// transaction that ends it. A turn that is cut short loses nothing: the next one finds what is still there.

const (
	expireEvery = time.Hour
	expireBatch = 200
)

func (s *Service) expire(w *service.Work) error {
	var failed error
	var after store.Key
	for {
		var page store.Page[Bucket]
		err := s.Store.Read(w, func(tx store.Tx) (err error) {
			page, err = buckets.List(tx, nil, after, expireBatch)
			return err
		})
		if err != nil {
			return err
		}
		for _, b := range page.Items {
			if err := s.expireIn(w, b); err != nil {
				failed = firstOf(failed, fmt.Errorf("lifecycle of bucket %s: %w", b.Name, err))
			}
		}
		if after = page.Next; after == nil {
			return failed
		}
	}
}

func (s *Service) expireIn(w *service.Work, b *Bucket) error {
	var l *lifecycleRules
	err := s.Store.Read(w, func(tx store.Tx) (err error) {
		l, err = lifecycleKind.in(tx, b)
		return err
	})
	if l == nil || err != nil {
		return err
	}
	for _, end := range [...]func(*service.Work, *Bucket, []lifecycle.Rule) error{s.expireCurrent, s.expireOlder, s.expireUploads} {
		if err := end(w, b, l.Rules); err != nil {
			return err
		}
	}
	return nil
}

// expireCurrent ends current versions. Where versions are kept that is to put a delete marker in front of them.
func (s *Service) expireCurrent(w *service.Work, b *Bucket, rules []lifecycle.Rule) error {
	var after store.Key
	for {
		var page store.Page[Version]
		err := s.Store.Read(w, func(tx store.Tx) (err error) {
			page, err = currents.List(tx, store.K(b.ID), after, expireBatch)
			return err
		})
		if err != nil {
			return err
		}
		var due []string
		for _, v := range page.Items {
			if lifecycle.Current(rules, v.aged()).By(w.Time) {
				due = append(due, v.Key)
			}
		}
		if err := s.endCurrent(w, b, due); err != nil {
			return err
		}
		if after = page.Next; after == nil {
			return nil
		}
	}
}

// aged is the version as lifecycle rules look at it.
func (v *Version) aged() *lifecycle.Object {
	o := &lifecycle.Object{Key: v.Key, Size: v.Size, Created: v.Created}
	if len(v.Tags) > 0 {
		o.Tags = make(map[string]string, len(v.Tags))
		for _, t := range v.Tags {
			o.Tags[t.Key] = t.Value
		}
	}
	return o
}

func (s *Service) endCurrent(w *service.Work, was *Bucket, keys []string) error {
	return s.ending(w, was, len(keys), func(tx store.Tx, c *service.Call, b *Bucket, rules []lifecycle.Rule) error {
		for _, key := range keys {
			v, err := currents.Get(tx, store.K(b.ID, key))
			if store.IsAbsent(err) {
				continue
			}
			if err != nil {
				return err
			}
			due := lifecycle.Current(rules, v.aged())
			if !due.By(w.Time) {
				continue
			}
			done, err := s.delete(tx, c, b, removal{key: key})
			if err != nil {
				return err
			}
			if err := s.noteExpired(tx, w.Time, b, key, done.id, due.Rule, done.marker); err != nil {
				return err
			}
		}
		return nil
	})
}

// ending runs fn in one transaction, with the bucket and the rules as they are now, unless there is nothing to do or the bucket is gone.
func (s *Service) ending(w *service.Work, was *Bucket, n int, fn func(tx store.Tx, c *service.Call, b *Bucket, rules []lifecycle.Rule) error) error {
	if n == 0 {
		return nil
	}
	c := w.Call(was.Account, was.Region)
	return s.Store.Write(context.WithoutCancel(w), func(tx store.Tx) error {
		if err := w.Check(tx); err != nil {
			return err
		}
		b, err := buckets.Get(tx, store.K(was.Name))
		if store.IsAbsent(err) || err == nil && b.ID != was.ID {
			return nil
		}
		if err != nil {
			return err
		}
		l, err := lifecycleKind.in(tx, b)
		if l == nil || err != nil {
			return err
		}
		return fn(tx, c, b, l.Rules)
	})
}

// expiration is what x-amz-expiration says of a version, nil when no rule ends it.
func expiration(l *lifecycleRules, v *Version) *string {
	if l == nil || v.Marker {
		return nil
	}
	d := lifecycle.Current(l.Rules, v.aged())
	if !d.Set() {
		return nil
	}
	return new(fmt.Sprintf(`expiry-date="%s", rule-id="%s"`, d.At.UTC().Format(http.TimeFormat), url.QueryEscape(d.Rule)))
}
