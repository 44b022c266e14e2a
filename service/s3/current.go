package s3

import (
	"fmt"
	"time"

	api "vauban/api/s3"
	"vauban/store"
)

// This file changes which version of a key is the current one. All of it happens inside one transaction.

// place makes a new version the newest of its key, as the bucket's versioning says, and gives it its ID. What it replaces for good is dropped.
func (s *Service) place(tx store.Tx, b *Bucket, v *Version, now time.Time) error {
	current, err := currents.Get(tx, store.K(b.ID, v.Key))
	if store.IsAbsent(err) {
		current, err = nil, nil
	}
	if err != nil {
		return err
	}
	if v.Seq, err = nextSeq(tx, b, v.Key, current); err != nil {
		return err
	}
	if versioningOf(b) == api.BucketVersioningStatusEnabled {
		if v.ID, err = newVersionID(s.Rand, v.Seq); err != nil {
			return err
		}
	} else {
		v.ID = nullID
		if err := s.dropNull(tx, b, v.Key, current, now); err != nil {
			return err
		}
	}
	if current != nil && !(v.ID == nullID && current.ID == nullID) {
		current.Ceased = v.Created
		if err := demote(tx, current); err != nil {
			return err
		}
	}
	return s.crown(tx, v, current)
}

// crown writes the newest version where it belongs. current is what the table of current versions holds now.
func (s *Service) crown(tx store.Tx, v, current *Version) error {
	switch {
	case !v.Marker && current != nil:
		return currents.Update(tx, v)
	case !v.Marker:
		return currents.Insert(tx, v)
	}
	if current != nil {
		if err := currents.Delete(tx, store.K(current.Bucket, current.Key)); err != nil {
			return err
		}
	}
	return versions.Insert(tx, v)
}

// demote makes the current version an older one. The caller replaces or removes it in the table of current ones: its unique value must move first.
func demote(tx store.Tx, current *Version) error {
	if err := versions.Insert(tx, current); err != nil {
		return fmt.Errorf("keep the version before: %w", err)
	}
	return nil
}

func nextSeq(tx store.Tx, b *Bucket, key string, current *Version) (uint64, error) {
	if current != nil {
		return current.Seq + 1, nil
	}
	newest, err := newestOlder(tx, b, key)
	if newest == nil {
		return 1, err
	}
	return newest.Seq + 1, nil
}

// newestOlder is the first of the key that is not current, nil when there is none. A bucket that was never versioned has none.
func newestOlder(tx store.Tx, b *Bucket, key string) (*Version, error) {
	if versioningOf(b) == "" {
		return nil, nil
	}
	page, err := versions.List(tx, store.K(b.ID, key), nil, 1)
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	return page.Items[0], nil
}

// dropNull drops the version without an ID, which a new one replaces. The current one is only let go of: the caller writes over it.
func (s *Service) dropNull(tx store.Tx, b *Bucket, key string, current *Version, now time.Time) error {
	if current != nil && current.ID == nullID {
		return s.release(tx, &current.Content, now)
	}
	if versioningOf(b) == "" {
		return nil
	}
	older, err := versions.ByUnique(tx, "null", store.K(b.ID, key))
	if store.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := versions.Delete(tx, olderKey(b.ID, key, older.Seq)); err != nil {
		return err
	}
	return s.release(tx, &older.Content, now)
}

// remove removes a version for good. If it was the newest, the one before it takes its place.
func (s *Service) remove(tx store.Tx, b *Bucket, v *Version, now time.Time) error {
	if err := s.release(tx, &v.Content, now); err != nil {
		return err
	}
	current, err := currents.Get(tx, store.K(b.ID, v.Key))
	switch {
	case err == nil && current.ID == v.ID:
		if err := currents.Delete(tx, store.K(b.ID, v.Key)); err != nil {
			return err
		}
	case err == nil:
		return versions.Delete(tx, olderKey(b.ID, v.Key, v.Seq))
	case !store.IsAbsent(err):
		return err
	default:
		if err := versions.Delete(tx, olderKey(b.ID, v.Key, v.Seq)); err != nil {
			return err
		}
	}
	return promote(tx, b, v.Key)
}

// promote makes the newest version of a key without a current one current, unless it is a delete marker.
func promote(tx store.Tx, b *Bucket, key string) error {
	newest, err := newestOlder(tx, b, key)
	if err != nil || newest == nil || newest.Marker {
		return err
	}
	if err := versions.Delete(tx, olderKey(b.ID, key, newest.Seq)); err != nil {
		return err
	}
	return currents.Insert(tx, newest)
}

// rewrite stores what has changed about a version that stays where it is.
func rewrite(tx store.Tx, b *Bucket, v *Version) error {
	current, err := currents.Get(tx, store.K(b.ID, v.Key))
	if err == nil && current.ID == v.ID {
		return currents.Update(tx, v)
	}
	if err != nil && !store.IsAbsent(err) {
		return err
	}
	return versions.Update(tx, v)
}
