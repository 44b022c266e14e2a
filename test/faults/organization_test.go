package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"vauban/gateway/sigv4"
)

// organizations calls an operation and returns the answer's members by path, e.g. "Organization", "Id".
func (r *replica) organizations(operation string, in map[string]any) (member func(path ...string) string) {
	r.t.Helper()
	if in == nil {
		in = map[string]any{}
	}
	body, err := json.Marshal(in)
	if err != nil {
		r.t.Fatal(err)
	}
	who := r.admin
	who.Service = "organizations"
	a, err := r.send(who, "application/x-amz-json-1.1", "AWSOrganizationsV20161128."+operation, string(body))
	if err != nil || a.status != http.StatusOK {
		r.t.Fatalf("%s: %v %d %s", operation, err, a.status, a.body)
	}
	var out any
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		r.t.Fatal(err)
	}
	return func(path ...string) string {
		at := out
		for _, p := range path {
			if list, ok := at.([]any); ok {
				at = list[0]
			}
			at = at.(map[string]any)[p]
		}
		return fmt.Sprint(at)
	}
}

// TestGuardrailOnTwoReplicas: a service control policy counts on the replica that took it on the very next call, on the other within two
// seconds, and so does what lifts it.
func TestGuardrailOnTwoReplicas(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	a.organizations("CreateOrganization", nil)
	rootID := a.organizations("ListRoots", nil)("Roots", "Id")
	a.organizations("EnablePolicyType", map[string]any{"RootId": rootID, "PolicyType": "SERVICE_CONTROL_POLICY"})
	member := a.organizations("CreateAccount", map[string]any{"AccountName": "app", "Email": "app@example.com"})("CreateAccountStatus", "AccountId")
	made := b.must(b.admin, "sts", "AssumeRole", "RoleArn", "arn:aws:iam::"+member+":role/OrganizationAccountAccessRole", "RoleSessionName", "ops")
	ops := sigv4.Signer{
		AccessKeyID: made.field("AccessKeyId"), Secret: sigv4.SecretKey(made.field("SecretAccessKey")), SessionToken: made.field("SessionToken"), Region: "us-east-1",
	}
	guardrail := a.organizations("CreatePolicy", map[string]any{
		"Type": "SERVICE_CONTROL_POLICY", "Name": "no-users", "Description": "",
		"Content": `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}]}`,
	})("Policy", "PolicySummary", "Id")
	at := map[string]any{"PolicyId": guardrail, "TargetId": rootID}

	var slowest time.Duration
	for range 10 {
		for _, r := range []*replica{a, b} { // before it refuses, a replica catches up
			r.must(ops, "iam", "ListUsers")
		}
		a.organizations("AttachPolicy", at)
		attached := time.Now()
		if got, err := a.call(ops, "iam", "ListUsers"); err != nil || got.code != "AccessDenied" {
			t.Fatalf("the very next call on the replica that took the policy: %v %d %s", err, got.status, got.body)
		}
		slowest = max(slowest, refusedWithin(t, b, ops, attached))
		a.must(a.admin, "iam", "ListUsers") // never the management account
		a.organizations("DetachPolicy", at)
	}
	t.Logf("a service control policy attached on one replica counted on the other after at most %s", slowest)

	b.must(ops, "iam", "ListUsers")
	a.organizations("CloseAccount", map[string]any{"AccountId": member})
	closed := time.Now()
	if got, err := a.call(ops, "iam", "ListUsers"); err != nil || got.code != "AccessDenied" {
		t.Fatalf("a closed account on the replica that closed it: %v %d %s", err, got.status, got.body)
	}
	t.Logf("a closed account was refused on the other replica after %s", refusedWithin(t, b, ops, closed))
}
