package e2e

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// awsCLI runs the stock aws CLI pointed at the server the way the README says.
type awsCLI struct {
	t       *testing.T
	s       *running
	env     []string
	process bool // each command is a process
}

func newAWS(t *testing.T) *awsCLI {
	need(t, "aws", "apt-get install awscli")
	s := start(t, t.TempDir())
	return &awsCLI{t: t, s: s, env: s.env(t)}
}

// ok runs a command that must succeed and decodes its JSON.
func (a *awsCLI) ok(args ...string) map[string]any {
	a.t.Helper()
	out := a.run(args)
	if out.Status != 0 {
		a.t.Fatalf("aws %v: status %d\n%s", args, out.Status, out)
	}
	v := map[string]any{}
	if len(bytes.TrimSpace(out.Stdout)) > 0 {
		if err := json.Unmarshal(out.Stdout, &v); err != nil {
			a.t.Fatalf("aws %v: %v\n%s", args, err, out)
		}
	}
	return v
}

func (a *awsCLI) run(args []string) *outcome {
	a.t.Helper()
	if !a.process {
		return a.s.stock(a.t, a.env, "", args...)
	}
	out, err := a.s.processed(a.env, "", args)
	if err != nil {
		a.t.Fatalf("aws %v: %v", args, err)
	}
	return out
}

// text runs a command that must succeed and returns what it prints.
func (a *awsCLI) text(args ...string) string {
	a.t.Helper()
	out := a.run(args)
	if out.Status != 0 {
		a.t.Fatalf("aws %v: status %d\n%s", args, out.Status, out)
	}
	return string(out.Stdout)
}

// fails runs a command that must fail with the error code.
func (a *awsCLI) fails(code string, args ...string) string {
	a.t.Helper()
	out := a.run(args)
	if out.Status == 0 || !bytes.Contains(out.Stderr, []byte("("+code+")")) {
		a.t.Fatalf("aws %v: want error %s, got status %d\n%s", args, code, out.Status, out)
	}
	return out.String()
}

// as returns the CLI with other credentials.
func (a *awsCLI) as(creds map[string]any) *awsCLI {
	b := *a
	b.env = append([]string{}, a.env...)
	for env, member := range map[string]string{"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey", "AWS_SESSION_TOKEN": "SessionToken"} {
		if v, ok := creds[member].(string); ok {
			b.env = append(b.env, env+"="+v)
		}
	}
	return &b
}

// dig follows member names, and the number of an element, into decoded JSON.
func dig(v any, path ...any) any {
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

// TestAWSCLIMainJob starts the CLI itself for each command, as users do.
func TestAWSCLIMainJob(t *testing.T) {
	a := newAWS(t)
	a.process = true
	if got := dig(a.ok("sts", "get-caller-identity"), "Arn"); got != "arn:aws:iam::"+a.s.account+":user/admin" {
		t.Fatalf("caller: %v", got)
	}
	a.ok("iam", "create-user", "--user-name", "dana", "--tags", "Key=team,Value=blue")
	dana := a.as(dig(a.ok("iam", "create-access-key", "--user-name", "dana"), "AccessKey").(map[string]any))
	out := dana.fails("AccessDenied", "iam", "list-users")
	want := "User: arn:aws:iam::" + a.s.account + ":user/dana is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::" + a.s.account + ":user/ because no identity-based policy allows the iam:ListUsers action"
	if !strings.Contains(out, want) {
		t.Errorf("message:\n%s\nwant:\n%s", out, want)
	}
	a.ok("iam", "put-user-policy", "--user-name", "dana", "--policy-name", "read", "--policy-document",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:List*","iam:DeleteUser"],"Resource":"*"},{"Sid":"KeepAdmin","Effect":"Deny","Action":"iam:DeleteUser","Resource":"arn:aws:iam::*:user/admin"}]}`)
	if users := dig(dana.ok("iam", "list-users"), "Users"); len(users.([]any)) != 2 {
		t.Errorf("users: %v", users)
	}
	dana.fails("AccessDenied", "iam", "delete-user", "--user-name", "admin")

	trail := a.lookup("EventName=DeleteUser")
	if len(trail) != 1 {
		t.Fatalf("trail: %v", trail)
	}
	e := trail[0]
	if dig(e, "userIdentity", "userName") != "dana" || dig(e, "errorCode") != "AccessDenied" || dig(e, "sourceIPAddress") != "127.0.0.1" ||
		dig(e, "additionalEventData", "authorization", "decidedBy", 0, "sid") != "KeepAdmin" {
		t.Errorf("the trail does not say who was refused what, from where, by which statement: %v", e)
	}
	if v := dig(e, "tlsDetails", "tlsVersion"); v != "TLSv1.3" {
		t.Errorf("tlsDetails: %v", v)
	}
}

// lookup reads the trail by one attribute; a call must be found; a generous while, because the machine may be busy.
func (a *awsCLI) lookup(attribute string) []map[string]any {
	a.t.Helper()
	k, v, _ := strings.Cut(attribute, "=")
	deadline := time.Now().Add(2 * time.Minute)
	for {
		res := a.ok("cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey="+k+",AttributeValue="+v)
		events, _ := res["Events"].([]any)
		if len(events) > 0 || time.Now().After(deadline) {
			out := make([]map[string]any, len(events))
			for i, e := range events {
				if err := json.Unmarshal([]byte(dig(e, "CloudTrailEvent").(string)), &out[i]); err != nil {
					a.t.Fatal(err)
				}
			}
			return out
		}
	}
}
