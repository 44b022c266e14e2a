package faults

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"vauban/gateway/sigv4"
	"vauban/store/storetest"
)

func TestKilledOnPostgres(t *testing.T) {
	t.Parallel()
	killRounds(t, 3, "--database", storetest.NewServer(t).NewDatabase(t))
}

// TestPostgresGoes: the database goes away under the storm, killed or stopped at once, and comes back. The same server process answers in between,
// and serves afterwards.
func TestPostgresGoes(t *testing.T) {
	t.Parallel()
	db := storetest.NewServer(t)
	r := start(t, t.TempDir(), "--database", db.NewDatabase(t))
	before := r.session()
	var s storm
	for round, end := range map[string]func(){"killed": db.Crash, "stopped": db.Stop} {
		s.rise(r, round, func(a reply, err error) bool { return unavailable(t, "CreateUser", a, err) })
		s.reach(t, 150)
		end()
		eventually(t, "readiness says that the store does not answer", func() bool {
			status, reason := r.ready()
			return status == http.StatusServiceUnavailable && reason == "the store does not answer"
		})
		without(r)
		s.calm()
		if err := db.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the server is ready again", func() bool { status, _ := r.ready(); return status == http.StatusOK })
		r.alive()
		s.check(r)
		r.must(before, "sts", "GetCallerIdentity")
	}
}

// TestPostgresHangs: the database takes connections and answers nothing, as behind a failing disk or network. Nobody waits for long, and when it
// goes on, so does the server.
func TestPostgresHangs(t *testing.T) {
	t.Parallel()
	db := storetest.NewServer(t)
	r := start(t, t.TempDir(), "--database", db.NewDatabase(t))
	var s storm
	s.rise(r, "hangs", func(a reply, err error) bool { return unavailable(t, "CreateUser", a, err) })
	s.reach(t, 150)
	db.Freeze(t)
	eventually(t, "readiness says that the store does not answer", func() bool {
		status, reason := r.ready()
		return status == http.StatusServiceUnavailable && reason == "the store does not answer"
	})
	without(r)
	db.Thaw(t)
	goal := s.count.Load()
	eventually(t, "the server is ready again", func() bool { status, _ := r.ready(); return status == http.StatusOK })
	s.reach(t, 50)
	s.calm()
	t.Logf("%d users when it went on", goal)
	s.check(r)
}

// unavailable checks a refusal without a database; it is a function of a storm, too.
func unavailable(t *testing.T, what string, a reply, err error) bool {
	if err != nil {
		t.Errorf("%s without a database: no answer: %v", what, err)
		return false
	}
	if a.status != http.StatusServiceUnavailable || !strings.HasPrefix(a.code, "ServiceUnavailable") {
		t.Errorf("%s without a database: %d %s, want a modelled 503", what, a.status, a.body)
		return false
	}
	return true
}

// without makes calls of each kind while there is no database: nothing is decided, and nothing goes unrecorded.
func without(r *replica) {
	unknown := sigv4.Signer{AccessKeyID: "AKIANOBODYNOBODYNOB1", Secret: "nothing", Region: "us-east-1"}
	calls := map[string]func() (reply, error){
		"a call that touches no document": func() (reply, error) { return r.call(r.admin, "sts", "GetCallerIdentity") },
		"a read":                          func() (reply, error) { return r.call(r.admin, "iam", "ListUsers") },
		"a write":                         func() (reply, error) { return r.call(r.admin, "iam", "CreateUser", "UserName", "ghost") },
		"a malformed call":                func() (reply, error) { return r.call(r.admin, "iam", "CreateUser", "UserName", "a/b") },
		"an unknown key":                  func() (reply, error) { return r.call(unknown, "sts", "GetCallerIdentity") },
		"a look into the trail":           func() (reply, error) { return r.lookupPage(map[string]any{}) },
	}
	var all sync.WaitGroup
	took := make(chan time.Duration, 3*len(calls))
	for what, call := range calls {
		all.Go(func() {
			for n := range 3 {
				began := time.Now()
				a, err := call()
				took <- time.Since(began)
				unavailable(r.t, fmt.Sprint(what, ", ", n), a, err)
			}
		})
	}
	all.Wait()
	close(took)
	var slowest time.Duration
	for d := range took {
		slowest = max(slowest, d)
	}
	r.t.Logf("without a database the slowest refusal took %s", slowest.Round(time.Millisecond))
}
