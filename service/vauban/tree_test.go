package vauban_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"vauban/engine/treeproof"
	"vauban/eventlog"
	"vauban/server"
	"vauban/store"
)

// ask makes a call of the administrator to Vauban's own API.
func (h *house) ask(t testing.TB, operation, in string, out any) (status int, body string) {
	t.Helper()
	header := http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"Vauban_20260101." + operation}}
	code, b := h.send(t, admin, "vauban", header, in)
	if out != nil && code == http.StatusOK {
		if err := json.Unmarshal(b, out); err != nil {
			t.Fatal(err)
		}
	}
	return code, string(b)
}

// The three answers of the API fit together, also for an event that was recorded only now; a data event is proven too. Once somebody changes the store past
// the server, it says so.
func TestLogIsProvenAndTamperingTold(t *testing.T) {
	h := newHouse(t, server.Config{Data: t.TempDir()})
	var before struct {
		SignedHead, VerifierKey string
		TreeSize                int64
	}
	if code, body := h.ask(t, "GetTreeHead", "{}", &before); code != http.StatusOK {
		t.Fatal(body)
	}
	for n := range 300 {
		e := &eventlog.Entry{ID: fmt.Sprintf("event-%d", n), Time: h.now, Account: account, Region: "us-east-1", Name: "GetObject", Source: "s3.amazonaws.com", Data: true,
			Record: fmt.Appendf(nil, `{"eventID":"event-%d"}`, n)}
		if n%2 == 0 {
			e.Account = "999999999999"
		}
		if err := h.Log().Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	key, err := treeproof.ParseKey(before.VerifierKey)
	if err != nil {
		t.Fatal(err)
	}
	var proven struct{ Record, Proof string }
	if code, body := h.ask(t, "ProveEvent", `{"EventId":"event-299"}`, &proven); code != http.StatusOK {
		t.Fatal(body)
	}
	p, err := treeproof.ParseInclusion([]byte(proven.Proof))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Verify(key); err != nil || proven.Record != `{"eventID":"event-299"}` || string(p.Record) != proven.Record {
		t.Errorf("%v: %+v", err, proven)
	}
	if code, body := h.ask(t, "ProveEvent", `{"EventId":"event-298"}`, nil); code != http.StatusBadRequest || !strings.Contains(body, "NoSuchEntityException") {
		t.Errorf("another account's event: %d %s", code, body)
	}
	if code, body := h.ask(t, "ProveTreeGrowth", fmt.Sprintf(`{"TreeSize":%d}`, before.TreeSize), &proven); code != http.StatusOK {
		t.Fatal(body)
	}
	g, err := treeproof.ParseConsistency([]byte(proven.Proof))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.Verify([]byte(before.SignedHead), key); err != nil {
		t.Error(err)
	}

	tamper(t, h)
	if code, body := h.ask(t, "ProveEvent", `{"EventId":"event-1"}`, nil); code != http.StatusInternalServerError || !strings.Contains(body, "LogTamperedException") ||
		!strings.Contains(body, "This log cannot be trusted: ") || !strings.Contains(body, "the log was tampered with") {
		t.Errorf("a tampered log: %d %s", code, body)
	}
}

// tamper changes the hashes of the first complete tile in the store.
func tamper(t *testing.T, h *house) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		found := false
		err := h.Deps().Store.Write(t.Context(), func(tx store.Tx) error {
			var first *store.Doc
			if err := tx.Scan("eventlog.treetile", nil, nil, func(d store.Doc) bool { first = &d; return false }); err != nil || first == nil {
				return err
			}
			found = true
			body := strings.Replace(string(first.Body), `"hashes":"`, `"hashes":"AAAA`, 1)
			return tx.Update("eventlog.treetile", store.Doc{Key: first.Key, Version: first.Version, Body: []byte(body)}, 0, store.Indexes{}, false)
		})
		if err != nil {
			t.Fatal(err)
		}
		if found {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the tree gets no complete tile")
		}
	}
}
