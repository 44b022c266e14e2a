package s3

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vauban/blob"
	"vauban/service"
	"vauban/store"
)

// gone is a blob that nothing names any more. It is kept for a while for those who are reading it.
type gone struct {
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
}

var goners = &store.Table[gone]{
	Name: "s3.gone",
	Key:  func(g *gone) store.Key { return store.K(g.Time, g.ID) },
}

const (
	goneAfter   = 10 * time.Minute // a reader that needs longer for one blob is cut off
	orphanAfter = 24 * time.Hour
	maxUpload   = 12 * time.Hour // from the moment that bytes are durable to the commit that names them: less than orphanAfter
)

// release lets go of bytes that no version has any more.
func (s *Service) release(tx store.Tx, c *content, now time.Time) error {
	switch {
	case c.ID == "":
		return nil
	case c.Small:
		return smalls.Delete(tx, store.K(c.ID))
	case c.Parts == 0:
		return s.letGo(tx, blobID(c.ID), now)
	}
	m, err := manifests.Get(tx, store.K(c.ID))
	if err != nil {
		return fmt.Errorf("read the parts of %s: %w", c.ID, err)
	}
	for i := range m.Parts {
		if err := s.letGo(tx, m.Parts[i].Blob, now); err != nil {
			return err
		}
	}
	return manifests.Delete(tx, store.K(c.ID))
}

func (s *Service) letGo(tx store.Tx, id string, now time.Time) error {
	return goners.Put(tx, &gone{ID: id, Time: now})
}

// blobID names the blob of a content that is one blob. The prefix keeps the blobs of services apart.
func blobID(content string) string { return blobPrefix + content }

const blobPrefix = "s3-"

// Jobs implements [service.Working].
func (s *Service) Jobs() []service.Job {
	return []service.Job{
		{Name: "s3.gone", Every: time.Minute, Run: s.removeGone},
		{Name: "s3.lifecycle", Every: expireEvery, Run: s.expire},
		{Name: "s3.request-metrics", Every: countEvery, Run: s.countRequests, Everywhere: true},
		{Name: "s3.inventory", Every: inventoryEvery, Run: s.makeInventories},
		{Name: "s3.access-logs", Every: logEvery, Run: s.deliverLogs},
		{Name: "s3.orphans", Every: 6 * time.Hour, Run: s.removeOrphans},
	}
}

// removeGone removes the blobs that have been let go of. The blob goes first: a crash between leaves a row, and another removal is no error.
func (s *Service) removeGone(w *service.Work) error {
	for {
		var page store.Page[gone]
		err := s.Store.Read(w, func(tx store.Tx) (err error) {
			page, err = goners.List(tx, nil, nil, goneBatch)
			return err
		})
		if err != nil {
			return err
		}
		var done []store.Key
		for _, g := range page.Items {
			if w.Time.Sub(g.Time) < goneAfter {
				break
			}
			if err := s.Blobs.Delete(w, g.ID); err != nil {
				return fmt.Errorf("remove bytes: %w", err)
			}
			done = append(done, goners.Key(g))
		}
		if len(done) == 0 {
			return nil
		}
		err = s.Store.Write(w, func(tx store.Tx) error {
			if err := w.Check(tx); err != nil {
				return err
			}
			for _, key := range done {
				if err := goners.Delete(tx, key); err != nil && !store.IsAbsent(err) {
					return err
				}
			}
			return nil
		})
		if err != nil || len(done) < goneBatch {
			return err
		}
	}
}

const goneBatch = 500

// removeOrphans removes blobs that nothing names: those whose upload was cut between the bytes and the commit. A blob names its content, and a
// content its owner, so that looking is enough. Blobs younger than orphanAfter may yet be named; no commit names older ones, see maxUpload.
func (s *Service) removeOrphans(w *service.Work) error {
	var old []string
	flush := func() error {
		err := s.sweep(w, old)
		old = old[:0]
		return err
	}
	err := s.Blobs.List(w, func(i blob.Info) error {
		if !strings.HasPrefix(i.ID, blobPrefix) || w.Time.Sub(i.Time) < orphanAfter {
			return nil
		}
		if old = append(old, i.ID); len(old) < goneBatch {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush())
}

func (s *Service) sweep(ctx context.Context, ids []string) error {
	var orphans []string
	err := s.Store.Read(ctx, func(tx store.Tx) error {
		orphans = orphans[:0]
		for _, id := range ids {
			named, err := isNamed(tx, id)
			if err != nil {
				return err
			}
			if !named {
				orphans = append(orphans, id)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for orphans: %w", err)
	}
	for _, id := range orphans {
		if err := s.Blobs.Delete(ctx, id); err != nil {
			return fmt.Errorf("remove an orphan: %w", err)
		}
	}
	return nil
}

// isNamed reports whether a blob belongs to a version or to a part of an upload under way.
func isNamed(tx store.Tx, id string) (bool, error) {
	content, _, isPart := strings.Cut(strings.TrimPrefix(id, blobPrefix), "-")
	if isPart {
		return partIsNamed(tx, content, id)
	}
	for _, t := range []*store.Table[Version]{currents, versions} {
		_, err := t.ByUnique(tx, "content", store.K(content))
		if err == nil || !store.IsAbsent(err) {
			return err == nil, err
		}
	}
	return false, nil
}
