package vauban_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vauban/server"
)

// conditions speak of everything that a record must keep for a replay to see it again.
var conditions = []string{
	``, ``, `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, `{"NotIpAddress":{"aws:SourceIp":"192.0.2.10"}}`, `{"Bool":{"aws:SecureTransport":"true"}}`,
	`{"Bool":{"aws:SecureTransport":"false"}}`, `{"StringLike":{"aws:UserAgent":"forecast/*"}}`, `{"DateGreaterThan":{"aws:CurrentTime":"2026-01-02T03:04:04Z"}}`,
	`{"NumericLessThan":{"aws:EpochTime":"1767323045"}}`, `{"StringEquals":{"aws:PrincipalTag/team":"red"}}`, `{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}`,
	`{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`, `{"Null":{"aws:TokenIssueTime":"true"}}`, `{"DateEquals":{"aws:TokenIssueTime":"2026-01-02T03:04:05Z"}}`,
	`{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}`, `{"StringLike":{"aws:userid":"AROA*:forecast"}}`, `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}`,
	`{"StringEquals":{"aws:RequestTag/team":"blue"}}`, `{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`, `{"ForAnyValue:StringEquals":{"aws:TagKeys":"team"}}`,
	`{"StringEquals":{"aws:SourceIdentity":"dana"}}`, `{"Bool":{"aws:ViaAWSService":"false"}}`, `{"StringNotEquals":{"aws:ResourceAccount":"111122223333"}}`,
}

func drawPolicy(t *rapid.T) string {
	var list []string
	for range rapid.IntRange(1, 3).Draw(t, "statements") {
		s := fmt.Sprintf(`{"Effect":%q,"Action":%q,"Resource":%q`, rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(t, "effect"),
			rapid.SampledFrom([]string{"*", "iam:*", "iam:List*", "iam:GetUser", "iam:TagUser"}).Draw(t, "action"),
			rapid.SampledFrom([]string{"*", "arn:aws:iam::*:user/*", "arn:aws:iam::*:user/${aws:username}"}).Draw(t, "resource"))
		if c := rapid.SampledFrom(conditions).Draw(t, "condition"); c != "" {
			s += `,"Condition":` + c
		}
		list = append(list, s+"}")
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`
}

var element = regexp.MustCompile(`<(AccessKeyId|SecretAccessKey|SessionToken)>([^<]*)<`)

// must makes a call of the administrator and returns credentials in its answer.
func (h *house) must(t *rapid.T, tb testing.TB, service, form string) (c credentials) {
	code, body := h.query(tb, admin, service, form)
	if code != 200 {
		t.Fatalf("%s: %d %s", form, code, body)
	}
	for _, m := range element.FindAllStringSubmatch(string(body), -1) {
		switch m[1] {
		case "AccessKeyId":
			c.id = m[2]
		case "SecretAccessKey":
			c.secret = m[2]
		case "SessionToken":
			c.token = m[2]
		}
	}
	return c
}

const iamVersion = "&Version=2010-05-08"

// holder makes a user or a role with one policy, and credentials of it.
func (h *house) holder(t *rapid.T, tb testing.TB, n int, role bool, own string) (name string, c credentials) {
	name = fmt.Sprintf("holder-%d", n)
	tags := "&Tags.member.1.Key=team&Tags.member.1.Value=" + rapid.SampledFrom([]string{"red", "blue"}).Draw(t, "team")
	if !role {
		h.must(t, tb, "iam", "Action=CreateUser&UserName="+name+tags+iamVersion)
		h.must(t, tb, "iam", "Action=PutUserPolicy&PolicyName=own&UserName="+name+"&PolicyDocument="+url.QueryEscape(own)+iamVersion)
		return name, h.must(t, tb, "iam", "Action=CreateAccessKey&UserName="+name+iamVersion)
	}
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}`
	h.must(t, tb, "iam", "Action=CreateRole&RoleName="+name+tags+"&AssumeRolePolicyDocument="+url.QueryEscape(trust)+iamVersion)
	h.must(t, tb, "iam", "Action=PutRolePolicy&PolicyName=own&RoleName="+name+"&PolicyDocument="+url.QueryEscape(own)+iamVersion)
	assume := "Action=AssumeRole&Version=2011-06-15&RoleSessionName=forecast&RoleArn=arn:aws:iam::111122223333:role/" + name
	if rapid.Bool().Draw(t, "sourceIdentity") {
		assume += "&SourceIdentity=dana"
	}
	if rapid.Bool().Draw(t, "sessionTag") {
		assume += "&Tags.member.1.Key=team&Tags.member.1.Value=red"
	}
	if rapid.Bool().Draw(t, "sessionPolicy") {
		assume += "&Policy=" + url.QueryEscape(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`)
	}
	return name, h.must(t, tb, "sts", assume)
}

