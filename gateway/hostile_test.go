package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vauban/access"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/eventlog"
	"vauban/gateway"
	"vauban/gateway/sigv4"
	"vauban/service"
)

var formHeader = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}

// TestUnsignedFailuresAreSlowed: what needs no signature leaves a record, so that its failures are bounded for each source.
func TestUnsignedFailuresAreSlowed(t *testing.T) {
	h := newHouse(t, gateway.Limits{Unproven: 1}) // and 10 at once
	const malformed = "Action=OpenNote&Version=2026-01-01"
	recorded := 0
	for range 40 {
		if h.send(t, "", malformed, formHeader.Clone()); len(h.trail(t)) > recorded {
			recorded++
		}
	}
	if recorded == 0 || recorded > 11 {
		t.Errorf("one source left %d records of unsigned failures at one instant, want 1 to 11", recorded)
	}
	h.now = h.now.Add(time.Minute)
	h.as(t, "root", "PutNote", "Name", "a")
	for range 40 { // successes cost nothing
		if w := h.send(t, "", malformed+"&Name=a", formHeader.Clone()); w.Code != 200 {
			t.Fatalf("an unsigned success: %d %s", w.Code, w.Body)
		}
	}
}

// TestOutagesBlameNobody: a failure of the house does not count against who met it.
func TestOutagesBlameNobody(t *testing.T) {
	h := newHouse(t, gateway.Limits{Unproven: 1})
	h.as(t, "root", "PutNote", "Name", "a")
	h.db.breakDown(http.ErrServerClosed)
	for range 40 {
		h.send(t, "", "Action=OpenNote&Version=2026-01-01&Name=a", formHeader.Clone())
	}
	h.db.breakDown(nil)
	if w := h.send(t, "", "Action=OpenNote&Version=2026-01-01&Name=a", formHeader.Clone()); w.Code != 200 {
		t.Errorf("after the outage: %d %s", w.Code, w.Body)
	}
}

// TestTheRegionOfAGlobalServiceIsNotTheCallersWord: a policy that allows one region only is not answered by signing for it.
func TestTheRegionOfAGlobalServiceIsNotTheCallersWord(t *testing.T) {
	world, local := newKind("queried", wire.AWSQuery), newKind("json11", wire.AWSJSON11)
	world.api.Global = true
	h := newHouse(t, gateway.Limits{}, world, local)
	h.people["abroad"] = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-central-1"}}}]}`
	for _, c := range []struct {
		k    *kind
		code string
	}{{world, "AccessDenied"}, {local, ""}} {
		s := &sigv4.Signer{AccessKeyID: "AKIATESTTESTTESTABROAD", Secret: secretOf("abroad"), Region: "eu-central-1", Service: c.k.name}
		if o := h.do(h.signedBy(t, c.k.request(ask{}), s)); o.code != c.code {
			t.Errorf("%s, signed for eu-central-1: %d %q, want %q", c.k.name, o.status, o.code, c.code)
		}
	}
}

