package s3

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"vauban/blob/memory"
	"vauban/engine/lifecycle"
	"vauban/service"
	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/sqlite"
	"vauban/store/storetest"
)

// attic is a service with one bucket whose time passes when a test says so.
type attic struct {
	*Service
	bucket *Bucket
	now    time.Time
}

func onBothStores(t *testing.T, test func(t *testing.T, a *attic)) {
	for name, open := range map[string]func(t *testing.T) (store.DB, error){
		"sqlite": func(t *testing.T) (store.DB, error) { return sqlite.Open(t.Context(), "", sqlite.Options{}) },
		"postgres": func(t *testing.T) (store.DB, error) {
			return postgres.Open(t.Context(), storetest.Postgres(t), postgres.Options{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := open(t)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			a := &attic{now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
			clock := func() time.Time { return a.now }
			a.Service = New(service.Deps{Store: db, Rand: rand.Reader, Clock: clock, Blobs: memory.New(rand.Reader, clock), Partition: "aws"}, nil)
			test(t, a)
		})
	}
}

func (a *attic) write(t *testing.T, fn func(tx store.Tx) error) {
	t.Helper()
	if err := a.Store.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// open makes the bucket with its rules.
func (a *attic) open(t *testing.T, versioning string, rules ...lifecycle.Rule) {
	t.Helper()
	if err := lifecycle.Check(rules); err != nil {
		t.Fatal(err)
	}
	a.write(t, func(tx store.Tx) error {
		a.bucket = &Bucket{Name: "attic", ID: "attic-id", Account: "111122223333", Region: "us-east-1", Versioning: versioning}
		if err := buckets.Insert(tx, a.bucket); err != nil {
			return err
		}
		return lifecycleKind.put(tx, a.bucket, &lifecycleRules{Rules: rules})
	})
}

func (a *attic) put(t *testing.T, key string, change func(*Version)) {
	t.Helper()
	a.write(t, func(tx store.Tx) error {
		v := &Version{Bucket: a.bucket.ID, Key: key, Created: a.now, Size: 5}
		if change != nil {
			change(v)
		}
		return a.place(tx, a.bucket, v, a.now)
	})
}

// turn lets time pass and runs the job.
func (a *attic) turn(t *testing.T, pass time.Duration) {
	t.Helper()
	a.now = a.now.Add(pass)
	w := &service.Work{Context: t.Context(), Time: a.now, Partition: "aws", Check: func(store.Tx) error { return nil }}
	if err := a.expire(w); err != nil {
		t.Fatal(err)
	}
}

// left lists what is there: current versions, then older ones, markers with an exclamation mark.
func (a *attic) left(t *testing.T) (current, older []string) {
	t.Helper()
	err := a.Store.Read(t.Context(), func(tx store.Tx) error {
		for v, err := range currents.Each(tx, store.K(a.bucket.ID)) {
			if err != nil {
				return err
			}
			current = append(current, v.Key)
		}
		for v, err := range versions.Each(tx, store.K(a.bucket.ID)) {
			if err != nil {
				return err
			}
			name := v.Key
			if v.Marker {
				name += "!"
			}
			older = append(older, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return current, older
}

func (a *attic) want(t *testing.T, current, older string) {
	t.Helper()
	c, o := a.left(t)
	if !slices.Equal(c, strings.Fields(current)) || !slices.Equal(o, strings.Fields(older)) {
		t.Errorf("current %v, older %v; want %q, %q", c, o, current, older)
	}
}

const aDay = 24 * time.Hour

func TestObjectsExpire(t *testing.T) {
	onBothStores(t, func(t *testing.T, a *attic) {
		a.open(t, "", lifecycle.Rule{ID: "r", Enabled: true, Filter: lifecycle.Filter{Prefix: new("logs/"), Tags: map[string]string{"keep": "no"}}, Expiration: &lifecycle.Expiration{Days: new(int64(2))}})
		tagged := func(v *Version) { v.Tags = []tag{{"keep", "no"}} }
		a.put(t, "logs/a", tagged)
		a.put(t, "logs/b", nil)
		a.put(t, "other", tagged)
		a.turn(t, 2*aDay)
		a.want(t, "logs/a logs/b other", "")
		a.turn(t, 12*time.Hour) // the midnight after two days
		a.want(t, "logs/b other", "")
		if got := a.recorded(t); !slices.Equal(got, []string{"ExpireObject logs/a r"}) {
			t.Errorf("recorded %v", got)
		}
	})
}

// recorded are the events of what rules did.
func (a *attic) recorded(t *testing.T) (out []string) {
	t.Helper()
	err := a.Store.Read(t.Context(), func(tx store.Tx) error {
		events, err := tx.Events(0, 1000)
		for _, e := range events {
			at := strings.Index(string(e.Body), `{"additionalEventData"`)
			var r struct {
				EventName         string `json:"eventName"`
				RequestParameters struct {
					Key string `json:"key"`
				} `json:"requestParameters"`
				Additional struct {
					Rule string `json:"lifecycleRule"`
				} `json:"additionalEventData"`
			}
			if at < 0 {
				t.Fatalf("an event of another form: %s", e.Body)
			}
			if err := json.NewDecoder(strings.NewReader(string(e.Body[at:]))).Decode(&r); err != nil {
				return err
			}
			out = append(out, r.EventName+" "+r.RequestParameters.Key+" "+r.Additional.Rule)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestVersionedObjectsGetAMarkerAndThenGo(t *testing.T) {
	onBothStores(t, func(t *testing.T, a *attic) {
		a.open(t, "Enabled",
			lifecycle.Rule{ID: "current", Enabled: true, Expiration: &lifecycle.Expiration{Days: new(int64(1))}},
			lifecycle.Rule{ID: "older", Enabled: true, Noncurrent: &lifecycle.Noncurrent{Days: new(int64(3))}})
		a.put(t, "a", nil)
		a.turn(t, 2*aDay)
		a.want(t, "", "a! a")
		a.turn(t, aDay)
		a.want(t, "", "a! a")
		a.turn(t, 3*aDay) // the version ceased to be current three days ago
		a.want(t, "", "a!")
		a.turn(t, time.Hour) // the marker hides nothing and is older than a day
		a.want(t, "", "")
		want := []string{"CreateDeleteMarker a current", "ExpireObject a older", "ExpireObject a current"}
		if got := a.recorded(t); !slices.Equal(got, want) {
			t.Errorf("recorded %v, want %v", got, want)
		}
	})
}

func TestNewerVersionsAreKept(t *testing.T) {
	onBothStores(t, func(t *testing.T, a *attic) {
		a.open(t, "Enabled", lifecycle.Rule{ID: "r", Enabled: true, Noncurrent: &lifecycle.Noncurrent{Days: new(int64(1)), Newer: new(int64(2))}})
		for range 6 {
			a.put(t, "a", nil)
			a.now = a.now.Add(time.Minute)
		}
		a.put(t, "b", nil)
		a.turn(t, 3*aDay)
		a.want(t, "a b", "a a")
		a.turn(t, aDay)
		a.want(t, "a b", "a a")
	})
}

func TestLockedVersionsStay(t *testing.T) {
	onBothStores(t, func(t *testing.T, a *attic) {
		a.open(t, "Enabled", lifecycle.Rule{ID: "r", Enabled: true, Noncurrent: &lifecycle.Noncurrent{Days: new(int64(1))}})
		a.put(t, "held", func(v *Version) { v.Lock.Hold = true })
		a.put(t, "held", nil)
		a.put(t, "kept", func(v *Version) { v.Lock = lock{Mode: "COMPLIANCE", Until: a.now.Add(10 * aDay)} })
		a.put(t, "kept", nil)
		a.turn(t, 5*aDay)
		a.want(t, "held kept", "held kept")
		a.turn(t, 6*aDay)
		a.want(t, "held kept", "held")
	})
}

func TestManyExpireInOneTurn(t *testing.T) {
	onBothStores(t, func(t *testing.T, a *attic) {
		a.open(t, "", lifecycle.Rule{ID: "r", Enabled: true, Expiration: &lifecycle.Expiration{Days: new(int64(1))}})
		a.write(t, func(tx store.Tx) error {
			for i := range 2*expireBatch + 7 {
				v := &Version{Bucket: a.bucket.ID, Key: strings.Repeat("k", 1+i%7) + time.Duration(i).String(), Created: a.now}
				if err := a.place(tx, a.bucket, v, a.now); err != nil {
					return err
				}
			}
			return nil
		})
		a.turn(t, 2*aDay)
		a.want(t, "", "")
	})
}

func TestATurnThatLostItsLeaseChangesNothing(t *testing.T) {
	onBothStores(t, func(t *testing.T, a *attic) {
		a.open(t, "", lifecycle.Rule{ID: "r", Enabled: true, Expiration: &lifecycle.Expiration{Days: new(int64(1))}})
		a.put(t, "a", nil)
		w := &service.Work{Context: t.Context(), Time: a.now.Add(3 * aDay), Check: func(store.Tx) error { return context.Canceled }}
		if err := a.expire(w); err == nil {
			t.Error("a job without its lease says nothing")
		}
		a.want(t, "a", "")
	})
}

func TestUploadsAreAborted(t *testing.T) {
	onBothStores(t, func(t *testing.T, a *attic) {
		a.open(t, "", lifecycle.Rule{ID: "r", Enabled: true, Filter: lifecycle.Filter{Prefix: new("up/")}, AbortDays: new(int64(3))})
		begin := func(key string) {
			a.write(t, func(tx store.Tx) error {
				u := &upload{ID: key, Bucket: a.bucket.ID, Key: key, Initiated: a.now}
				if err := parts.Insert(tx, &part{Upload: u.ID, Number: 1, Blob: blobID(u.ID) + "-1-x"}); err != nil {
					return err
				}
				return uploads.Insert(tx, u)
			})
		}
		begin("up/old")
		begin("elsewhere")
		a.turn(t, 3*aDay)
		begin("up/new")
		a.turn(t, 12*time.Hour)
		var left []string
		gone := 0
		err := a.Store.Read(t.Context(), func(tx store.Tx) error {
			for u, err := range uploads.Each(tx, store.K(a.bucket.ID)) {
				if err != nil {
					return err
				}
				left = append(left, u.Key)
			}
			n, err := goners.Count(tx, nil, 10)
			gone = n
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(left, []string{"elsewhere", "up/new"}) || gone != 1 {
			t.Errorf("left %v, %d blobs let go of; want two uploads and one blob", left, gone)
		}
		if got := a.recorded(t); !slices.Equal(got, []string{"AbortUpload up/old r"}) {
			t.Errorf("recorded %v", got)
		}
	})
}
