package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vauban/carrier/inbox"
	"vauban/server"
)

// watch is what the second act is played with.
type watch struct {
	admin   person
	account string // the management account
	in      founded
	post    *post
	server  *server.Server

	insider  person
	topic    string // ARN
	rule     string // ARN
	function string // ARN; "" where functions cannot run
}

const (
	watcherMail  = "watch@vauban.test"
	watcherPhone = "+4915112345678"
)

// tampering is the pattern of the rule: somebody tries to blind the trail, and is refused.
const tampering = `{"source":["aws.cloudtrail"],"detail-type":["AWS API Call via CloudTrail"],` +
	`"detail":{"eventName":["StopLogging","DeleteTrail",{"prefix":"Put"}],"errorCode":[{"prefix":"AccessDenied"}]}}`

// alert is the second act: what the guardrail refuses is recorded, matched by a rule, and reaches a function, a mailbox, a phone and an alarm.
func (t *teller) alert(ctx context.Context, w *watch) error {
	t.title("9. Somebody is to be told")
	t.say("The guardrail forbids all of cloudtrail in payments. Now the trail follows the whole organization, and payments' administrator builds what tells people: a topic with a mailbox and a phone, a function, a rule. The demo runs the mail server and the SMS centre; what is sent really goes over SMTP and SMPP.")
	for _, step := range []func(context.Context, *watch) error{t.widenTrail, t.makeTopic, t.confirmMail, t.makeFunction, t.makeRule, t.tryRule, t.makeAlarm} {
		if err := step(ctx, w); err != nil {
			return err
		}
	}
	return t.tamper(ctx, w)
}

// widenTrail makes the trail one of the organization, and selects events.
func (t *teller) widenTrail(ctx context.Context, w *watch) error {
	trail := "arn:aws:cloudtrail:us-east-1:" + w.account + ":trail/all"
	bucket := "trail-" + w.account
	condition := `"Condition":{"StringEquals":{"aws:SourceArn":"` + trail + `"`
	policy := `{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::` + bucket + `",` + condition + `}}},` +
		`{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":["arn:aws:s3:::` + bucket + `/AWSLogs/` + w.account +
		`/*","arn:aws:s3:::` + bucket + `/AWSLogs/` + w.in.organization + `/*"],` + condition + `,"s3:x-amz-acl":"bucket-owner-full-control"}}}]}`
	return t.all(ctx, w.admin, []expectation{
		{what: "lets CloudTrail see the organization", service: "organizations", action: "EnableAWSServiceAccess", input: map[string]any{"ServicePrincipal": "cloudtrail.amazonaws.com"}},
		{what: "lets it write the organization's log files", service: "s3", action: "PutBucketPolicy", object: &object{method: http.MethodPut, path: "/" + bucket + "?policy", body: policy}},
		{what: "makes the trail one of the organization", service: "cloudtrail", action: "UpdateTrail", input: map[string]any{"Name": "all", "IsOrganizationTrail": true}},
		{what: "selects the events that change something", service: "cloudtrail", action: "PutEventSelectors", input: map[string]any{"TrailName": "all",
			"EventSelectors": []any{map[string]any{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true}}}},
	})
}

