package server_test

import (
	"crypto/tls"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vauban/gateway/sigv4"
	"vauban/server"
)

// jumping is the machine's clock, set wrong by an offset. It has no monotonic reading: nothing that is fed with it can lean on one.
type jumping struct {
	noon, since time.Time // it was noon then, so that no jump of an hour meets midnight: days are shown newest first
	offset      atomic.Int64
}

func (j *jumping) right() time.Time { return j.noon.Add(time.Since(j.since)) }

func (j *jumping) now() time.Time { return j.right().Add(time.Duration(j.offset.Load())) }

func (j *jumping) jump(d time.Duration) { j.offset.Add(int64(d)) }

// onJumpingClock is a server, and a client, whose clock jumps.
func onJumpingClock(t *testing.T, data string) (*live, *jumping) {
	j := &jumping{noon: time.Now().UTC().Truncate(24 * time.Hour).Add(12 * time.Hour), since: time.Now()}
	l := listening(t, server.Config{Data: data, Clock: j.now})
	l.client.Transport.(*http.Transport).TLSClientConfig.Time = j.now
	return l, j
}

// isReady asks for readiness as a load balancer does.
func (l *live) isReady() bool {
	l.t.Helper()
	res, err := l.client.Get(l.URL() + "/readyz")
	if err != nil {
		l.t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// signedAt is a call whose signature is of another time than the server's.
func (l *live) signedAt(at time.Time, action string) reply {
	l.t.Helper()
	off := *l
	off.clock = func() time.Time { return at }
	return off.as(l.admin, "sts", action)
}

// temporary are credentials of a session of the administrator.
func (l *live) temporary(seconds int) *sigv4.Signer {
	l.t.Helper()
	a := l.as(l.admin, "sts", "GetSessionToken", "DurationSeconds", fmt.Sprint(seconds))
	var out struct {
		Result struct {
			Credentials struct{ AccessKeyId, SecretAccessKey, SessionToken string }
		} `xml:"GetSessionTokenResult"`
	}
	if err := xml.Unmarshal([]byte(a.body), &out); err != nil || out.Result.Credentials.SessionToken == "" {
		l.t.Fatalf("no session: %v %s", err, a.body)
	}
	c := out.Result.Credentials
	return &sigv4.Signer{AccessKeyID: c.AccessKeyId, Secret: sigv4.SecretKey(c.SecretAccessKey), SessionToken: c.SessionToken, Region: "us-east-1"}
}

// trail are the names of the users that were made, newest first as LookupEvents has them, over all pages.
func (l *live) trail() (users []string) {
	l.t.Helper()
	in := map[string]any{"MaxResults": 7, "LookupAttributes": []map[string]string{{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}}}
	for {
		body, _ := json.Marshal(in)
		r, err := http.NewRequest(http.MethodPost, l.URL()+"/", strings.NewReader(string(body)))
		if err != nil {
			l.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents")
		who := *l.admin
		who.Service = "cloudtrail"
		if err := who.Sign(r, sigv4.PayloadHash(body), l.clock()); err != nil {
			l.t.Fatal(err)
		}
		a, err := l.do(r)
		var page struct {
			Events    []struct{ CloudTrailEvent string }
			NextToken string
		}
		if err != nil || a.status != http.StatusOK || json.Unmarshal([]byte(a.body), &page) != nil {
			l.t.Fatalf("LookupEvents: %v %d %s", err, a.status, a.body)
		}
		for _, e := range page.Events {
			var record struct{ RequestParameters struct{ UserName string } }
			if err := json.Unmarshal([]byte(e.CloudTrailEvent), &record); err != nil {
				l.t.Fatal(err)
			}
			users = append(users, record.RequestParameters.UserName)
		}
		if page.NextToken == "" {
			return users
		}
		in["NextToken"] = page.NextToken
	}
}

// TestClockJumps: the machine's clock is set an hour forward, back, and an hour back, while the server runs. What is signed by the right clock
// is served at once, what is not is refused with AWS's words, sessions end when they should, and the trail is complete in the order of what happened.
func TestClockJumps(t *testing.T) {
	l, clock := onJumpingClock(t, t.TempDir())
	var made []string
	work := func(phase string) {
		t.Helper()
		for n := range 10 {
			name := fmt.Sprint(phase, n)
			if r := l.as(l.admin, "iam", "CreateUser", "UserName", name); r.status != http.StatusOK {
				t.Fatalf("%s: %d %s", phase, r.status, r.body)
			}
			made = append([]string{name}, made...)
		}
		if !l.isReady() {
			t.Errorf("%s: not ready", phase)
		}
	}
	refused := func(phase string, at time.Time, words string) {
		t.Helper()
		if r := l.signedAt(at, "GetCallerIdentity"); r.status != http.StatusForbidden || r.code != "SignatureDoesNotMatch" || !strings.Contains(r.body, words) {
			t.Errorf("%s: %d %s, want SignatureDoesNotMatch with %q", phase, r.status, r.body, words)
		}
	}
	works := func(phase string, who *sigv4.Signer, want string) {
		t.Helper()
		if r := l.as(who, "sts", "GetCallerIdentity"); r.code != want {
			t.Errorf("%s: %d %s, want %q", phase, r.status, r.body, want)
		}
	}
	short, long := l.temporary(900), l.temporary(4*3600)
	work("before")
	works("before", short, "")

	clock.jump(time.Hour)
	work("forward")
	refused("an hour behind the server", clock.right(), "Signature expired: ")
	works("a session of 15 minutes, an hour later", short, "ExpiredToken")
	works("a session of four hours, an hour later", long, "")
	future := l.temporary(900)

	clock.jump(-time.Hour)
	work("back")
	refused("an hour ahead of the server", clock.right().Add(time.Hour), "Signature not yet current: ")
	works("a session of 15 minutes again", short, "")
	works("a session that begins in an hour", future, "")

	clock.jump(-time.Hour)
	work("behind")
	works("a session of four hours, an hour before it began", long, "")

	waiting := l.Log().Status().Last
	for _, where := range []string{"outbox", "archive"} {
		if got := l.trail(); strings.Join(got, " ") != strings.Join(made, " ") {
			t.Errorf("the trail in the %s has %d: %s\nwant %d: %s", where, len(got), got, len(made), made)
		}
		eventually(t, "the records are archived", func() bool { return l.Log().Status().Relayed >= waiting })
	}
}

// TestClockOutlivesCertificate: after a jump beyond its end a new certificate is ready, of the same authority, and again after the way back.
func TestClockOutlivesCertificate(t *testing.T) {
	l, clock := onJumpingClock(t, t.TempDir())
	serial := func() string {
		l.client.CloseIdleConnections()
		res, err := l.client.Get(l.URL() + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return certificateOf(res.TLS)
	}
	first := serial()
	clock.jump(100 * 24 * time.Hour)
	second := serial()
	if first == second {
		t.Error("the certificate has outlived its end")
	}
	if r := l.as(l.admin, "iam", "CreateUser", "UserName", "later"); r.status != http.StatusOK || !l.isReady() {
		t.Errorf("after the jump: %d %s", r.status, r.body)
	}
	clock.jump(-100 * 24 * time.Hour)
	if third := serial(); third == second {
		t.Error("a certificate of the future is served")
	}
	if r := l.as(l.admin, "iam", "GetUser", "UserName", "later"); r.status != http.StatusOK || !l.isReady() {
		t.Errorf("after the way back: %d %s", r.status, r.body)
	}
}

func certificateOf(s *tls.ConnectionState) string { return s.PeerCertificates[0].SerialNumber.String() }
