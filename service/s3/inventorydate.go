package s3

import (
	"fmt"
	"slices"
	"time"

	api "vauban/api/s3"
	"vauban/service"
	"vauban/store"
)

// inventoryDate is when an inventory is made next. It stays when the configuration is deleted, for a day after the last attempt: one that is set again does not
// have the bucket read again at once.
type inventoryDate struct {
	Account string    `json:"account"`
	Due     time.Time `json:"due"`
	Bucket  string    `json:"bucket"` // its ID
	ID      string    `json:"id"`
	Name    string    `json:"name"`           // of the bucket
	Done    time.Time `json:"done,omitzero"`  // when the last report was begun that came to its end
	Tried   time.Time `json:"tried,omitzero"` // when the last one was begun
}

var inventoryDates = &store.Table[inventoryDate]{
	Name: "s3.inventory-date",
	Key:  func(d *inventoryDate) store.Key { return store.K(d.Account, d.Due, d.Bucket, d.ID) },
	Unique: map[string]func(*inventoryDate) store.Key{
		"of": func(d *inventoryDate) store.Key { return store.K(d.Bucket, d.ID) },
	},
	Refs: map[string]func(*inventoryDate) []store.Key{
		"bucket": func(d *inventoryDate) []store.Key { return []store.Key{store.K(d.Bucket)} },
	},
}

const inventoryKept = 24 * time.Hour // after the last attempt, without a configuration