// all makes calls that must succeed, as one person.
func (t *teller) all(ctx context.Context, who person, list []expectation) error {
	for _, e := range list {
		e.who = who
		if _, err := t.must(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// makeTopic makes the topic, which the rule and the alarm may publish to, and subscribes the mailbox and the phone.
func (t *teller) makeTopic(ctx context.Context, w *watch) error {
	who := w.in.administrator
	r, err := t.must(ctx, expectation{who: who, what: "makes a topic", service: "sns", action: "CreateTopic", params: map[string]string{"Name": "alerts"}})
	if err != nil {
		return err
	}
	w.topic = r.texts["TopicArn"]
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["events.amazonaws.com","cloudwatch.amazonaws.com"]},"Action":"sns:Publish","Resource":"` + w.topic + `"}]}`
	return t.all(ctx, who, []expectation{
		{what: "lets rules and alarms publish to it", service: "sns", action: "SetTopicAttributes", params: map[string]string{"TopicArn": w.topic, "AttributeName": "Policy", "AttributeValue": policy}},
		{what: "subscribes a mailbox", service: "sns", action: "Subscribe", params: map[string]string{"TopicArn": w.topic, "Protocol": "email", "Endpoint": watcherMail}},
		{what: "subscribes a phone", service: "sns", action: "Subscribe", params: map[string]string{"TopicArn": w.topic, "Protocol": "sms", "Endpoint": watcherPhone}},
	})
}

// confirmMail opens the link in the mail that asks whether the mailbox wants to be told.
func (t *teller) confirmMail(ctx context.Context, w *watch) error {
	ctx, cancel := context.WithTimeout(ctx, arrival)
	defer cancel()
	letter, err := w.post.mailbox.Wait(ctx, func(l *inbox.Letter) bool { return l.To == watcherMail })
	if err != nil {
		return fmt.Errorf("no letter asks %s to confirm: %w", watcherMail, err)
	}
	link := linkIn(letter.Text)
	if u, err := url.Parse(link); err != nil || u.Query().Get("Action") != "ConfirmSubscription" {
		return fmt.Errorf("the letter to %s has no link to confirm: %q", watcherMail, letter.Text)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return err
	}
	res, err := t.client.client.Do(r)
	if err != nil {
		return fmt.Errorf("open the link: %w", err)
	}
	defer res.Body.Close()
	t.held(res.StatusCode == http.StatusOK, "the mailbox got %q; opening its link confirms the subscription: %s", letter.Subject, res.Status)

	return nil
}

// linkIn is the first line of a text that is a link.
func linkIn(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "https://") {
			return line
		}
	}
	return ""
}

// held counts an expectation that is no call.
func (t *teller) held(held bool, format string, args ...any) {
	t.expected++
	mark := styleGood.Render("✓")
	if !held {
		t.failed++
		mark = styleBad.Render("✗")
	}
	fmt.Fprintf(t.out, "  %s %s\n", mark, fmt.Sprintf(format, args...))
}

// makeRule makes the rule, which hands events to the function as they are, and to the topic as a sentence.
func (t *teller) makeRule(ctx context.Context, w *watch) error {
	who := w.in.administrator
	r, err := t.must(ctx, expectation{who: who, what: "makes a rule for refused attempts on the trail", service: "events", action: "PutRule",
		input: map[string]any{"Name": "tampering", "EventPattern": tampering}})
	if err != nil {
		return err
	}
	w.rule = r.texts["RuleArn"]
	targets := []any{map[string]any{"Id": "people", "Arn": w.topic, "InputTransformer": map[string]any{
		"InputPathsMap": map[string]string{"who": "$.detail.userIdentity.arn", "what": "$.detail.eventName", "why": "$.detail.errorCode"},
		"InputTemplate": `"<who> tried <what>: <why>"`,
	}}}
	if w.function != "" {
		targets = append(targets, map[string]any{"Id": "function", "Arn": w.function})
		if _, err := t.must(ctx, expectation{who: who, what: "lets the rule invoke the function", service: "lambda", action: "AddPermission", path: "/2015-03-31/functions/watch/policy",
			input: map[string]any{"StatementId": "rule", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": w.rule}}); err != nil {
			return err
		}
	}
	r, err = t.must(ctx, expectation{who: who, what: "gives it its targets", service: "events", action: "PutTargets", input: map[string]any{"Rule": "tampering", "Targets": targets}})
	if err != nil {
		return err
	}
	var answer struct{ FailedEntryCount int }
	if err := json.Unmarshal(r.body, &answer); err != nil || answer.FailedEntryCount > 0 {
		return fmt.Errorf("targets were refused: %s", r.body)
	}
	return nil
}

// tryRule asks the rule about sample events, before anything happens.
func (t *teller) tryRule(ctx context.Context, w *watch) error {
	sample := func(name string) string {
		return `{"version":"0","id":"6a7e8feb-b491-4cf7-a9f1-bf3703467718","detail-type":"AWS API Call via CloudTrail","source":"aws.cloudtrail","account":"` + w.in.member + `","time":"2026-01-01T00:00:00Z",` +
			`"region":"us-east-1","resources":[],"detail":{"eventSource":"cloudtrail.amazonaws.com","eventName":"` + name + `","errorCode":"AccessDenied"}}`
	}
	for _, name := range []string{"StopLogging", "LookupEvents"} {
		r, err := t.must(ctx, expectation{who: w.in.administrator, what: "asks whether a sample of " + name + " matches", service: "events", action: "TestEventPattern",
			input: map[string]any{"EventPattern": tampering, "Event": sample(name)}})
		if err != nil {
			return err
		}
		var answer struct{ Result bool }
		if err := json.Unmarshal(r.body, &answer); err != nil {
			return err
		}
		t.held(answer.Result == (name == "StopLogging"), "%s: %t", name, answer.Result)
	}
	return nil
}

// hireInsider makes somebody in payments who may do anything there, as far as payments decides it.
func (t *teller) hireInsider(ctx context.Context, w *watch) error {
	if err := t.all(ctx, w.in.administrator, []expectation{
		{what: "makes the user mallory", service: "iam", action: "CreateUser", params: map[string]string{"UserName": "mallory"}},
		{what: "lets her do anything in payments", service: "iam", action: "AttachUserPolicy", params: map[string]string{"UserName": "mallory", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}},
	}); err != nil {
		return err
	}
	r, err := t.must(ctx, expectation{who: w.in.administrator, what: "makes her access key", service: "iam", action: "CreateAccessKey", params: map[string]string{"UserName": "mallory"}})
	if err != nil {
		return err
	}
	w.insider = person{name: "mallory", key: r.texts["AccessKeyId"], secret: r.texts["SecretAccessKey"]}
	return nil
}

// tamper is the attempt, and the wait for all that must come of it.
func (t *teller) tamper(ctx context.Context, w *watch) error {
	t.title("10. An insider goes for the trail")
	if err := errors.Join(t.hireInsider(ctx, w), t.calm(ctx, w)); err != nil {
		return err
	}
	start := time.Now()
	r, err := t.expect(ctx, expectation{who: w.insider, what: "stops the trail: the guardrail forbids it", service: "cloudtrail", action: "StopLogging",
		input: map[string]any{"Name": "arn:aws:cloudtrail:us-east-1:" + w.account + ":trail/all"}, code: "AccessDeniedException", contains: "explicit deny in a service control policy"})
	if err != nil {
		return err
	}
	if r == nil {
		return errors.New("nobody can be told of an attempt that was not refused")
	}
	t.say("From the attempt on:")
	return t.told(ctx, w, start)
}
