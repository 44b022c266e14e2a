package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vauban/engine/policy"
	"vauban/gateway"
	"vauban/store"
)

func TestAWriteAndItsRecord(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	w := h.as(t, "root", "PutNote", "Name", "a", "Text", "my secret")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "<PutNoteResponse") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if !h.has(t, "a") {
		t.Error("the note is not stored")
	}
	trail := h.trail(t)
	if len(trail) != 1 {
		t.Fatalf("%d records, want 1", len(trail))
	}
	r := trail[0]
	if r.EventName != "PutNote" || r.ErrorCode != "" || r.UserIdentity.Arn != "arn:aws:iam::111122223333:user/root" || r.RequestID != w.Header().Get("X-Amzn-Requestid") {
		t.Errorf("record: %+v", r)
	}
	if got := r.RequestParameters["text"]; got != "HIDDEN_DUE_TO_SECURITY_REASONS" {
		t.Errorf("the secret stands in the record: %v", got)
	}
	if d := r.AdditionalEventData.Authorization; d.Decision == "" || len(d.DecidedBy) != 1 || d.DecidedBy[0].Sid != "All" {
		t.Errorf("the record does not say what decided: %+v", d)
	}
}

func TestRefusalsAreRecordedAndChangeNothing(t *testing.T) {
	for _, c := range []struct {
		what, who, action string
		params            []string
		status            int
		code              string
	}{
		{"denied", "some", "PutNote", []string{"Name", "x"}, 403, "AccessDenied"},
		{"handler error after writing", "root", "PutNote", []string{"Name", "x", "Text", "refuse"}, 404, "NoSuchNote"},
		{"panic after writing", "root", "PanicNote", []string{"Name", "x"}, 500, "InternalFailure"},
		{"not valid", "root", "PutNote", nil, 400, "ValidationError"},
		{"read of nothing", "root", "GetNote", []string{"Name", "x"}, 404, "NoSuchNote"},
		{"not built", "root", "ShredNote", []string{"Name", "x"}, 501, "NotImplemented"},
		{"unknown", "root", "EatNote", []string{"Name", "x"}, 400, "InvalidAction"},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := newHouse(t, gateway.Limits{})
			w := h.as(t, c.who, c.action, c.params...)
			if w.Code != c.status || !strings.Contains(w.Body.String(), "<Code>"+c.code+"</Code>") {
				t.Errorf("answer: %d %s", w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), "goroutine") || strings.Contains(w.Body.String(), "on purpose") {
				t.Errorf("the answer shows the inside: %s", w.Body)
			}
			if h.has(t, "x") {
				t.Error("a refused call changed the state")
			}
			trail := h.trail(t)
			if len(trail) != 1 || trail[0].ErrorCode != c.code || trail[0].EventName != c.action {
				t.Errorf("trail: %+v", trail)
			}
		})
	}
}

func TestUnprovenCallersAreNeverRecorded(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	body := "Action=GetNote&Version=2026-01-01&Name=a"
	form := func() http.Header { return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}} }
	forged := form()
	forged.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIATESTTESTTESTROOT/"+h.now.UTC().Format("20060102")+"/us-east-1/notes/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("0", 64))
	forged.Set("X-Amz-Date", h.now.UTC().Format("20060102T150405Z"))
	if w := h.send(t, "", body, forged); w.Code != 403 || !strings.Contains(w.Body.String(), "SignatureDoesNotMatch") {
		t.Errorf("forged: %d %s", w.Code, w.Body)
	}
	if w := h.send(t, "nobody", body, form()); w.Code != 403 || !strings.Contains(w.Body.String(), "InvalidClientTokenId") {
		t.Errorf("unknown key: %d %s", w.Code, w.Body)
	}
	if w := h.send(t, "", body, form()); w.Code != 403 || !strings.Contains(w.Body.String(), "MissingAuthenticationToken") {
		t.Errorf("unsigned: %d %s", w.Code, w.Body)
	}
	if trail := h.trail(t); len(trail) != 0 {
		t.Errorf("an unproven call is attributed: %+v", trail)
	}
}

