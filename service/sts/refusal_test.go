package sts_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vauban/gateway/sigv4"
	"vauban/server"
)

// TestWhyWasItRefused follows a refusal from its answer to DecodeAuthorizationMessage.
func TestWhyWasItRefused(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s, err := server.Open(context.Background(), server.Config{
		Account: "111122223333", AdminAccessKeyID: "AKIAADMINADMINADMIN1", AdminSecretAccessKey: "admin/secret", Clock: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	call := func(id, secret, svc, version string, form url.Values) *httptest.ResponseRecorder {
		t.Helper()
		form.Set("Version", version)
		body := form.Encode()
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Host, r.RemoteAddr = "vauban.test", "192.0.2.1:1"
		signer := &sigv4.Signer{AccessKeyID: id, Secret: sigv4.SecretKey(secret), Region: "us-east-1", Service: svc}
		if err := signer.Sign(r, sigv4.PayloadHash([]byte(body)), now); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	admin := func(svc, version string, form url.Values) *httptest.ResponseRecorder {
		return call("AKIAADMINADMINADMIN1", "admin/secret", svc, version, form)
	}
	const iam, sts = "2010-05-08", "2011-06-15"
	admin("iam", iam, url.Values{"Action": {"CreateUser"}, "UserName": {"bob"}})
	var keys struct {
		ID     string `xml:"CreateAccessKeyResult>AccessKey>AccessKeyId"`
		Secret string `xml:"CreateAccessKeyResult>AccessKey>SecretAccessKey"`
	}
	if err := xml.Unmarshal(admin("iam", iam, url.Values{"Action": {"CreateAccessKey"}, "UserName": {"bob"}}).Body.Bytes(), &keys); err != nil {
		t.Fatal(err)
	}
	admin("iam", iam, url.Values{"Action": {"PutUserPolicy"}, "UserName": {"bob"}, "PolicyName": {"no"}, "PolicyDocument": {
		`{"Version":"2012-10-17","Statement":[{"Sid":"NoRoles","Effect":"Deny","Action":"iam:CreateRole","Resource":"*"}]}`}})
	refused := call(keys.ID, keys.Secret, "iam", iam, url.Values{"Action": {"CreateRole"}, "RoleName": {"R"}, "AssumeRolePolicyDocument": {"{}"}})
	message := refused.Header().Get("X-Vauban-Authorization-Message")
	if refused.Code != http.StatusForbidden || message == "" {
		t.Fatalf("%d %s, message %q", refused.Code, refused.Body, message)
	}
	if w := call(keys.ID, keys.Secret, "sts", sts, url.Values{"Action": {"DecodeAuthorizationMessage"}, "EncodedMessage": {message}}); w.Code != http.StatusForbidden {
		t.Errorf("whoever was refused may read why: %d %s", w.Code, w.Body)
	}
	var decoded struct {
		Message string `xml:"DecodeAuthorizationMessageResult>DecodedMessage"`
	}
	w := admin("sts", sts, url.Values{"Action": {"DecodeAuthorizationMessage"}, "EncodedMessage": {message}})
	if err := xml.Unmarshal(w.Body.Bytes(), &decoded); err != nil {
		t.Fatal(err)
	}
	var why struct {
		Allowed, ExplicitDeny bool
		MatchedStatements     struct {
			Items []struct{ StatementID, Effect string }
		}
		Context struct {
			Principal        struct{ Name, ARN string }
			Action, Resource string
		}
	}
	if err := json.Unmarshal([]byte(decoded.Message), &why); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if why.Allowed || !why.ExplicitDeny || len(why.MatchedStatements.Items) != 1 || why.MatchedStatements.Items[0].StatementID != "NoRoles" ||
		why.Context.Principal.Name != "bob" || why.Context.Action != "iam:CreateRole" || why.Context.Resource != "arn:aws:iam::111122223333:role/R" {
		t.Errorf("decoded %s", decoded.Message)
	}
	altered := message[:len(message)-2] + "AA"
	if w := admin("sts", sts, url.Values{"Action": {"DecodeAuthorizationMessage"}, "EncodedMessage": {altered}}); !strings.Contains(w.Body.String(), "InvalidAuthorizationMessageException") {
		t.Errorf("an altered message: %d %s", w.Code, w.Body)
	}
}
