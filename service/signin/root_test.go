package signin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vauban/engine/otp"
	"vauban/eventlog"
	"vauban/gateway/sigv4"
	"vauban/server"
	"vauban/service/iam"
)

const (
	account  = "111122223333"
	password = "correct-Horse-1"
)

// rig is a server on a directory of its own, with a clock that stands still.
type rig struct {
	*server.Server
	cfg server.Config
	now *atomic.Int64
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{now: &atomic.Int64{}}
	r.now.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix())
	r.cfg = server.Config{Data: t.TempDir(), Account: account, Clock: r.time}
	s, err := server.Open(t.Context(), r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	r.Server = s
	return r
}

func (r *rig) time() time.Time { return time.Unix(r.now.Load(), 0).UTC() }

func (r *rig) step() { r.now.Add(int64(otp.Step / time.Second)) }

// signIn returns the status, the error's name and the body.
func (r *rig) signIn(body map[string]any) (int, string, map[string]any) {
	b, _ := json.Marshal(body)
	req := httptest.NewRequest(http.MethodPost, "/v1/signin", strings.NewReader(string(b)))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	out := map[string]any{}
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	return w.Code, w.Header().Get("X-Amzn-Errortype"), out
}

func TestRoot(t *testing.T) {
	r := newRig(t)
	claim := map[string]any{"account": account, "user": "root", "password": password}
	if code, kind, _ := r.signIn(claim); code != 401 || kind != "AuthenticationFailedException" {
		t.Fatalf("root without a password: %d %s", code, kind)
	}

	st, err := server.OpenState(t.Context(), r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := iam.InitRoot(t.Context(), st.Deps(), account, "weak"); err == nil {
		t.Error("root gets a weak password")
	}
	if _, err := iam.InitRoot(t.Context(), st.Deps(), "999999999999", password); err == nil {
		t.Error("root of no account")
	}
	setup, err := iam.InitRoot(t.Context(), st.Deps(), account, password)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := otp.DecodeSeed(setup.Seed)
	if err != nil || !strings.Contains(setup.URI, setup.Seed) {
		t.Fatalf("%s: %v", setup.URI, err)
	}
	first := otp.TOTP(seed, r.time())
	r.step()
	second := otp.TOTP(seed, r.time())
	if err := setup.Confirm(t.Context(), second, first); err == nil {
		t.Error("codes in the wrong order are taken")
	}
	if code, _, _ := r.signIn(claim); code != 401 {
		t.Error("the password works before the device is proved")
	}
	if err := setup.Confirm(t.Context(), first, second); err != nil {
		t.Fatal(err)
	}

	if code, kind, _ := r.signIn(claim); code != 401 || kind != "MFACodeRequiredException" {
		t.Errorf("root without a code: %d %s", code, kind)
	}
	claim["mfaCode"] = second
	if code, kind, _ := r.signIn(claim); code != 401 || kind != "AuthenticationFailedException" {
		t.Errorf("root with the code of its setup: %d %s", code, kind)
	}
	r.step()
	claim["mfaCode"], claim["newPassword"] = otp.TOTP(seed, r.time()), "another-Horse-2"
	if code, kind, _ := r.signIn(claim); code != 403 || kind != "PasswordChangeFailedException" {
		t.Errorf("root changes its password at sign-in: %d %s", code, kind)
	}
	delete(claim, "newPassword")
	r.step()
	claim["mfaCode"] = otp.TOTP(seed, r.time())
	code, kind, out := r.signIn(claim)
	if code != 200 || out["arn"] != "arn:aws:iam::"+account+":root" || out["mfa"] != true {
		t.Errorf("root: %d %s %v", code, kind, out)
	}
	r.checkRecords(t)
	if code := r.listUsers(t, out); code != 200 {
		t.Errorf("root lists users: %d", code)
	}
}

// listUsers calls IAM with the credentials of a sign-in.
func (r *rig) listUsers(t *testing.T, keys map[string]any) int {
	t.Helper()
	const body = "Action=ListUsers&Version=2010-05-08"
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	signer := &sigv4.Signer{
		AccessKeyID: keys["accessKeyId"].(string), Secret: sigv4.SecretKey(keys["secretAccessKey"].(string)),
		SessionToken: keys["sessionToken"].(string), Region: "us-east-1", Service: "iam",
	}
	if err := signer.Sign(req, sigv4.PayloadHash([]byte(body)), r.time()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Code
}

// checkRecords looks for the setup and for root's sign-in in the log.
func (r *rig) checkRecords(t *testing.T) {
	t.Helper()
	for name, want := range map[string]string{"InitRoot": `"eventType":"AwsServiceEvent"`, "ConsoleLogin": `"ConsoleLogin":"Success"`} {
		entries, _, err := r.Log().Lookup(t.Context(), eventlog.Query{Account: account, Attribute: eventlog.ByEventName, Value: name, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, e := range entries {
			found = found || strings.Contains(string(e.Record), want) && e.User == "root"
		}
		if !found {
			t.Errorf("no record of %s with %s in %d entries", name, want, len(entries))
		}
	}
}

// TestRootAgain: who commands the server replaces a lost device; the old one and the old password end with it.
func TestRootAgain(t *testing.T) {
	r := newRig(t)
	st, err := server.OpenState(t.Context(), r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	setUp := func(pw string) []byte {
		setup, err := iam.InitRoot(t.Context(), st.Deps(), account, pw)
		if err != nil {
			t.Fatal(err)
		}
		seed, err := otp.DecodeSeed(setup.Seed)
		if err != nil {
			t.Fatal(err)
		}
		first := otp.TOTP(seed, r.time())
		r.step()
		if err := setup.Confirm(t.Context(), first, otp.TOTP(seed, r.time())); err != nil {
			t.Fatal(err)
		}
		r.step()
		return seed
	}
	old := setUp(password)
	seed := setUp("another-Horse-2")
	for _, test := range []struct {
		name, password string
		seed           []byte
		want           int
	}{
		{"old password", password, seed, 401},
		{"old device", "another-Horse-2", old, 401},
		{"new ones", "another-Horse-2", seed, 200},
	} {
		r.step()
		code, _, _ := r.signIn(map[string]any{"account": account, "user": "root", "password": test.password, "mfaCode": otp.TOTP(test.seed, r.time())})
		if code != test.want {
			t.Errorf("%s: %d", test.name, code)
		}
	}
}
