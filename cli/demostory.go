package cli

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"vauban/engine/otp"
)

// story is the main job in small: a developer, a role that wants MFA and an external ID, what the role may and may not, and the trail.
func (t *teller) story(ctx context.Context, admin person, account string) error {
	t.title("1. A developer with nothing")
	t.say("The administrator makes a user, dana, with an access key and an MFA device. She holds no policy yet.")
	dana, device, err := t.hire(ctx, admin)
	if err != nil {
		return err
	}
	if _, err := t.expect(ctx, expectation{who: dana, what: "asks who she is: that is always answered", service: "sts", action: "GetCallerIdentity"}); err != nil {
		return err
	}
	if _, err := t.expect(ctx, expectation{who: dana, what: "lists the users: no policy allows it", service: "iam", action: "ListUsers",
		code: "AccessDenied", contains: "because no identity-based policy allows the iam:ListUsers action"}); err != nil {
		return err
	}

	t.title("2. A role behind a trust policy")
	t.say("The role auditor may read IAM, and one statement forbids it to touch roles. Its trust policy lets dana in, with MFA and the right external ID only.")
	role := "arn:aws:iam::" + account + ":role/auditor"
	if err := t.makeRole(ctx, admin, account); err != nil {
		return err
	}
	assume := func(what, code string, extra map[string]string) expectation {
		p := map[string]string{"RoleArn": role, "RoleSessionName": "dana"}
		for k, v := range extra {
			p[k] = v
		}
		return expectation{who: dana, what: what, service: "sts", action: "AssumeRole", params: p, code: code}
	}
	refused := []expectation{
		assume("tries the role without MFA", "AccessDenied", map[string]string{"ExternalId": "blue-42"}),
		assume("tries it with a code that is wrong", "AccessDenied", map[string]string{"ExternalId": "blue-42", "SerialNumber": device.serial, "TokenCode": device.wrong()}),
	}
	for _, e := range refused {
		if _, err := t.expect(ctx, e); err != nil {
			return err
		}
	}
	r, err := t.must(ctx, assume("comes with MFA and the external ID", "", map[string]string{"ExternalId": "blue-42", "SerialNumber": device.serial, "TokenCode": device.code(1)}))
	if err != nil {
		return err
	}
	auditor := person{name: "dana as auditor", key: r.texts["AccessKeyId"], secret: r.texts["SecretAccessKey"], token: r.texts["SessionToken"]}
	if _, err := t.expect(ctx, assume("tries the same code a second time", "AccessDenied", map[string]string{"ExternalId": "blue-42", "SerialNumber": device.serial, "TokenCode": device.code(1)})); err != nil {
		return err
	}

	t.title("3. What the role may, and what not")
	for _, e := range []expectation{
		{who: auditor, what: "lists the users", service: "iam", action: "ListUsers"},
		{who: auditor, what: "makes a user: nothing allows it", service: "iam", action: "CreateUser", params: map[string]string{"UserName": "mallory"},
			code: "AccessDenied", contains: "no identity-based policy allows the iam:CreateUser action"},
		{who: auditor, what: "deletes a role: a statement forbids it", service: "iam", action: "DeleteRole", params: map[string]string{"RoleName": "auditor"},
			code: "AccessDenied", contains: "with an explicit deny in an identity-based policy"},
	} {
		if _, err := t.expect(ctx, e); err != nil {
			return err
		}
	}
	t.say("The administrator takes the role's policy away. The very next call of the running session is refused.")
	if _, err := t.must(ctx, expectation{who: admin, what: "deletes the policy", service: "iam", action: "DeleteRolePolicy", params: map[string]string{"RoleName": "auditor", "PolicyName": "audit"}}); err != nil {
		return err
	}
	if _, err := t.expect(ctx, expectation{who: auditor, what: "lists the users again", service: "iam", action: "ListUsers", code: "AccessDenied"}); err != nil {
		return err
	}
	return t.tellTrail(ctx, admin)
}

// hire makes dana, her key and her MFA device.
func (t *teller) hire(ctx context.Context, admin person) (dana person, d *device, err error) {
	if _, err = t.must(ctx, expectation{who: admin, what: "makes the user", service: "iam", action: "CreateUser", params: map[string]string{"UserName": "dana"}}); err != nil {
		return
	}
	r, err := t.must(ctx, expectation{who: admin, what: "makes her access key", service: "iam", action: "CreateAccessKey", params: map[string]string{"UserName": "dana"}})
	if err != nil {
		return
	}
	dana = person{name: "dana", key: r.texts["AccessKeyId"], secret: r.texts["SecretAccessKey"]}
	if r, err = t.must(ctx, expectation{who: admin, what: "makes a virtual MFA device", service: "iam", action: "CreateVirtualMFADevice", params: map[string]string{"VirtualMFADeviceName": "dana"}}); err != nil {
		return
	}
	if err = t.awaitRoom(ctx); err != nil {
		return
	}
	if d, err = newDevice(r.texts["SerialNumber"], r.texts["Base32StringSeed"]); err != nil {
		return
	}
	_, err = t.must(ctx, expectation{who: admin, what: "enables it with two consecutive codes", service: "iam", action: "EnableMFADevice", params: map[string]string{
		"UserName": "dana", "SerialNumber": d.serial, "AuthenticationCode1": d.code(-1), "AuthenticationCode2": d.code(0),
	}})
	return
}