// asked are the calls that are made before and after.
var asked = []string{
	"Action=GetUser&UserName=admin", "Action=ListUsers", "Action=ListGroups", "Action=ListAccountAliases",
	"Action=TagUser&UserName=admin&Tags.member.1.Key=team&Tags.member.1.Value=blue",
	"Action=TagUser&UserName=admin&Tags.member.1.Key=stage&Tags.member.1.Value=dev",
}

// refused makes all calls and returns which were refused.
func (h *house) refused(t *rapid.T, tb testing.TB, who credentials) map[string]bool {
	out := map[string]bool{}
	for _, form := range asked {
		code, body := h.query(tb, who, "iam", form+iamVersion)
		if code != 200 && code != 403 {
			t.Fatalf("%s: %d %s", form, code, body)
		}
		out[form] = code == 403
	}
	return out
}

// TestForetoldComesTrue: what WhatIf tells of a policy is what happens when it is in force and the same calls are made again.
func TestForetoldComesTrue(t *testing.T) {
	h := newHouse(t, server.Config{})
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		role := rapid.Bool().Draw(rt, "role")
		name, who := h.holder(rt, t, n, role, drawPolicy(rt))
		before := h.refused(rt, t, who)
		proposed := drawPolicy(rt)
		kind := map[bool]string{false: "User", true: "Role"}[role]
		in := map[string]any{"Target": "arn:aws:iam::111122223333:" + strings.ToLower(kind) + "/" + name, "PolicyDocument": proposed}
		how := rapid.SampledFrom([]string{"add", "replace", "boundary"}).Draw(rt, "how")
		switch how {
		case "replace":
			in["Replaces"] = "own"
		case "boundary":
			in["Type"] = "boundary"
		}
		foretold := h.whatIf(t, in)
		if foretold.Replayed != int64(len(asked)) {
			rt.Fatalf("%d calls replayed, of %d", foretold.Replayed, len(asked))
		}

		policy := url.QueryEscape(proposed)
		switch how {
		case "add":
			h.must(rt, t, "iam", "Action=Put"+kind+"Policy&PolicyName=new&"+kind+"Name="+name+"&PolicyDocument="+policy+iamVersion)
		case "replace":
			h.must(rt, t, "iam", "Action=Put"+kind+"Policy&PolicyName=own&"+kind+"Name="+name+"&PolicyDocument="+policy+iamVersion)
		case "boundary":
			h.must(rt, t, "iam", "Action=CreatePolicy&PolicyName=edge-"+name+"&PolicyDocument="+policy+iamVersion)
			h.must(rt, t, "iam", "Action=Put"+kind+"PermissionsBoundary&"+kind+"Name="+name+"&PermissionsBoundary=arn:aws:iam::111122223333:policy/edge-"+name+iamVersion)
		}
		after := h.refused(rt, t, who)
		want := map[string]int64{}
		for _, form := range asked {
			action := "iam:" + strings.TrimPrefix(strings.SplitN(form, "&", 2)[0], "Action=")
			switch {
			case after[form] && !before[form]:
				want["denied "+action]++
			case before[form] && !after[form]:
				want["allowed "+action]++
			}
		}
		got := map[string]int64{}
		for _, c := range foretold.Changes {
			got[c.Change+" "+c.Action] += c.Count
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Errorf("foretold %v, happened %v", got, want)
		}
	})
}
