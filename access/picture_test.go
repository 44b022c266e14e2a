package access_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vauban/access"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

// grant is a user with one policy, as a service would store it.
type grant struct{ ID, JSON string }

var grants = &store.Table[grant]{Name: "test.grant", Key: func(g *grant) store.Key { return store.K(g.ID) }, Cached: true}

// source reads grants, and counts.
type source struct{ reads atomic.Int64 }

func (s *source) AccessKey(tx store.Tx, id string) (*access.Key, error) {
	s.reads.Add(1)
	g, err := grants.Get(tx, store.K(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &access.Key{ID: id, Secret: []byte(g.JSON), Active: true}, nil
}

func (s *source) Principal(tx store.Tx, _ policy.PrincipalKind, account, id string) (*access.Principal, error) {
	s.reads.Add(1)
	g, err := grants.Get(tx, store.K(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &access.Principal{ARN: "arn:aws:iam::" + account + ":user/" + id, ID: id, Name: id, Account: account,
		Identity: []access.PolicyText{{Name: "own", JSON: g.JSON}}}, nil
}

func (s *source) ManagedPolicy(store.Tx, string) (*access.PolicyText, error) { return nil, nil }
func (s *source) RoleTags(store.Tx, string) (map[string]string, error)       { return nil, nil }

func (s *source) Membership(store.Tx, string) (*access.Membership, error) {
	return &access.Membership{}, nil
}

func open(t *testing.T, src access.Source, clock func() time.Time) (*access.Picture, store.DB) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	p, err := access.New(t.Context(), db, src, clock)
	if err != nil {
		t.Fatal(err)
	}
	return p, db
}

func put(t *testing.T, db store.DB, id, json string) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx store.Tx) error { return grants.Put(tx, &grant{id, json}) }); err != nil {
		t.Fatal(err)
	}
}

func call(t *testing.T, id string) *service.Call {
	return &service.Call{Context: t.Context(), Account: "111122223333", Region: "us-east-1", Time: time.Now(),
		Caller: &service.Caller{Kind: policy.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/" + id, UserID: id, Name: id}}
}

// ask does what the gateway does: it warms the picture, asks, and before a refusal catches up once.
func ask(t *testing.T, p *access.Picture, id string) (*access.Verdict, error) {
	t.Helper()
	c := call(t, id)
	questions := []service.Question{{Action: "iam:GetUser", Resource: "*"}}
	if err := p.Warm(c); err != nil {
		return nil, err
	}
	v, err := p.Authorize(c, questions)
	if err != nil && !errors.Is(err, access.ErrPrincipalGone) || err == nil && v.Denied() == nil {
		return v, err
	}
	if moved, lost := p.CatchUp(c); lost != nil || !moved {
		return v, errors.Join(err, lost)
	}
	return p.Authorize(c, questions)
}

func allowed(t *testing.T, p *access.Picture, id string) bool {
	t.Helper()
	v, err := ask(t, p, id)
	if err != nil {
		t.Fatal(err)
	}
	return v.Denied() == nil
}

const (
	yes = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	no  = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`
)

func TestAGrantCountsOnTheVeryNextCall(t *testing.T) {
	p, db := open(t, &source{}, time.Now)
	put(t, db, "dana", no)
	if allowed(t, p, "dana") {
		t.Fatal("denied by policy, allowed by the picture")
	}
	put(t, db, "dana", yes)
	if !allowed(t, p, "dana") {
		t.Error("a grant is not seen by the very next call: before a refusal the picture must catch up")
	}
}

func TestARevocationCountsAfterSync(t *testing.T) {
	p, db := open(t, &source{}, time.Now)
	put(t, db, "dana", yes)
	if !allowed(t, p, "dana") {
		t.Fatal("not allowed")
	}
	put(t, db, "dana", no)
	if err := p.Sync(t.Context()); err != nil { // the gateway does this before the revoking call is answered
		t.Fatal(err)
	}
	if allowed(t, p, "dana") {
		t.Error("a revoked grant still counts")
	}
}

func TestHotAnswersReadNothing(t *testing.T) {
	src := &source{}
	p, db := open(t, src, time.Now)
	put(t, db, "dana", yes)
	allowed(t, p, "dana")
	before := src.reads.Load()
	for range 100 {
		if !allowed(t, p, "dana") {
			t.Fatal("not allowed")
		}
	}
	if n := src.reads.Load() - before; n != 0 {
		t.Errorf("%d reads for decisions that were cached", n)
	}
}

func TestAPrincipalThatIsGone(t *testing.T) {
	p, db := open(t, &source{}, time.Now)
	put(t, db, "dana", yes)
	allowed(t, p, "dana")
	if err := db.Write(t.Context(), func(tx store.Tx) error { return grants.Delete(tx, store.K("dana")) }); err != nil {
		t.Fatal(err)
	}
	if err := p.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(t, p, "dana"); !errors.Is(err, access.ErrPrincipalGone) {
		t.Errorf("want ErrPrincipalGone, got %v", err)
	}
	if k, err := p.AccessKey(t.Context(), "dana"); err != nil || k != nil {
		t.Errorf("the key outlives its owner: %v, %v", k, err)
	}
}

// unreachable is a store that stops answering.
type unreachable struct {
	store.DB
	down atomic.Bool
}

func (u *unreachable) Changes(ctx context.Context, after int64, limit int) ([]store.Change, error) {
	if u.down.Load() {
		return nil, store.ErrUnavailable
	}
	return u.DB.Changes(ctx, after, limit)
}

func TestAStalePictureRefusesToAnswer(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Now().UnixNano())
	clock := func() time.Time { return time.Unix(0, now.Load()) }
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	u := &unreachable{DB: db}
	p, err := access.New(t.Context(), u, &source{}, clock)
	if err != nil {
		t.Fatal(err)
	}
	put(t, db, "dana", yes)
	if !allowed(t, p, "dana") {
		t.Fatal("not allowed")
	}
	u.down.Store(true)
	now.Add(int64(access.MaxStale + time.Second))
	if _, err := ask(t, p, "dana"); !errors.Is(err, access.ErrStale) {
		t.Errorf("want ErrStale, got %v", err)
	}
	u.down.Store(false)
	if !allowed(t, p, "dana") {
		t.Error("the picture does not recover")
	}
}

// TestChangesDuringLoads turns grants on and off while others ask: after each change has been applied, no answer may be older.
func TestChangesDuringLoads(t *testing.T) {
	p, db := open(t, &source{}, time.Now)
	put(t, db, "dana", no)
	stop := make(chan struct{})
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if _, err := ask(t, p, "dana"); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for i := range 300 {
		doc := no
		if i%2 == 0 {
			doc = yes
		}
		put(t, db, "dana", fmt.Sprintf("%s%*s", doc, i, "")) // a text of its own, so that nothing is shared
		if err := p.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := allowed(t, p, "dana"), i%2 == 0; got != want {
			t.Fatalf("change %d: allowed %v, want %v", i, got, want)
		}
	}
	close(stop)
	asking.Wait()
}
