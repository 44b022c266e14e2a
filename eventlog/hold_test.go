package eventlog

import (
	"testing"
	"time"

	"vauban/eventlog/archive"
	"vauban/store"
	"vauban/store/sqlite"
)

// TestHold: what a reader has not read stays, however old it is, and goes once it has read on or is forgotten.
func TestHold(t *testing.T) {
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l, err := Open(db, &archive.Memory{}, Options{Clock: func() time.Time { return now }, ManagementDays: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	write := func(fn func(tx store.Tx) error) {
		t.Helper()
		if err := db.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	for day := range 4 {
		e := &Entry{ID: string(rune('a' + day)), Time: now.AddDate(0, 0, day), Account: "111122223333", Name: "N"}
		if err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for moved := 1; moved > 0; {
		if moved, err = l.relayOnce(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx store.Tx) error {
		if at, err := Settled(tx); err != nil || at != 4 {
			t.Errorf("settled at %d, %v", at, err)
		}
		return Hold(tx, "trail", 1, now)
	})
	if r := l.Status().Readers; len(r) != 1 || r[0].Name != "trail" || r[0].Seq != 1 {
		t.Errorf("the status shows the readers %+v", r)
	}
	now = now.AddDate(0, 0, 3)
	dropped := func() int {
		t.Helper()
		parts, err := l.expireOnce(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(parts)
	}
	if n := dropped(); n != 1 {
		t.Errorf("%d days dropped, the reader has read one", n)
	}
	write(func(tx store.Tx) error { return Release(tx, "trail") })
	write(func(tx store.Tx) error { return Release(tx, "trail") })
	if n := dropped(); n != 1 {
		t.Errorf("%d more days dropped once the reader is gone, want 1", n)
	}
}
