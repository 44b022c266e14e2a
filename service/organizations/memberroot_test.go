package organizations_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vauban/engine/otp"
	"vauban/gateway/sigv4"
	"vauban/server"
	"vauban/service/iam"
)

type keys struct{ id, secret, token string }

// rig is a server with a clock that stands still.
type rig struct {
	*server.Server
	now atomic.Int64
}

func (r *rig) time() time.Time { return time.Unix(r.now.Load(), 0).UTC() }

// send performs one call and returns the status with the JSON answer, or the text of another.
func (r *rig) send(t *testing.T, who *keys, service, path, target, body string) (int, map[string]any, string) {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if target != "" {
		req.Header.Set("Content-Type", "application/x-amz-json-1.1")
		req.Header.Set("X-Amz-Target", target)
	}
	if who == nil {
		req.Header.Set("Content-Type", "application/json")
	} else {
		signer := &sigv4.Signer{AccessKeyID: who.id, Secret: sigv4.SecretKey(who.secret), SessionToken: who.token, Region: "us-east-1", Service: service}
		if err := signer.Sign(req, sigv4.PayloadHash([]byte(body)), r.time()); err != nil {
			t.Fatal(err)
		}
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	out := map[string]any{}
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	return w.Code, out, w.Body.String()
}

func (r *rig) organizations(t *testing.T, who *keys, operation, in string) map[string]any {
	t.Helper()
	code, out, body := r.send(t, who, "organizations", "/", "AWSOrganizationsV20161128."+operation, in)
	if code != http.StatusOK {
		t.Fatalf("%s: %d %s", operation, code, body)
	}
	return out
}

// signInRoot sets up the root of an account as the server's operator does, and signs it in.
func (r *rig) signInRoot(t *testing.T, account string) *keys {
	t.Helper()
	setup, err := iam.InitRoot(t.Context(), r.Deps(), account, "correct-Horse-1")
	if err != nil {
		t.Fatal(err)
	}
	seed, err := otp.DecodeSeed(setup.Seed)
	if err != nil {
		t.Fatal(err)
	}
	first := otp.TOTP(seed, r.time())
	r.now.Add(int64(otp.Step / time.Second))
	if err := setup.Confirm(t.Context(), first, otp.TOTP(seed, r.time())); err != nil {
		t.Fatal(err)
	}
	r.now.Add(int64(otp.Step / time.Second))
	claim, _ := json.Marshal(map[string]string{"account": account, "user": "root", "password": "correct-Horse-1", "mfaCode": otp.TOTP(seed, r.time())})
	code, out, body := r.send(t, nil, "", "/v1/signin", "", string(claim))
	if code != http.StatusOK {
		t.Fatalf("sign in as root of %s: %d %s", account, code, body)
	}
	return &keys{out["accessKeyId"].(string), out["secretAccessKey"].(string), out["sessionToken"].(string)}
}

// TestMemberRoot: service control policies hold for the root of a member account, signed in with its own password; not for that of the
// management account.
func TestMemberRoot(t *testing.T) {
	r := &rig{}
	r.now.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix())
	admin := &keys{id: "AKIAADMINADMINADMIN1", secret: "admin/secret"}
	s, err := server.Open(t.Context(), server.Config{
		Account: "111122223333", AdminAccessKeyID: admin.id, AdminSecretAccessKey: admin.secret, Clock: r.time,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r.Server = s
	r.organizations(t, admin, "CreateOrganization", `{}`)
	root := r.organizations(t, admin, "ListRoots", `{}`)["Roots"].([]any)[0].(map[string]any)["Id"].(string)
	member := r.organizations(t, admin, "CreateAccount", `{"AccountName":"app","Email":"app@example.com"}`)["CreateAccountStatus"].(map[string]any)["AccountId"].(string)
	list := func(who *keys) (int, string) {
		code, _, body := r.send(t, who, "iam", "/", "", "Action=ListUsers&Version=2010-05-08")
		return code, body
	}

	memberRoot, managementRoot := r.signInRoot(t, member), r.signInRoot(t, "111122223333")
	for _, who := range []*keys{memberRoot, managementRoot} {
		if code, body := list(who); code != http.StatusOK {
			t.Fatalf("root without a guardrail: %d %s", code, body)
		}
	}
	r.organizations(t, admin, "EnablePolicyType", `{"RootId":"`+root+`","PolicyType":"SERVICE_CONTROL_POLICY"}`)
	policy := r.organizations(t, admin, "CreatePolicy", `{"Type":"SERVICE_CONTROL_POLICY","Name":"n","Description":"","Content":`+
		`"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"iam:ListUsers\",\"Resource\":\"*\"}}"}`)["Policy"].(map[string]any)["PolicySummary"].(map[string]any)
	r.organizations(t, admin, "AttachPolicy", `{"TargetId":"`+root+`","PolicyId":"`+policy["Id"].(string)+`"}`)
	if code, body := list(memberRoot); code != http.StatusForbidden || !strings.Contains(body, policy["Arn"].(string)) {
		t.Errorf("root of a member under a guardrail: %d %s", code, body)
	}
	if code, body := list(managementRoot); code != http.StatusOK {
		t.Errorf("root of the management account: %d %s", code, body)
	}
	r.organizations(t, admin, "CloseAccount", `{"AccountId":"`+member+`"}`)
	if code, _, body := r.send(t, memberRoot, "sts", "/", "", "Action=GetCallerIdentity&Version=2011-06-15"); code != http.StatusForbidden {
		t.Errorf("root of a closed account: %d %s", code, body)
	}
}
