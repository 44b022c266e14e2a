package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"vauban/server"
	"vauban/service/iam"
)

// guardrail keeps everybody's hands off the trail.
const guardrail = `{"Version":"2012-10-17","Statement":[{"Sid":"HandsOffTheTrail","Effect":"Deny","Action":"cloudtrail:*","Resource":"*"}]}`

// organization is the second act: a guardrail above all accounts, which holds for a member's administrator and even for its root.
func (t *teller) organization(ctx context.Context, admin person, s *server.Server) (founded, error) {
	t.title("5. An organization, and an account in it")
	t.say("The administrator founds an organization with a unit, workloads, and an account in it, payments. The new account comes with a role that the founder may assume, and its root gets a password and an MFA device.")
	o, err := t.found(ctx, admin)
	if err != nil {
		return o, err
	}
	r, err := t.must(ctx, expectation{who: admin, what: "becomes payments' administrator", service: "sts", action: "AssumeRole",
		params: map[string]string{"RoleArn": "arn:aws:iam::" + o.member + ":role/OrganizationAccountAccessRole", "RoleSessionName": "admin"}})
	if err != nil {
		return o, err
	}
	o.administrator = person{name: "payments' admin", key: r.texts["AccessKeyId"], secret: r.texts["SecretAccessKey"], token: r.texts["SessionToken"]}
	root, err := t.memberRoot(ctx, s, o.member)
	if err != nil {
		return o, err
	}
	lookup := func(who person, what, code, contains string) expectation {
		return expectation{who: who, what: what, service: "cloudtrail", action: "LookupEvents", input: map[string]any{"MaxResults": 1}, code: code, contains: contains}
	}
	for _, e := range []expectation{lookup(o.administrator, "reads payments' trail", "", ""), lookup(root, "reads it too", "", "")} {
		if _, err := t.must(ctx, e); err != nil {
			return o, err
		}
	}

	t.title("6. A guardrail, tried before it is set")
	t.say("A service control policy shall keep everybody in workloads away from the trail. First the question: whom would it have stopped?")
	if err := t.foretell(ctx, admin, o); err != nil {
		return o, err
	}
	r, err = t.must(ctx, expectation{who: admin, what: "makes the policy", service: "organizations", action: "CreatePolicy",
		input: map[string]any{"Name": "HandsOffTheTrail", "Description": "Nobody in a member account touches the trail.", "Type": "SERVICE_CONTROL_POLICY", "Content": guardrail}})
	if err != nil {
		return o, err
	}
	if _, err := t.must(ctx, expectation{who: admin, what: "attaches it to workloads", service: "organizations", action: "AttachPolicy",
		input: map[string]any{"PolicyId": r.texts["Id"], "TargetId": o.unit}}); err != nil {
		return o, err
	}
	t.say("It holds from the very next call on, for root as well; the management account is not bound by it.")
	named := "with an explicit deny in a service control policy: " + r.texts["Arn"]
	for _, e := range []expectation{
		lookup(o.administrator, "reads payments' trail again", "AccessDeniedException", named),
		lookup(root, "tries as well", "AccessDeniedException", named),
		lookup(admin, "reads the own trail", "", ""),
	} {
		if _, err := t.expect(ctx, e); err != nil {
			return o, err
		}
	}
	return o, nil
}

// founded is what the founder made.
type founded struct {
	root, unit, member string
	organization       string // its ID
	administrator      person // of the member account
}

