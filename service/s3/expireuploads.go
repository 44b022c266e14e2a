package s3

import (
	"time"

	"vauban/engine/lifecycle"
	"vauban/service"
	"vauban/store"
)

// expireUploads aborts uploads that were begun and not completed in time.
func (s *Service) expireUploads(w *service.Work, b *Bucket, rules []lifecycle.Rule) error {
	var after store.Key
	for {
		var page store.Page[upload]
		err := s.Store.Read(w, func(tx store.Tx) (err error) {
			page, err = uploads.List(tx, store.K(b.ID), after, expireBatch)
			return err
		})
		if err != nil {
			return err
		}
		for _, u := range page.Items { // one commit each: an upload may have thousands of parts
			if !lifecycle.Upload(rules, u.Key, u.Initiated).By(w.Time) {
				continue
			}
			if err := s.endUpload(w, b, uploads.Key(u)); err != nil {
				return err
			}
		}
		if after = page.Next; after == nil {
			return nil
		}
	}
}

func (s *Service) endUpload(w *service.Work, was *Bucket, key store.Key) error {
	return s.ending(w, was, 1, func(tx store.Tx, _ *service.Call, b *Bucket, rules []lifecycle.Rule) error {
		u, err := uploads.Get(tx, key)
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		due := lifecycle.Upload(rules, u.Key, u.Initiated)
		if !due.By(w.Time) {
			return nil
		}
		if err := s.abandon(tx, u, w.Time); err != nil {
			return err
		}
		return s.noteLifecycle(tx, w.Time, b, expireUpload, map[string]any{"bucketName": b.Name, "key": u.Key, "uploadId": u.ID}, due.Rule)
	})
}

// aborted is what x-amz-abort-date and x-amz-abort-rule-id say of an upload, nil when no rule ends it.
func aborted(l *lifecycleRules, u *upload) (*time.Time, *string) {
	if l == nil {
		return nil, nil
	}
	d := lifecycle.Upload(l.Rules, u.Key, u.Initiated)
	if !d.Set() {
		return nil, nil
	}
	return &d.At, &d.Rule
}
