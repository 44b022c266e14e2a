package faults

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vauban/gateway/sigv4"
)

// storm is 64 clients that make users, and what the server acknowledged of that.
type storm struct {
	mu    sync.Mutex
	acked map[string]string // name of the user → ID of the request

	stop    atomic.Bool
	clients sync.WaitGroup
	count   atomic.Int64
	slowest time.Duration // answer, of any kind
}

// rise starts the clients. They go on until the storm is calmed, or refused says what to make of an answer that is no success.
func (s *storm) rise(r *replica, name string, refused func(a reply, err error) (goOn bool)) {
	if s.acked == nil {
		s.acked = map[string]string{}
	}
	s.stop.Store(false)
	for w := range 64 {
		s.clients.Go(func() {
			for n := 0; !s.stop.Load(); n++ {
				user := fmt.Sprintf("%s.%d.%d", name, w, n)
				began := time.Now()
				a, err := r.call(r.admin, "iam", "CreateUser", "UserName", user)
				s.mu.Lock()
				s.slowest = max(s.slowest, time.Since(began))
				s.mu.Unlock()
				if err == nil && a.status == http.StatusOK {
					s.mu.Lock()
					s.acked[user] = a.request
					s.mu.Unlock()
					s.count.Add(1)
				} else if !refused(a, err) {
					return
				}
			}
		})
	}
}

// reach waits until n more users were made.
func (s *storm) reach(t *testing.T, n int64) {
	t.Helper()
	goal := s.count.Load() + n
	eventually(t, fmt.Sprint(n, " users are made"), func() bool { return s.count.Load() >= goal })
}

func (s *storm) calm() {
	s.stop.Store(true)
	s.clients.Wait()
}

// check: what was acknowledged is there, with its record; and users and records of success are the same ones, so that nothing is half done.
func (s *storm) check(r *replica) {
	t := r.t
	t.Helper()
	before := r.users()
	records := r.lookup("EventName", "CreateUser")
	after := r.users() // a database may still have been at work on what a killed replica had sent
	requests, made, ids := map[string]int{}, map[string]bool{}, map[string]bool{}
	for _, e := range records {
		if ids[e.ID] {
			t.Errorf("record %s comes twice", e.ID)
		}
		ids[e.ID] = true
		if e.Error != "" {
			continue
		}
		requests[e.Request]++
		made[e.User] = true
		if !after[e.User] {
			t.Errorf("a record says that user %s was made, but it is not there", e.User)
		}
	}
	for user, request := range s.acked {
		if !before[user] {
			t.Errorf("user %s was acknowledged and is lost", user)
		}
		if requests[request] != 1 {
			t.Errorf("the call that made user %s has %d records", user, requests[request])
		}
	}
	for user := range before {
		if user != "admin" && !made[user] {
			t.Errorf("user %s is there without a record", user)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	t.Logf("%d acknowledged, %d made, %d records; the slowest answer took %s", len(s.acked), len(before), len(records), s.slowest.Round(time.Millisecond))
}

// killed is what clients of a killed server see: the connection breaks. On a busy machine the replica may be kept from its store for so long that it
// refuses to decide; that may be tried again.
func killed(t *testing.T) func(reply, error) bool {
	return func(a reply, err error) bool {
		if err == nil && a.code != "ServiceUnavailable" {
			t.Errorf("refused before the server was killed: %d %s", a.status, a.body)
		}
		return err == nil && a.code == "ServiceUnavailable"
	}
}

// session is a temporary credential of the administrator: sealed with the key ring, so that it proves the ring after a restart.
func (r *replica) session() sigv4.Signer {
	a := r.must(r.admin, "sts", "GetSessionToken")
	return sigv4.Signer{AccessKeyID: a.field("AccessKeyId"), Secret: sigv4.SecretKey(a.field("SecretAccessKey")),
		SessionToken: a.field("SessionToken"), Region: r.admin.Region}
}

// killRounds kills the server in the midst of the storm, and looks at what the next one finds.
func killRounds(t *testing.T, rounds int, args ...string) {
	data := t.TempDir()
	var s storm
	r := start(t, data, args...)
	before := r.session()
	for round := range rounds {
		s.rise(r, fmt.Sprint("r", round), killed(t))
		s.reach(t, 100+rand.Int64N(300))
		r.kill()
		s.calm()
		r = start(t, data, args...)
		s.check(r)
		r.must(before, "sts", "GetCallerIdentity") // the key ring opens what it sealed before
	}
}

func TestKilledOnSQLite(t *testing.T) {
	t.Parallel()
	killRounds(t, 4)
}
