package cloudtrail

import (
	"encoding/json"
	"testing"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/eventlog"
)

func (st *stage) turns(every time.Duration, n int) {
	st.t.Helper()
	for range n {
		st.now = st.now.Add(every)
		if err := st.deliver(); err != nil {
			st.t.Fatal(err)
		}
	}
}

func (st *stage) lastDigest() digestFile {
	st.t.Helper()
	keys := st.files("CloudTrail-Digest")
	var d digestFile
	if err := json.Unmarshal(unzip(st.t, st.bodies[keys[len(keys)-1]]), &d); err != nil {
		st.t.Fatal(err)
	}
	return d
}

// TestDigests: one an hour, empty ones for quiet hours, each referring to the one before; the chain ends when logging stops.
func TestDigests(t *testing.T) {
	st := newStage(t)
	st.trail(&api.CreateTrailInput{EnableLogFileValidation: new(true)})
	st.start()
	st.turns(20*time.Minute, 2)
	if n := len(st.files("CloudTrail-Digest")); n != 0 {
		t.Fatalf("%d digests before an hour has passed", n)
	}
	st.turns(20*time.Minute, 1)
	first := st.lastDigest()
	if len(first.Files) != 1 || first.PreviousKey != nil || first.Start != "2026-01-02T03:04:05Z" || first.End != "2026-01-02T04:04:05Z" {
		t.Errorf("the first digest: %+v", first)
	}
	if first.Key != "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/01/02/111122223333_CloudTrail-Digest_us-east-1_audit_us-east-1_20260102T040405Z.json.gz" {
		t.Errorf("its key: %s", first.Key)
	}
	st.turns(20*time.Minute, 3)
	quiet := st.lastDigest()
	if len(quiet.Files) != 0 || quiet.Newest != nil || quiet.PreviousKey == nil || *quiet.PreviousKey != first.Key || quiet.Start != first.End {
		t.Errorf("a quiet hour's: %+v", quiet)
	}
	if d, l := st.verify("us-east-1"); d != 2 || l != 1 {
		t.Errorf("%d digests of %d files", d, l)
	}
	st.event(eventlog.Entry{Name: "Late"})
	st.stop()
	st.turns(time.Minute, 2)
	last := st.lastDigest()
	if len(last.Files) != 1 || last.PreviousKey == nil || *last.PreviousKey != quiet.Key {
		t.Errorf("the last: %+v", last)
	}
	st.turns(time.Hour, 2)
	if d := st.lastDigest(); d.Key != last.Key {
		t.Errorf("a digest after the trail stopped: %+v", d)
	}
	st.start()
	st.turns(time.Hour, 1)
	if d := st.lastDigest(); d.PreviousKey != nil || len(d.Files) != 1 {
		t.Errorf("the first of the next chain: %+v", d)
	}
}

// TestDigestsAndClocks: a clock that jumps ahead or back breaks no chain and overwrites no digest, and keys that it left behind are replaced.
func TestDigestsAndClocks(t *testing.T) {
	st := newStage(t)
	st.trail(&api.CreateTrailInput{EnableLogFileValidation: new(true)})
	st.start()
	st.turns(time.Hour, 2)
	st.turns(400*24*time.Hour, 1)
	st.event(eventlog.Entry{Name: "Ahead"})
	st.turns(time.Hour, 1)
	st.now = st.now.Add(-400*24*time.Hour - 2*time.Hour) // onto a digest that is there
	st.event(eventlog.Entry{Name: "Back"})
	st.turns(0, 1)
	st.turns(time.Minute, 1)
	back := st.lastDigestOf(st.now)
	if back.PreviousKey == nil {
		t.Errorf("the chain is broken: %+v", back)
	}
	st.turns(time.Hour, 3)
	n := len(st.files("CloudTrail-Digest"))
	st.stop()
	st.turns(time.Minute, 2)
	final := st.lastDigestOf(st.now.Add(-time.Minute))
	seen := map[string]bool{}
	for d := final; ; {
		seen[d.Key] = true
		if d.PreviousKey == nil {
			break
		}
		var before digestFile
		if err := json.Unmarshal(unzip(t, st.bodies[*d.PreviousKey]), &before); err != nil {
			t.Fatal(err)
		}
		d = before
	}
	if len(seen) != n+1 {
		t.Errorf("the chain has %d digests of %d", len(seen), n+1)
	}
}

// lastDigestOf is the digest that ended last, at or before the time.
func (st *stage) lastDigestOf(at time.Time) (found digestFile) {
	st.t.Helper()
	for _, key := range st.files("CloudTrail-Digest") {
		var d digestFile
		if err := json.Unmarshal(unzip(st.t, st.bodies[key]), &d); err != nil {
			st.t.Fatal(err)
		}
		if d.End <= instantText(at) && d.End > found.End {
			found = d
		}
	}
	return found
}
