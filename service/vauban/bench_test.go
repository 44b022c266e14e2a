package vauban_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"vauban/eventlog"
	"vauban/gateway/sigv4"
	"vauban/server"
)

const account = "111122223333"

// house is a server on a directory of its own, called without a network.
type house struct {
	*server.Server
	now time.Time
}

func newHouse(t testing.TB, cfg server.Config) *house {
	t.Helper()
	h := &house{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	cfg.Account, cfg.AdminAccessKeyID, cfg.AdminSecretAccessKey, cfg.Clock = account, "AKIAADMINADMINADMIN1", "admin/secret", func() time.Time { return h.now }
	s, err := server.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	h.Server = s
	return h
}

// credentials of somebody.
type credentials struct{ id, secret, token string }

var admin = credentials{id: "AKIAADMINADMINADMIN1", secret: "admin/secret"}

// send sends one signed request.
func (h *house) send(t testing.TB, who credentials, service string, header http.Header, body string) (int, []byte) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader([]byte(body)))
	r.Header = header
	r.RemoteAddr = "192.0.2.10:4711"
	s := &sigv4.Signer{AccessKeyID: who.id, Secret: sigv4.SecretKey(who.secret), SessionToken: who.token, Region: "us-east-1", Service: service}
	if err := s.Sign(r, sigv4.PayloadHash([]byte(body)), h.now); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}

func (h *house) query(t testing.TB, who credentials, service, form string) (int, []byte) {
	t.Helper()
	return h.send(t, who, service, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "User-Agent": {"forecast/1"}}, form)
}

// change and page are of WhatIf's answer.
type change struct {
	Change, PrincipalArn, Action, Resource string
	Count                                  int64
}

type page struct {
	Changes           []change
	Records, Replayed int64
	NextToken         string
}

func (h *house) whatIf(t testing.TB, in map[string]any) (all page) {
	t.Helper()
	for {
		body, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		code, answer := h.send(t, admin, "vauban", http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"Vauban_20260101.WhatIf"}}, string(body))
		var p page
		if err := json.Unmarshal(answer, &p); err != nil || code != 200 {
			t.Fatalf("%d %s: %v", code, answer, err)
		}
		all.Changes = append(all.Changes, p.Changes...)
		all.Records, all.Replayed = all.Records+p.Records, all.Replayed+p.Replayed
		if p.NextToken == "" {
			return all
		}
		in["NextToken"] = p.NextToken
	}
}

// BenchmarkWhatIf replays a log of WHATIF_BENCH_EVENTS events (100,000 unless set) through the API, from the archive on disk: all that a client waits for but
// the network. A million records a minute is 60 µs for each.
func BenchmarkWhatIf(b *testing.B) {
	events := 100_000
	if s := os.Getenv("WHATIF_BENCH_EVENTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		events = n
	}
	h := newHouse(b, server.Config{Data: b.TempDir()})
	h.fill(b, events)
	for _, test := range []struct{ name, policy string }{
		{"nothing changes", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`},
		{"all change", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}}]}`},
	} {
		b.Run(test.name, func(b *testing.B) {
			records := int64(0)
			before := cpu(b)
			for b.Loop() {
				records += h.whatIf(b, map[string]any{"Target": account, "MaxResults": 20000, "PolicyDocument": test.policy}).Records
			}
			b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/1000/float64(records), "cpu-µs/record")
			b.ReportMetric(60e9/(float64((cpu(b)-before).Nanoseconds())/float64(records)), "records/min/core")
		})
	}
}

// fill makes real calls, and then as many copies of their records as there shall be, and waits until the archive has them.
func (h *house) fill(b *testing.B, events int) {
	b.Helper()
	for i := range 20 {
		if code, body := h.query(b, admin, "iam", fmt.Sprintf("Action=CreateUser&Version=2010-05-08&UserName=user-%d&Tags.member.1.Key=team&Tags.member.1.Value=red", i)); code != 200 {
			b.Fatalf("%d %s", code, body)
		}
	}
	ctx := context.Background()
	real, _, err := h.Log().Lookup(ctx, eventlog.Query{Account: account, Limit: 20})
	if err != nil {
		b.Fatal(err)
	}
	for n := 0; n < events; {
		var batch []*eventlog.Entry
		for ; len(batch) < 1000 && n < events; n++ {
			e := *real[n%len(real)]
			e.ID = fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
			batch = append(batch, &e)
		}
		if err := h.Log().Append(ctx, batch...); err != nil {
			b.Fatal(err)
		}
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for s := h.Log().Status(); s.Relayed < int64(events); s = h.Log().Status() {
		select {
		case <-tick.C:
		case <-b.Context().Done():
			b.Fatal(b.Context().Err())
		}
	}
}

// cpu is the time that the process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
