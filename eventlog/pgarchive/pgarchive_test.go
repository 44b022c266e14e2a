package pgarchive

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"vauban/eventlog/archive"
	"vauban/eventlog/archive/archivetest"
	"vauban/store/storetest"
)

func open(t testing.TB, dsn string) *Driver {
	t.Helper()
	d, err := Open(context.Background(), dsn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The suite opens many archives: they are schemas of one database.
func TestConformance(t *testing.T) {
	dsn := storetest.Postgres(t)
	n := 0
	archivetest.Run(t, func(t testing.TB) archive.Driver {
		n++
		d, err := Open(context.Background(), dsn, Options{Schema: "archive " + strings.Repeat("x", n%7) + string(rune('a'+n%26)) + strings.Repeat("y", n/26), Conns: 4})
		if err != nil {
			t.Fatal(err)
		}
		return d
	})
}

var part = archive.Part{Kind: archive.Data, Day: 20000}

// Replicas that append to the same partition at once take turns, and each sees what the other did.
func TestReplicasTakeTurns(t *testing.T) {
	dsn := storetest.Postgres(t)
	const replicas, rounds = 3, 10
	var wg sync.WaitGroup
	for range replicas {
		wg.Go(func() {
			d, err := Open(context.Background(), dsn, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			for range rounds {
				err := d.Write(context.Background(), part, func(w archive.Writer) error {
					i, err := w.Info()
					if err != nil {
						return err
					}
					i.Events++
					return w.SetInfo(i)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	d := open(t, dsn)
	defer d.Close()
	parts, err := d.Parts(t.Context())
	if err != nil || len(parts) != 1 || parts[0].Events != replicas*rounds {
		t.Errorf("parts %+v, %v; want %d events", parts, err, replicas*rounds)
	}
}

func TestDropWhileReading(t *testing.T) {
	dsn := storetest.Postgres(t)
	d, other := open(t, dsn), open(t, dsn)
	defer d.Close()
	defer other.Close()
	if err := d.Write(t.Context(), part, func(archive.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	err := d.Read(t.Context(), part, func(r archive.Reader) error {
		if err := other.Drop(t.Context(), part); err != nil { // no table of it has been read yet: nothing to wait for
			return err
		}
		_, err := r.Scan(archive.Frames, 0, 0, 1, false, 1)
		return err
	})
	if !errors.Is(err, archive.ErrNoPart) {
		t.Errorf("got %v, want ErrNoPart", err)
	}
}

func TestBadConnectionStringIsNotShown(t *testing.T) {
	_, err := Open(t.Context(), "postgres://user:hunter2@[bad", Options{})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}