// behindDates is the key behind the dates of an account.
func behindDates(account string) store.Key {
	return store.K(account, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
}

// next is when the report is to be made next: the first at once, then one each day, or each Sunday, in UTC; and none within an hour of the last attempt.
func (d *inventoryDate) next(frequency string) (at time.Time) {
	if !d.Done.IsZero() {
		at = day(d.Done).AddDate(0, 0, 1)
		if frequency == api.InventoryFrequencyWeekly {
			at = day(d.Done).AddDate(0, 0, 7-int(day(d.Done).Weekday()))
		}
	}
	if again := d.Tried.Add(inventoryRetry); !d.Tried.IsZero() && again.After(at) {
		at = again
	}
	return at
}

// moveTo gives the date another time, from now on.
func (d *inventoryDate) moveTo(tx store.Tx, at, now time.Time) error {
	was := inventoryDates.Key(d)
	if d.Due = at; at.Before(now) {
		d.Due = now
	}
	return inventoryDates.Move(tx, was, d)
}

// dateInventory makes the date of a configuration that is being set. Those that are remembered count against the quota: other IDs are no way to have a
// bucket read more often.
func dateInventory(tx store.Tx, b *Bucket, set *api.InventoryConfiguration, now time.Time) error {
	if !*set.IsEnabled {
		return nil
	}
	d, err := inventoryDates.ByUnique(tx, "of", store.K(b.ID, *set.Id))
	if err == nil {
		return d.moveTo(tx, d.next(*set.Schedule.Frequency), now)
	}
	if !store.IsAbsent(err) {
		return err
	}
	have, err := inventoryDates.CountRef(tx, "bucket", store.K(b.ID), mostNamed)
	if err != nil {
		return err
	}
	if have >= mostNamed {
		return errTooManyNamed.New("You are attempting to create a new configuration but have already reached the 1,000-configuration limit; those that were deleted count for a day.")
	}
	return inventoryDates.Insert(tx, &inventoryDate{Account: b.Account, Due: now.UTC(), Bucket: b.ID, ID: *set.Id, Name: b.Name})
}

// claim takes over a date that is due: it notes the attempt, so that no other replica makes the report, and reads what is to be made: nil when there is
// nothing any more. What cannot be read is put off like what cannot be delivered.
func (d *desk) claim(due *inventoryDate) (r *report, err error) {
	var unread error
	err = d.Store.Write(d.w, func(tx store.Tx) (err error) {
		r, unread, err = d.claimIn(tx, due, d.Clock().UTC())
		return err
	})
	if err == nil && unread != nil {
		d.fail("the inventory %s of bucket %s is tried again in an hour: %w", due.ID, due.Name, unread)
	}
	return r, err
}

func (d *desk) claimIn(tx store.Tx, due *inventoryDate, now time.Time) (r *report, unread, err error) {
	if err := d.w.Check(tx); err != nil {
		return nil, nil, err
	}
	at, err := inventoryDates.Get(tx, inventoryDates.Key(due))
	if store.IsAbsent(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	b, err := buckets.Get(tx, store.K(at.Name))
	if store.IsAbsent(err) || err == nil && b.ID != at.Bucket {
		return nil, nil, inventoryDates.Delete(tx, inventoryDates.Key(at))
	}
	if err != nil {
		return nil, nil, err
	}
	v, unread := inventoryKind.in(tx, b, at.ID)
	if unread == nil {
		if v == nil || !*v.Shown.IsEnabled {
			return nil, nil, at.forget(tx, now)
		}
		if next := at.next(*v.Shown.Schedule.Frequency); next.After(now) {
			return nil, nil, at.moveTo(tx, next, now)
		}
		r, unread = d.newReport(tx, d.w, b, v.Shown)
	}
	at.Tried = now
	if err := at.moveTo(tx, now.Add(inventoryRetry), now); err != nil || unread != nil {
		return nil, unread, err
	}
	r.date = *at
	return r, nil, nil
}

// forget removes the date of a configuration that is not there any more, when its time has come.
func (d *inventoryDate) forget(tx store.Tx, now time.Time) error {
	if end := d.Tried.Add(inventoryKept); end.After(now) {
		return d.moveTo(tx, end, now)
	}
	return inventoryDates.Delete(tx, inventoryDates.Key(d))
}

// noteDone notes that the report has come to its end. The date is of a day on which nothing may be due: claim looks at the configuration.
func (r *report) noteDone() error {
	return r.Store.Write(r.w, func(tx store.Tx) error {
		if err := r.w.Check(tx); err != nil {
			return err
		}
		d, err := inventoryDates.ByUnique(tx, "of", store.K(r.date.Bucket, r.date.ID))
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		d.Done = r.date.Tried
		return d.moveTo(tx, d.next(api.InventoryFrequencyDaily), r.Clock().UTC())
	})
}

// desk is a turn of the job: the reports that are being made, at most one of each account, a batch of each after the other. So no account's reports, however many
// and however long, hold up those of another for long.
type desk struct {
	*Service
	w       *service.Work
	reports []*report
	after   store.Key // behind the account that was looked at last
	closing bool      // the store fails: nothing more is begun
	failed  error     // the first
}

const mostReports = 16 // at once: each has a file in memory

func (d *desk) fail(format string, args ...any) {
	d.failed = firstOf(d.failed, fmt.Errorf(format, args...))
}

// fill begins reports that are due.
func (d *desk) fill() {
	for !d.closing && len(d.reports) < mostReports {
		due, err := d.next()
		if due == nil && err == nil {
			return
		}
		var r *report
		if err == nil {
			r, err = d.claim(due)
		}
		if err != nil {
			d.closing = true
			d.fail("begin inventories: %w", err)
		} else if r != nil {
			d.reports = append(d.reports, r)
		}
	}
}

// next is what is due of the next account that may have a report begun; nil when nothing is.
func (d *desk) next() (due *inventoryDate, err error) {
	now := d.Clock()
	after := d.after
	err = d.Store.Read(d.w, func(tx store.Tx) (err error) {
		due, after = nil, d.after
		for again := after != nil; ; {
			first, err := d.first(tx, after)
			switch {
			case err != nil:
				return err
			case first == nil && !again:
				return nil
			case first == nil:
				again, after = false, nil
				continue
			}
			after = behindDates(first.Account)
			if !first.Due.After(now) && d.free(first.Account) {
				due = first
				return nil
			}
		}
	})
	d.after = after
	return due, err
}

// first is the first date behind a key. One that cannot be read is passed over.
func (d *desk) first(tx store.Tx, after store.Key) (found *inventoryDate, err error) {
	err = inventoryDates.Skim(tx, nil, after, nil, func(key store.Key, load func() (*inventoryDate, error)) bool {
		v, err := load()
		if err != nil {
			d.fail("read when an inventory is due (%s): %w", key, err)
			return true
		}
		found = v
		return false
	})
	return found, err
}

// free reports whether a report of the account may be begun.
func (d *desk) free(account string) bool {
	return !slices.ContainsFunc(d.reports, func(r *report) bool { return r.bucket.Account == account })
}

// step makes a batch of a report, and reports whether that was its end.
func (d *desk) step(r *report) bool {
	more, err := r.step()
	if err != nil {
		d.fail("the inventory %s of bucket %s is tried again in an hour: %w", *r.set.Id, r.bucket.Name, err)
	}
	return !more || err != nil
}
