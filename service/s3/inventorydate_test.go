package s3

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	api "vauban/api/s3"
	"vauban/service"
	"vauban/store"
)

// office is a desk of a service whose time stands still.
func office(t *testing.T) *desk {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := New(service.Deps{Store: inMemory(t), Clock: func() time.Time { return now }, Partition: "aws"}, nil)
	return &desk{Service: s, w: &service.Work{Context: t.Context(), Time: now, Check: func(store.Tx) error { return nil }}}
}

func (d *desk) write(t *testing.T, fn func(tx store.Tx) error) {
	t.Helper()
	if err := d.Store.Write(context.WithoutCancel(t.Context()), fn); err != nil {
		t.Fatal(err)
	}
}

// TestInventoriesByAccount: accounts have their turns, however many reports one of them has due, and what cannot be read holds up nobody.
func TestInventoriesByAccount(t *testing.T) {
	d := office(t)
	now := d.Clock()
	d.write(t, func(tx store.Tx) error {
		for i := range 50 {
			if err := inventoryDates.Insert(tx, &inventoryDate{Account: "a", Due: now.Add(-time.Hour), Bucket: "a", ID: fmt.Sprintf("%02d", i)}); err != nil {
				return err
			}
		}
		for account, due := range map[string]time.Time{"b": now, "c": now.Add(time.Nanosecond), "d": now} {
			if err := inventoryDates.Insert(tx, &inventoryDate{Account: account, Due: due, Bucket: account, ID: "all"}); err != nil {
				return err
			}
		}
		return tx.Insert(inventoryDates.Name, store.Doc{Key: store.K("0", now, "broken", "all"), Body: []byte("7")}, store.Indexes{}, false)
	})
	next := func() string {
		due, err := d.next()
		if err != nil {
			t.Fatal(err)
		}
		if due == nil {
			return ""
		}
		return due.Account
	}
	if got := next() + next() + next() + next(); got != "abda" {
		t.Errorf("the accounts have their turns as %q", got)
	}
	d.reports = []*report{{bucket: &Bucket{Account: "a"}}, {bucket: &Bucket{Account: "d"}}}
	if got := next() + next(); got != "bb" {
		t.Errorf("beside the reports of two accounts is begun %q", got)
	}
	d.reports = append(d.reports, &report{bucket: &Bucket{Account: "b"}})
	if got := next(); got != "" {
		t.Errorf("an account has two reports begun: %q", got)
	}
	if d.failed == nil || !strings.Contains(d.failed.Error(), "broken") {
		t.Errorf("what cannot be read is not told of: %v", d.failed)
	}
}

// TestUnreadableInventory: an inventory that cannot be read is told of and put off, and the others have their turns.
func TestUnreadableInventory(t *testing.T) {
	d := office(t)
	now := d.Clock()
	date := func(id string) *inventoryDate {
		return &inventoryDate{Account: "a", Due: now, Bucket: "id", ID: id, Name: "stock"}
	}
	d.write(t, func(tx store.Tx) error {
		if err := buckets.Insert(tx, &Bucket{Name: "stock", ID: "id", Account: "a", Settings: []string{string(inventoryKind)}}); err != nil {
			return err
		}
		for _, id := range []string{"broken", "gone"} {
			if err := inventoryDates.Insert(tx, date(id)); err != nil {
				return err
			}
		}
		return nameds.Insert(tx, &named{Bucket: "id", Kind: string(inventoryKind), ID: "broken", Body: json.RawMessage("7"), Name: "stock"})
	})
	if err := d.makeInventories(d.w); err == nil || !strings.Contains(err.Error(), "the inventory broken of bucket stock is tried again in an hour") {
		t.Errorf("the first turn: %v", err)
	}
	if err := d.makeInventories(d.w); err != nil {
		t.Errorf("it is tried again at once: %v", err)
	}
	d.write(t, func(tx store.Tx) error {
		if there, err := inventoryDates.Has(tx, inventoryDates.Key(date("gone"))); err != nil || there {
			t.Errorf("the date of an inventory that is gone stays (%v)", err)
		}
		put, err := inventoryDates.ByUnique(tx, "of", store.K("id", "broken"))
		if err != nil || !put.Due.Equal(now.Add(time.Hour)) {
			t.Errorf("it is put off to %v (%v)", put, err)
		}
		return nil
	})
}

// TestRememberedInventories: those that were deleted count against the quota, so that IDs that are ever new have no bucket read more often.
func TestRememberedInventories(t *testing.T) {
	d := office(t)
	b := &Bucket{Name: "stock", ID: "id", Account: "a"}
	set := func(id string) *api.InventoryConfiguration {
		return &api.InventoryConfiguration{Id: &id, IsEnabled: new(true), Schedule: &api.InventorySchedule{Frequency: new(api.InventoryFrequencyDaily)}}
	}
	d.write(t, func(tx store.Tx) error {
		for i := range mostNamed {
			if err := dateInventory(tx, b, set(fmt.Sprint(i)), d.Clock()); err != nil {
				return err
			}
		}
		if err := dateInventory(tx, b, set("0"), d.Clock()); err != nil {
			t.Errorf("one that is known: %v", err)
		}
		if err := dateInventory(tx, b, set("another"), d.Clock()); err == nil || !strings.Contains(err.Error(), "count for a day") {
			t.Errorf("one more: %v", err)
		}
		return nil
	})
}