func TestUnsignedOperationsAreStillAuthorised(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	h.as(t, "root", "PutNote", "Name", "a", "Text", "hello")
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if w := h.send(t, "", "Action=OpenNote&Version=2026-01-01&Name=a", form); w.Code != 200 || !strings.Contains(w.Body.String(), "hello") {
		t.Errorf("open operation: %d %s", w.Code, w.Body)
	}
	h.svc.open, _ = policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[]}`))
	if w := h.send(t, "", "Action=OpenNote&Version=2026-01-01&Name=a", form.Clone()); w.Code != 403 {
		t.Errorf("without the resource policy: %d %s", w.Code, w.Body)
	}
}

func TestActs(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	if w := h.as(t, "root", "SendNote", "Name", "a"); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if !h.has(t, "a") {
		t.Error("the act's commit is lost")
	}
	if trail := h.trail(t); len(trail) != 1 || trail[0].EventName != "SendNote" || trail[0].ErrorCode != "" {
		t.Errorf("trail: %+v", trail)
	}
}

// TestACommitCatchesUp: what another replica has granted while the act was on its way counts, as it does on the very next call.
func TestACommitCatchesUp(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	give := func(json string) {
		t.Helper()
		if err := h.db.Write(t.Context(), func(tx store.Tx) error { return grants.Put(tx, &grant{"root", json}) }); err != nil {
			t.Fatal(err)
		}
	}
	h.svc.sends = func() {
		give(onlyForward)
		if err := h.Access.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if w := h.as(t, "root", "PutNote", "Name", "b"); w.Code != 403 {
			t.Fatalf("the grant is taken away: %d %s", w.Code, w.Body)
		}
		give(everything) // the picture has not heard of it
	}
	if w := h.as(t, "root", "SendNote", "Name", "a"); w.Code != 200 || !h.has(t, "a") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if trail := h.trail(t); len(trail) != 2 || trail[0].EventName != "SendNote" || trail[0].ErrorCode != "" {
		t.Errorf("trail: %+v", trail)
	}
	give(onlyForward)
	if err := h.Access.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.svc.sends = func() {}
	if w := h.as(t, "root", "SendNote", "Name", "d"); w.Code != 403 || h.has(t, "d") {
		t.Errorf("without a grant: %d %s", w.Code, w.Body)
	}
}

func TestInternalDoor(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	if w := h.as(t, "root", "ForwardNote", "Name", "a", "Text", "t"); w.Code != 200 || !strings.Contains(w.Body.String(), ">forwarded<") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if !h.has(t, "a") || !h.has(t, "inner-a") {
		t.Error("outer and inner write do not share the commit")
	}
	trail := h.trail(t)
	if len(trail) != 3 {
		t.Fatalf("trail: %+v", trail)
	}
	for _, r := range trail {
		if r.EventName != "ForwardNote" && r.UserIdentity.InvokedBy != "notes.amazonaws.com" {
			t.Errorf("the inner call does not say through whom it came: %+v", r)
		}
	}
}

func TestInternalDoorIsNoWayAround(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	if w := h.as(t, "some", "ForwardNote", "Name", "a", "Text", "t"); w.Code != 200 || !strings.Contains(w.Body.String(), "not forwarded") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if h.has(t, "inner-a") {
		t.Error("the inner write went past authorisation")
	}
	codes := map[string]string{}
	for _, r := range h.trail(t) {
		codes[r.EventName] = r.ErrorCode
	}
	if codes["PutNote"] != "AccessDenied" || codes["ForwardNote"] != "" {
		t.Errorf("trail: %v", codes)
	}
}

func TestAHalfDoneInnerWriteDoomsTheOuter(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	if w := h.as(t, "root", "ForwardNoteBadly", "Name", "a"); w.Code != 404 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if h.has(t, "half-a") {
		t.Error("half of an inner write was committed")
	}
	if trail := h.trail(t); len(trail) != 2 {
		t.Errorf("both failures must be recorded: %+v", trail)
	}
}

func TestLimits(t *testing.T) {
	h := newHouse(t, gateway.Limits{PerCaller: 2})
	codes := map[int]int{}
	for range 6 {
		w := h.as(t, "root", "GetNote", "Name", "a")
		codes[w.Code]++
		if w.Code == 400 && !strings.Contains(w.Body.String(), "ThrottlingException") {
			t.Errorf("%s", w.Body)
		}
	}
	if codes[404] != 4 || codes[400] != 2 {
		t.Errorf("of a burst of 4: %v", codes)
	}
}

func TestGuessingIsSlowedBySource(t *testing.T) {
	h := newHouse(t, gateway.Limits{Unproven: 1})
	var last *httptest.ResponseRecorder
	for range 12 {
		last = h.send(t, "nobody", "Action=GetNote&Version=2026-01-01&Name=a", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	}
	if !strings.Contains(last.Body.String(), "ThrottlingException") {
		t.Errorf("after 12 failures: %d %s", last.Code, last.Body)
	}
	h.now = h.now.Add(time.Minute)
	if w := h.as(t, "root", "GetNote", "Name", "a"); w.Code != 404 {
		t.Errorf("the source must recover: %d %s", w.Code, w.Body)
	}
}

func TestOversizedBodies(t *testing.T) {
	h := newHouse(t, gateway.Limits{Body: 1000})
	if w := h.as(t, "root", "PutNote", "Name", strings.Repeat("x", 2000)); w.Code != 413 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestJSONProtocol(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	header := func(target string) http.Header {
		return http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {target}}
	}
	for _, target := range []string{"Notes.PutNote", "com.amazonaws.notes.v2026.Notes.PutNote"} {
		if w := h.send(t, "root", `{"Name":"a","Text":"b"}`, header(target)); w.Code != 200 || w.Body.String() != `{"Text":"b"}` {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	w := h.send(t, "some", `{"Name":"a"}`, header("Notes.PutNote"))
	if w.Code != 400 || !strings.Contains(w.Body.String(), "AccessDeniedException") || w.Header().Get("X-Vauban-Authorization-Message") == "" {
		t.Errorf("denied: %d %s", w.Code, w.Body)
	}
	if w := h.send(t, "root", `{"Name":`, header("Notes.PutNote")); w.Code != 400 || !strings.Contains(w.Body.String(), "SerializationException") {
		t.Errorf("broken JSON: %d %s", w.Code, w.Body)
	}
	if w := h.send(t, "root", `{}`, header("Notes.Nothing")); w.Code != 400 || !strings.Contains(w.Body.String(), "UnknownOperationException") {
		t.Errorf("unknown: %d %s", w.Code, w.Body)
	}
}