// TestRenamedUsersSession: a session keeps to its user, not to the name that the user had. Another may have that name now.
func TestRenamedUsersSession(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	token, err := access.SealSession(h.ring, &access.Credentials{AccessKeyID: "ASIATESTTESTTEST", Secret: "s", Caller: service.Caller{
		Kind: policy.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/formerly", UserID: "AIDAroot", Name: "formerly",
		Session: &service.Session{Kind: service.GetSessionToken, ExpiresAt: h.now.Add(time.Hour), IssuedAt: h.now,
			Issuer: service.Issuer{Kind: policy.User, ID: "AIDAroot", Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/formerly", Name: "formerly"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("Action=PutNote&Version=2026-01-01&Name=a"))
	r.Header, r.RemoteAddr = formHeader.Clone(), "192.0.2.7:1"
	h.signedBy(t, r, &sigv4.Signer{AccessKeyID: "ASIATESTTESTTEST", Secret: "s", SessionToken: token, Region: "us-east-1", Service: "notes"})
	if o := h.do(r); o.status != 200 {
		t.Fatalf("%d %s", o.status, o.w.Body)
	}
	if trail := h.trail(t); trail[0].UserIdentity.Arn != "arn:aws:iam::111122223333:user/root" {
		t.Errorf("the call is recorded as that of %s", trail[0].UserIdentity.Arn)
	}
}

// TestRecordsCannotBeForged: what a client sends stays inside of the strings of its own record.
func TestRecordsCannotBeForged(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	const forged = "x\",\"eventName\":\"Forged\n{\"a\":1}\x00\xff\u2028\\"
	header := formHeader.Clone()
	header.Set("User-Agent", forged)
	header.Set("X-Forwarded-For", "198.51.100.9")
	h.send(t, "root", "Action=GetNote&Version=2026-01-01&Name=x%22%2C%22eventName%22%3A%22Forged%0A%FF", header)
	h.send(t, "root", "Action=Forged%22%2C%22readOnly%22%3Atrue%0A&Version=2026-01-01", formHeader.Clone())
	entries, _, err := h.log.Lookup(t.Context(), eventlog.Query{Account: "111122223333", Limit: 50})
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d records, %v", len(entries), err)
	}
	for _, e := range entries {
		var r struct{ EventName, SourceIPAddress string }
		if err := json.Unmarshal(e.Record, &r); err != nil {
			t.Fatalf("%v: %s", err, e.Record)
		}
		if strings.ContainsAny(string(e.Record), "\n\r\x00") {
			t.Errorf("a record of more than one line: %q", e.Record)
		}
		if r.SourceIPAddress != "192.0.2.7" {
			t.Errorf("the source is %s", r.SourceIPAddress)
		}
		if r.EventName == "Forged" {
			t.Errorf("forged: %s", e.Record)
		}
	}
}

// TestAStrangersCallIsRecordedWithTheOwnerToo: in both accounts under one sharedEventID; the owner learns nothing of the caller's inside.
func TestAStrangersCallIsRecordedWithTheOwnerToo(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	h.svc.owner = "444455556666"
	if w := h.as(t, "root", "SendNote", "Name", "a", "Text", "t"); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	type shared struct {
		SharedEventID, EventID, RecipientAccountID, RequestID string
		UserIdentity                                          map[string]any
		AdditionalEventData                                   map[string]any
	}
	read := func(account string) (out shared) {
		entries, _, err := h.log.Lookup(t.Context(), eventlog.Query{Account: account, Limit: 50})
		if err != nil || len(entries) != 1 {
			t.Fatalf("account %s has %d records, %v", account, len(entries), err)
		}
		if err := json.Unmarshal(entries[0].Record, &out); err != nil {
			t.Fatal(err)
		}
		if out.EventID != entries[0].ID || out.RecipientAccountID != account {
			t.Errorf("entry %s: %s", entries[0].ID, entries[0].Record)
		}
		return out
	}
	mine, theirs := read("111122223333"), read("444455556666")
	if mine.SharedEventID == "" || mine.SharedEventID != theirs.SharedEventID || mine.EventID == theirs.EventID || mine.RequestID != theirs.RequestID {
		t.Errorf("the records do not belong together: %+v, %+v", mine, theirs)
	}
	if mine.UserIdentity["type"] != "IAMUser" || mine.AdditionalEventData == nil {
		t.Errorf("the caller's account: %+v", mine)
	}
	if id := theirs.UserIdentity; len(id) != 3 || id["type"] != "AWSAccount" || id["principalId"] != "AIDAroot" || id["accountId"] != "111122223333" {
		t.Errorf("the owner sees %v", id)
	}
	if theirs.AdditionalEventData != nil {
		t.Errorf("the owner sees the caller's policies: %v", theirs.AdditionalEventData)
	}
	h = newHouse(t, gateway.Limits{})
	h.svc.owner = "444455556666"
	h.as(t, "some", "SendNote", "Name", "a")
	if entries, _, _ := h.log.Lookup(t.Context(), eventlog.Query{Account: "444455556666", Limit: 50}); len(entries) != 0 {
		t.Errorf("a refusal is recorded with the owner: %s", entries[0].Record)
	}
}

// TestEveryResourceHasAnAccount: a perimeter that keeps callers to their own account's resources lets them reach these.
func TestEveryResourceHasAnAccount(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	h.people["fenced"] = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}}]}`
	if w := h.as(t, "fenced", "PutNote", "Name", "a"); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestTokensOfVersion1: a session of the global endpoint, in an account that has not chosen version 2, ends at regions to be enabled.
func TestTokensOfVersion1(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	for _, c := range []struct {
		version1 bool
		region   string
		code     string
	}{{true, "eu-central-1", ""}, {true, "eu-south-1", "InvalidClientTokenId"}, {false, "eu-south-1", ""}} {
		s := h.sessionOf(t, h.ring, func(k *access.Credentials) { k.Caller.Session.DefaultRegions = c.version1 })
		s.Region, s.Service = c.region, "notes"
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("Action=PutNote&Version=2026-01-01&Name=a"))
		r.Header, r.RemoteAddr = formHeader.Clone(), "192.0.2.7:1"
		if o := h.do(h.signedBy(t, r, s)); o.code != c.code {
			t.Errorf("version 1: %t in %s: %d %q, want %q", c.version1, c.region, o.status, o.code, c.code)
		}
	}
}
