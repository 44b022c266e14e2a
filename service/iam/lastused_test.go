package iam

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/eventlog"
	"vauban/store"
)

// called is the entry of a call by a user with a long-term key.
func called(at time.Time, key, id, region, source string, actions ...string) *eventlog.Entry {
	questions := ""
	for i, a := range actions {
		if i > 0 {
			questions += ","
		}
		questions += `{"action":"` + a + `"}`
	}
	return &eventlog.Entry{
		Time: at, Account: here, Region: region, Source: source, AccessKeyID: key, Name: strings.Join(actions, " "),
		Record: fmt.Appendf(nil, `{"userIdentity":{"type":"IAMUser","principalId":%q,"accountId":%q}}`, id, here),
		Authz:  []byte(`{"questions":[` + questions + `]}`),
	}
}

// written counts the documents that a transaction writes.
type written struct {
	store.Tx
	n *int
}

func (w written) Insert(table string, d store.Doc, ix store.Indexes, cached bool) error {
	*w.n++
	return w.Tx.Insert(table, d, ix, cached)
}

func (w written) Update(table string, d store.Doc, rev store.Rev, ix store.Indexes, cached bool) error {
	*w.n++
	return w.Tx.Update(table, d, rev, ix, cached)
}

func TestNoteUses(t *testing.T) {
	db := openStore(t)
	const user, key = "AIDAAAAAAAAAAAAAAAAA1", "AKIAAAAAAAAAAAAAAAA1"
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	inTx(t, db, func(tx store.Tx) error {
		if err := users.Insert(tx, &User{Account: here, Name: "alice", Path: "/", ID: user}); err != nil {
			return err
		}
		return accessKeys.Insert(tx, &AccessKey{ID: key, Account: here, UserID: user})
	})
	note := func(batch ...*eventlog.Entry) (n int) {
		t.Helper()
		inTx(t, db, func(tx store.Tx) error { n = 0; return noteUses(written{tx, &n}, batch) })
		return n
	}
	use := func() *LastUse {
		t.Helper()
		var u *LastUse
		inTx(t, db, func(tx store.Tx) (err error) { u, err = lastUse(tx, lastUsedKey, key); return err })
		return u
	}
	batch := []*eventlog.Entry{
		called(noon, key, user, "us-east-1", "iam.amazonaws.com", "iam:ListUsers"),
		called(noon.Add(10*time.Second), key, user, "us-east-1", "iam.amazonaws.com", "iam:ListUsers", "iam:ListRoles"),
		called(noon.Add(90*time.Second+time.Millisecond), key, user, "us-east-1", "iam.amazonaws.com", "iam:ListRoles"),
	}
	if n := note(batch...); n != 2 { // the key, and the user's use of IAM
		t.Errorf("the first batch writes %d documents, want 2", n)
	}
	if n := note(batch...); n != 0 {
		t.Errorf("the same batch again writes %d documents, want none", n)
	}
	want := &LastUse{Kind: lastUsedKey, ID: key, Time: noon.Add(90 * time.Second), Region: "us-east-1", Service: "iam"}
	if d := cmp.Diff(want, use()); d != "" {
		t.Errorf("key (-want +got):\n%s", d)
	}
	if n := note(called(noon.Add(100*time.Second), key, user, "us-east-1", "iam.amazonaws.com", "iam:ListRoles")); n != 0 {
		t.Errorf("a like call in the same minute writes %d documents, want none", n)
	}
	if n := note(called(noon.Add(101*time.Second), key, user, "eu-west-1", "sqs.amazonaws.com", "sqs:ListQueues")); n != 2 {
		t.Errorf("another service in the same minute writes %d documents, want 2", n)
	}
	if u := use(); u.Service != "sqs" || u.Region != "eu-west-1" {
		t.Errorf("last use: %+v", u)
	}
	var services map[string]*serviceUse
	inTx(t, db, func(tx store.Tx) (err error) { services, err = serviceUsesOf(tx, here, user); return err })
	wantIAM := &serviceUse{Account: here, Principal: user, Namespace: "iam", Time: noon.Add(90 * time.Second), Region: "us-east-1", Actions: map[string]attempted{
		"ListUsers": {noon, "us-east-1"},
		"ListRoles": {noon.Add(90 * time.Second), "us-east-1"},
	}}
	if d := cmp.Diff(wantIAM, services["iam"]); d != "" {
		t.Errorf("IAM (-want +got):\n%s", d)
	}
	if len(services) != 2 {
		t.Errorf("%d services, want iam and sqs", len(services))
	}
}