func (t *teller) makeRole(ctx context.Context, admin person, account string) error {
	trust := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"DanaWithMFA","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:user/dana"},"Action":"sts:AssumeRole",`+
		`"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringEquals":{"sts:ExternalId":"blue-42"}}}]}`, account)
	policy := `{"Version":"2012-10-17","Statement":[{"Sid":"ReadIAM","Effect":"Allow","Action":["iam:Get*","iam:List*","iam:DeleteRole"],"Resource":"*"},` +
		`{"Sid":"HandsOffRoles","Effect":"Deny","Action":"iam:*Role","Resource":"arn:aws:iam::*:role/*"}]}`
	for _, e := range []expectation{
		{who: admin, what: "makes the role", service: "iam", action: "CreateRole", params: map[string]string{"RoleName": "auditor", "AssumeRolePolicyDocument": trust}},
		{who: admin, what: "gives it a policy", service: "iam", action: "PutRolePolicy", params: map[string]string{"RoleName": "auditor", "PolicyName": "audit", "PolicyDocument": policy}},
	} {
		if _, err := t.must(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// tellTrail reads the trail as the administrator and checks that every refusal is there with the statement that decided.
func (t *teller) tellTrail(ctx context.Context, admin person) error {
	t.title("4. The trail")
	t.say("Every call is in the audit trail, in CloudTrail's format, with the policy statement that decided. This is what aws cloudtrail lookup-events answers:")
	events, err := t.client.trail(ctx, admin)
	if err != nil {
		return err
	}
	seen := map[string]string{}
	for i := len(events) - 1; i >= 0; i-- {
		e := events[i]
		why := decidedBy(&e)
		result := styleGood.Render("allowed")
		if e.ErrorCode != "" {
			result = styleBad.Render("refused")
			seen[e.EventName] = why
		}
		_, who, _ := strings.Cut(e.Identity.ARN, "::")
		_, who, _ = strings.Cut(who, ":")
		fmt.Fprintf(t.out, "  %s %s  %s %-22s %s  %s\n", styleDim.Render(e.EventTime.Format(time.TimeOnly)), styleDim.Render(e.SourceIP),
			styleWho.Render(fmt.Sprintf("%-25s", who)), e.EventName, result, styleDim.Render(why))
	}
	for name, want := range map[string]string{
		"DeleteRole": `statement "HandsOffRoles" of audit (identity)`, "CreateUser": "missing: identity", "AssumeRole": "",
	} {
		t.expected++
		why, ok := seen[name]
		if !ok || !strings.Contains(why, want) {
			t.failed++
			fmt.Fprintf(t.out, "  %s the trail should show that %s was refused, by %s; it shows %q\n", styleBad.Render("✗"), name, want, why)
		}
	}
	return nil
}

// decidedBy words the statements that decided, or the layers that were missing.
func decidedBy(e *event) string {
	var parts []string
	for _, d := range e.Additional.Authorization.DecidedBy {
		switch {
		case d.Statement < 0:
			parts = append(parts, "missing: "+d.Layer)
		case d.Sid != "":
			parts = append(parts, fmt.Sprintf("statement %q of %s (%s)", d.Sid, d.Policy, d.Layer))
		default:
			parts = append(parts, fmt.Sprintf("statement %d of %s (%s)", d.Statement, d.Policy[strings.LastIndex(d.Policy, "/")+1:], d.Layer))
		}
	}
	if len(parts) == 0 && e.Error != "" {
		return e.Error
	}
	return strings.Join(parts, ", ")
}

// awaitRoom waits for the next time step of codes when the present one is nearly over, so that the codes below stay good.
func (t *teller) awaitRoom(ctx context.Context) error {
	left := otp.Step - time.Duration(time.Now().UnixNano()%int64(otp.Step))
	if left > 5*time.Second {
		return nil
	}
	t.say("(MFA codes change in %s; waiting for that.)", left.Round(time.Second))
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(left):
		return nil
	}
}

// device is dana's authenticator.
type device struct {
	serial string
	key    []byte
	start  time.Time
}

// newDevice takes the seed as the API answers it: base32 text, as a blob.
func newDevice(serial, seed string) (*device, error) {
	text, err := base64.StdEncoding.DecodeString(seed)
	if err != nil {
		return nil, fmt.Errorf("read the seed: %w", err)
	}
	return deviceOf(serial, string(text))
}

func deviceOf(serial, seed string) (*device, error) {
	key, err := otp.DecodeSeed(seed)
	if err != nil {
		return nil, err
	}
	return &device{serial, key, time.Now()}, nil
}

// code is the code of a time step, counted from the one in which the device was made: the server accepts the neighbours of the present
// step, each code once, so that the demo need not wait.
func (d *device) code(step int) string {
	return otp.TOTP(d.key, d.start.Add(time.Duration(step)*otp.Step))
}

// wrong is a code that no step near now has.
func (d *device) wrong() string {
	for _, c := range []string{"000000", "111111", "222222", "333333", "444444"} {
		if c != d.code(-1) && c != d.code(0) && c != d.code(1) && c != d.code(2) {
			return c
		}
	}
	return "555555"
}