func (t *teller) found(ctx context.Context, admin person) (o founded, err error) {
	call := func(what, action string, input map[string]any) map[string]string {
		if err != nil {
			return nil
		}
		var r *reply
		if r, err = t.must(ctx, expectation{who: admin, what: what, service: "organizations", action: action, input: input}); err != nil {
			return nil
		}
		return r.texts
	}
	o.organization = call("founds the organization", "CreateOrganization", map[string]any{"FeatureSet": "ALL"})["Id"]
	o.root = call("looks for its root", "ListRoots", map[string]any{})["Id"]
	call("enables service control policies", "EnablePolicyType", map[string]any{"RootId": o.root, "PolicyType": "SERVICE_CONTROL_POLICY"})
	o.unit = call("makes the unit workloads", "CreateOrganizationalUnit", map[string]any{"ParentId": o.root, "Name": "workloads"})["Id"]
	request := call("makes the account payments", "CreateAccount", map[string]any{"AccountName": "payments", "Email": "payments@example.com"})["Id"]
	for deadline := time.Now().Add(10 * time.Second); err == nil && o.member == ""; {
		status := call("asks whether it is ready", "DescribeCreateAccountStatus", map[string]any{"CreateAccountRequestId": request})
		if o.member = status["AccountId"]; status["State"] == "FAILED" || time.Now().After(deadline) {
			return o, fmt.Errorf("the account payments was not made: %s %s", status["State"], status["FailureReason"])
		}
	}
	call("moves it into workloads", "MoveAccount", map[string]any{"AccountId": o.member, "SourceParentId": o.root, "DestinationParentId": o.unit})
	return o, err
}

// memberRoot sets up the root of the member account, as `vauban root init --account ID` does on the server's machine, and signs in.
func (t *teller) memberRoot(ctx context.Context, s *server.Server, account string) (person, error) {
	const password = "Correct-horse-9-battery!" // of a demo that forgets everything
	if err := t.awaitRoom(ctx); err != nil {
		return person{}, err
	}
	setup, err := iam.InitRoot(ctx, s.Deps(), account, password)
	if err != nil {
		return person{}, err
	}
	d, err := deviceOf("", setup.Seed)
	if err != nil {
		return person{}, err
	}
	if err := setup.Confirm(ctx, d.code(-1), d.code(0)); err != nil {
		return person{}, err
	}
	body, err := json.Marshal(signInRequest{Account: account, User: "root", Password: password, MFACode: d.code(1)})
	if err != nil {
		return person{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.client.url+signInPath, strings.NewReader(string(body)))
	if err != nil {
		return person{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := t.client.client.Do(r)
	if err != nil {
		return person{}, err
	}
	defer res.Body.Close()
	var a signInAnswer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		return person{}, err
	}
	if a.AccessKeyID == "" {
		return person{}, errors.New("payments' root could not sign in: " + res.Status)
	}
	return person{name: "payments' root", key: a.AccessKeyID, secret: a.SecretAccessKey, token: a.SessionToken}, nil
}

// foretell asks what the policy would have changed, and holds the answer against what the two have done.
func (t *teller) foretell(ctx context.Context, admin person, o founded) error {
	r, err := t.must(ctx, expectation{who: admin, what: "asks what the policy would have changed", service: "vauban", action: "WhatIf",
		input: map[string]any{"PolicyDocument": guardrail, "Target": o.unit}})
	if err != nil {
		return err
	}
	var answer struct {
		Changes []struct {
			Change, PrincipalArn, Action string
			Count                        int
		}
	}
	if err := json.Unmarshal(r.body, &answer); err != nil {
		return fmt.Errorf("read what the policy would change: %w", err)
	}
	foretold := map[string]string{}
	for _, c := range answer.Changes {
		foretold[c.PrincipalArn] = c.Change
		fmt.Fprintf(t.out, "      %s %s × %d %s\n", styleBad.Render(c.Change), c.Action, c.Count, styleDim.Render(c.PrincipalArn))
	}
	for _, who := range []string{":role/OrganizationAccountAccessRole", ":root"} {
		t.expected++
		if got := foretold["arn:aws:iam::"+o.member+who]; got != "denied" {
			t.failed++
			fmt.Fprintf(t.out, "  %s it should say that %s will be denied; it says %q\n", styleBad.Render("✗"), who[1:], got)
		}
	}
	return nil
}