func TestUsesEndWithTheirOwner(t *testing.T) {
	db := openStore(t)
	const user, key = "AIDAAAAAAAAAAAAAAAAA1", "AKIAAAAAAAAAAAAAAAA1"
	e := called(time.Unix(1e9, 0), key, user, "us-east-1", "iam.amazonaws.com", "iam:ListUsers")
	u := &User{Account: here, Name: "alice", Path: "/", ID: user}
	k := &AccessKey{ID: key, Account: here, UserID: user}
	gone := func() bool {
		t.Helper()
		var use *LastUse
		var services map[string]*serviceUse
		inTx(t, db, func(tx store.Tx) (err error) {
			if use, err = lastUse(tx, lastUsedKey, key); err != nil {
				return err
			}
			services, err = serviceUsesOf(tx, here, user)
			return err
		})
		return use == nil && len(services) == 0
	}
	inTx(t, db, func(tx store.Tx) error {
		if err := users.Insert(tx, u); err != nil {
			return err
		}
		if err := accessKeys.Insert(tx, k); err != nil {
			return err
		}
		return noteUses(tx, []*eventlog.Entry{e})
	})
	if gone() {
		t.Fatal("nothing was noted")
	}
	inTx(t, db, func(tx store.Tx) error {
		if err := forgetKey(tx, key); err != nil {
			return err
		}
		if err := accessKeys.Delete(tx, accessKeys.Key(k)); err != nil {
			return err
		}
		if err := forgetPrincipal(tx, here, user); err != nil {
			return err
		}
		return users.Delete(tx, users.Key(u))
	})
	if !gone() {
		t.Error("uses are left behind")
	}
	inTx(t, db, func(tx store.Tx) error { return noteUses(tx, []*eventlog.Entry{e}) })
	if !gone() {
		t.Error("an event that comes late brings uses back")
	}
}

func TestUserOf(t *testing.T) {
	tests := []struct {
		name, identity string
		want           usedBy
	}{
		{"user", `{"type":"IAMUser","principalId":"AIDA1","accountId":"1"}`, usedBy{"1", "AIDA1", false}},
		{"role", `{"type":"AssumedRole","principalId":"AROA1:s","accountId":"2","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA1","accountId":"2"}}}`, usedBy{"2", "AROA1", true}},
		{"federated", `{"type":"FederatedUser","principalId":"1:bob","accountId":"1","sessionContext":{"sessionIssuer":{"type":"IAMUser","principalId":"AIDA1","accountId":"1"}}}`, usedBy{"1", "AIDA1", false}},
		{"federated by root", `{"type":"FederatedUser","accountId":"1","sessionContext":{"sessionIssuer":{"type":"Root","principalId":"1","accountId":"1"}}}`, usedBy{}},
		{"root", `{"type":"Root","principalId":"1","accountId":"1"}`, usedBy{}},
		{"service", `{"type":"AWSService","invokedBy":"sqs.amazonaws.com"}`, usedBy{}},
		{"unreadable", `[`, usedBy{}},
	}
	for _, tt := range tests {
		if got := userOf(&eventlog.Entry{Record: []byte(`{"userIdentity":` + tt.identity + `}`)}); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// A call that is not read because it repeats the one before it would have said nothing.
func TestRepeatsSayNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
		short := notes{uses: map[useOf]*LastUse{}, services: map[serviceOf]*serviceUse{}}
		whole := notes{uses: map[useOf]*LastUse{}, services: map[serviceOf]*serviceUse{}}
		at := time.Unix(1e9, 0)
		for range rapid.IntRange(1, 30).Draw(t, "calls") {
			at = at.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds")) * time.Second)
			key := pick("key", "AKIAAAAAAAAAAAAAAAA1", "AKIAAAAAAAAAAAAAAAA2", "")
			service := pick("service", "iam", "sts")
			actions := []string{service + ":" + pick("action", "GetUser", "ListUsers")}
			if rapid.Bool().Draw(t, "two actions") {
				actions = append(actions, service+":TagUser")
			}
			e := called(at, key, "AIDAAAAAAAAAAAAAAAA"+key, pick("region", "us-east-1", "eu-west-1"), service+".amazonaws.com", actions...)
			short.add(e)
			whole.last = nil
			whole.add(e)
		}
		if d := cmp.Diff(whole.uses, short.uses, cmp.AllowUnexported(useOf{})) + cmp.Diff(whole.services, short.services, cmp.AllowUnexported(serviceOf{})); d != "" {
			t.Fatalf("-all read +repeats left out:\n%s", d)
		}
	})
}
