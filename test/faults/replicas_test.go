package faults

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vauban/gateway/sigv4"
	"vauban/store/storetest"
)

// elsewhere is the promise for another replica than the one that took the change.
const elsewhere = 2 * time.Second

const readUsers = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]}`

// pair starts two replicas on one database with one root key, at once: one of them makes the account.
func pair(t *testing.T) (a, b *replica) {
	dsn, key := storetest.NewServer(t).NewDatabase(t), filepath.Join(t.TempDir(), "root.key")
	blobs := t.TempDir()
	a = launch(t, t.TempDir(), "--database", dsn, "--root-key-file", key, "--blobs", blobs)
	b = launch(t, t.TempDir(), "--database", dsn, "--root-key-file", key, "--blobs", blobs)
	a.await()
	b.await()
	credentials := 0
	for _, r := range []*replica{a, b} {
		if _, err := os.Stat(filepath.Join(r.data, "admin-credentials.json")); err == nil {
			credentials++
		}
	}
	if credentials != 1 {
		t.Errorf("%d replicas have left the administrator's credentials; one made them", credentials)
	}
	return a, b
}

// TestTwoReplicas: what one replica grants counts on the other at once, what it takes away within two seconds, and both keep one trail.
func TestTwoReplicas(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	b.must(a.session(), "sts", "GetCallerIdentity") // one key ring
	arn := a.must(a.admin, "iam", "CreatePolicy", "PolicyName", "read", "PolicyDocument", readUsers).field("Arn")
	a.must(a.admin, "iam", "CreateUser", "UserName", "reader")
	made := a.must(a.admin, "iam", "CreateAccessKey", "UserName", "reader")
	reader := sigv4.Signer{AccessKeyID: made.field("AccessKeyId"), Secret: sigv4.SecretKey(made.field("SecretAccessKey")), Region: "us-east-1"}
	b.must(reader, "sts", "GetCallerIdentity") // a user and a key that it has never seen

	var slowest time.Duration
	for range 10 {
		a.must(a.admin, "iam", "AttachUserPolicy", "UserName", "reader", "PolicyArn", arn)
		for _, r := range []*replica{b, a} { // before it refuses, a replica catches up
			r.must(reader, "iam", "ListUsers")
		}
		a.must(a.admin, "iam", "DetachUserPolicy", "UserName", "reader", "PolicyArn", arn)
		detached := time.Now()
		if got, err := a.call(reader, "iam", "ListUsers"); err != nil || got.code != "AccessDenied" {
			t.Fatalf("the very next call on the replica that took the policy away: %v %d %s", err, got.status, got.body)
		}
		slowest = max(slowest, refusedWithin(t, b, reader, detached))
	}
	t.Logf("a policy taken away on one replica counted on the other after at most %s", slowest)

	a.must(a.admin, "iam", "DeleteAccessKey", "UserName", "reader", "AccessKeyId", reader.AccessKeyID)
	deleted := time.Now()
	if got, err := a.call(reader, "sts", "GetCallerIdentity"); err != nil || got.code != "InvalidClientTokenId" {
		t.Errorf("a deleted key on the same replica: %v %d %s", err, got.status, got.body)
	}
	eventually(t, "the deleted key is refused elsewhere", func() bool {
		asked := time.Now()
		got, err := b.call(reader, "sts", "GetCallerIdentity")
		if err == nil && got.status == http.StatusOK && asked.Sub(deleted) > elsewhere {
			t.Fatalf("a deleted key works on the other replica %s later", asked.Sub(deleted))
		}
		return err == nil && got.code == "InvalidClientTokenId"
	})
	oneTrail(t, a, b, reader.AccessKeyID)
}

// refusedWithin asks until the other replica refuses. A call that began later than promised must not be allowed.
func refusedWithin(t *testing.T, r *replica, who sigv4.Signer, since time.Time) (after time.Duration) {
	t.Helper()
	eventually(t, "the other replica refuses", func() bool {
		asked := time.Now()
		got, err := r.call(who, "iam", "ListUsers")
		if err == nil && got.status == http.StatusOK && asked.Sub(since) > elsewhere {
			t.Fatalf("allowed on the other replica %s after the policy was taken away", asked.Sub(since))
		}
		after = time.Since(since)
		return err == nil && got.code == "AccessDenied"
	})
	return after
}

// oneTrail: both replicas show the same records of a key, those of calls that either took.
func oneTrail(t *testing.T, a, b *replica, key string) {
	t.Helper()
	first := a.must(a.admin, "sts", "GetCallerIdentity").request
	second := b.must(b.admin, "sts", "GetCallerIdentity").request
	for _, r := range []*replica{a, b} {
		seen := map[string]int{}
		for _, e := range r.lookup("EventName", "GetCallerIdentity") {
			seen[e.Request]++
		}
		if seen[first] != 1 || seen[second] != 1 {
			t.Errorf("a replica shows %d records of the call to one and %d of the call to the other", seen[first], seen[second])
		}
	}
	one, other := a.lookup("AccessKeyId", key), b.lookup("AccessKeyId", key)
	if len(one) == 0 || len(one) != len(other) {
		t.Fatalf("%d and %d records of the reader", len(one), len(other))
	}
	refused := 0
	for i := range one {
		if one[i] != other[i] {
			t.Errorf("record %d differs: %v, %v", i, one[i], other[i])
		}
		if one[i].Error == "AccessDenied" {
			refused++
		}
	}
	if refused < 20 { // ten on each
		t.Errorf("%d refusals are recorded", refused)
	}
}

// TestReplicaKilled: the replica that holds the log's lease is killed in the midst of work; the other takes over.
func TestReplicaKilled(t *testing.T) {
	t.Parallel()
	dsn, key, blobs := storetest.NewServer(t).NewDatabase(t), filepath.Join(t.TempDir(), "root.key"), t.TempDir()
	replicaOf := func() (*replica, string) {
		admin := freeAddress(t)
		return start(t, t.TempDir(), "--database", dsn, "--root-key-file", key, "--blobs", blobs, "--admin", admin), admin
	}
	a, statusOfA := replicaOf() // alone, it gets the lease
	a.must(a.admin, "sts", "GetCallerIdentity")
	eventually(t, "the first replica moves events", func() bool { return status(t, statusOfA).Relayed > 0 })
	b, statusOfB := replicaOf()

	var s storm
	s.rise(a, "a", killed(t))
	s.rise(b, "b", func(a reply, err error) bool {
		t.Errorf("refused on the other replica: %v %d %s", err, a.status, a.body)
		return false
	})
	s.reach(t, 200)
	a.kill()
	died := time.Now()
	s.reach(t, 50) // the other goes on
	s.calm()
	goal := status(t, statusOfB).Last
	eventually(t, "the other replica moves events", func() bool { return status(t, statusOfB).Relayed >= goal })
	t.Logf("the other replica had taken over %s after the kill", time.Since(died).Round(time.Millisecond))
	s.check(b)
}

// logStatus is the event log as /status shows it.
type logStatus struct{ Last, Relayed int64 }

func status(t *testing.T, admin string) logStatus {
	t.Helper()
	res, err := http.Get("http://" + admin + "/status")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out struct{ Log logStatus }
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out.Log
}

// freeAddress is an address on loopback that nobody listens on now.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
