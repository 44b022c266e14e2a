package escalation

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vauban/engine/policy"
)

// chains puts each path on a line: who, by what rows, to whom, and the cut.
func chains(r *Report) []string {
	short := strings.NewReplacer("arn:aws:iam::"+home+":", "", "arn:aws:iam::"+away+":", "away:", "arn:aws:iam::aws:", "aws:")
	var out []string
	for _, p := range r.Paths {
		line := p.From
		for _, s := range p.Steps {
			line += " -[" + s.Row + "]> " + s.Gets
		}
		line += " = " + string(p.Gain)
		if p.Cut != nil {
			line += " | cut:"
			for _, c := range p.Cut.Changes {
				line += " " + string(c.Kind) + " " + c.Statement.Policy
				if c.Statement.Index >= 0 {
					line += " " + statementName(c.Statement.Index, c.Statement.Sid)
				}
				line += " of " + c.Statement.Holder
			}
		}
		out = append(out, short.Replace(line))
	}
	return out
}

const away = "222222222222"

func user(arn string, p ...policy.Named) Principal {
	return Principal{Kind: policy.User, ARN: arn, ID: "AIDA" + strings.ToUpper(arn[strings.LastIndexByte(arn, '/')+1:]), Inline: p}
}

func role(arn string, trust *policy.Document, p ...policy.Named) Principal {
	return Principal{Kind: policy.RoleSession, ARN: arn, ID: "AROA" + strings.ToUpper(arn[strings.LastIndexByte(arn, '/')+1:]), Inline: p, Trust: trust}
}

func TestPaths(t *testing.T) {
	arn := func(s string) string { return "arn:aws:iam::" + home + ":" + s }
	named := func(name string, s ...statement) policy.Named {
		return policy.Named{Name: name, Document: document(t, s...)}
	}
	admin := named("admin", allow("*", "*"))
	aws := func(who ...string) any { return map[string]any{"AWS": who} }
	for _, c := range []struct {
		name  string
		world World
		from  string
		want  []string
	}{
		{"two roles in a chain", World{Principals: []Principal{
			user(arn("user/ann"), named("go", allow("sts:AssumeRole", arn("role/a")))),
			role(arn("role/a"), trusts(t, aws(home)), named("on", allow("sts:AssumeRole", arn("role/b")))),
			role(arn("role/b"), trusts(t, aws(home)), admin),
		}}, arn("user/ann"), []string{
			"user/ann -[sts:AssumeRole]> role/a -[sts:AssumeRole]> role/b = administrator | cut: remove the statement go statement 1 of user/ann",
			"user/ann -[sts:AssumeRole]> role/a = more | cut: remove the statement go statement 1 of user/ann",
		}},
		{"one principal in hand changes another", World{Principals: []Principal{
			user(arn("user/ann"), named("keys", allow("iam:CreateAccessKey", arn("user/bob")), allow("sts:AssumeRole", arn("role/editor")))),
			user(arn("user/bob"), named("b", allow("s3:ListAllMyBuckets", "*"))),
			role(arn("role/editor"), trusts(t, aws(home)), named("edit", allow("iam:PutUserPolicy", arn("user/bob")))),
		}}, arn("user/ann"), []string{
			"user/ann -[sts:AssumeRole]> role/editor -[iam:CreateAccessKey]> user/bob -[iam:PutUserPolicy]> user/bob (allowed everything) = administrator | cut: remove the statement keys statement 2 of user/ann",
			"user/ann -[sts:AssumeRole]> role/editor = more | cut: remove the statement keys statement 2 of user/ann",
		}},
		{"two ways need two changes", World{Principals: []Principal{
			user(arn("user/ann"), named("one", allow("sts:AssumeRole", arn("role/b"))), named("two", allow("lambda:UpdateFunctionCode", "*"))),
			role(arn("role/b"), document(t, statement{"Effect": "Allow", "Principal": aws(home), "Action": "sts:AssumeRole"}, statement{"Effect": "Allow", "Principal": map[string]any{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}), admin),
		}, Compute: []Compute{{Kind: "lambda:function", ARN: "arn:aws:lambda:us-east-1:" + home + ":function:f", Role: arn("role/b")}}}, arn("user/ann"), []string{
			"user/ann -[sts:AssumeRole]> role/b = administrator | cut: remove the statement one statement 1 of user/ann remove the statement two statement 1 of user/ann",
		}},
		{"AWS's own policy is detached, not changed", World{Principals: []Principal{
			{Kind: policy.User, ARN: arn("user/ann"), ID: "AIDAANN", Groups: []string{staff}}, user(chief, admin),
		}, Groups: []Group{{ARN: staff, Attached: []string{"arn:aws:iam::aws:policy/Keys"}}},
			Policies: []Managed{managed("arn:aws:iam::aws:policy/Keys", document(t, allow("iam:CreateAccessKey", "*")))}}, arn("user/ann"), []string{
			"user/ann -[iam:CreateAccessKey]> user/chief = administrator | cut: detach the policy aws:policy/Keys of group/staff",
		}},
		{"an administrator needs no path", World{Principals: []Principal{user(arn("user/ann"), admin), user(chief, admin)}}, arn("user/ann"), nil},
		{"an administrator goes to another account", World{Principals: []Principal{user(arn("user/ann"), admin),
			role("arn:aws:iam::"+away+":role/b", trusts(t, aws(home)), admin)}}, arn("user/ann"), []string{
			"user/ann -[sts:AssumeRole]> away:role/b = administrator | cut: remove the statement admin statement 1 of user/ann",
		}},
		{"the other account does not trust", World{Principals: []Principal{user(arn("user/ann"), admin),
			role("arn:aws:iam::"+away+":role/b", trusts(t, aws(away)), admin)}}, arn("user/ann"), nil},
		{"an equal is no gain", World{Principals: []Principal{
			user(arn("user/ann"), named("a", allow([]string{"iam:CreateAccessKey", "s3:GetObject"}, "*"))),
			user(arn("user/bob"), named("a", allow("s3:GetObject", "arn:aws:s3:::data/*"))),
		}}, arn("user/ann"), nil},
		{"MFA that the person has counts", World{Principals: []Principal{
			{Kind: policy.User, ARN: arn("user/ann"), ID: "AIDAANN", MFADevices: 1, Inline: inline("go", document(t, allow("iam:CreateAccessKey", chief).when("Bool", "aws:MultiFactorAuthPresent", "true")))}, user(chief, admin),
		}}, arn("user/ann"), []string{"user/ann -[iam:CreateAccessKey]> user/chief = administrator | cut: remove the statement go statement 1 of user/ann"}},
		{"MFA of a user whose key was taken does not", World{Principals: []Principal{
			user(arn("user/ann"), named("go", allow("iam:CreateAccessKey", arn("user/bob")))),
			{Kind: policy.User, ARN: arn("user/bob"), ID: "AIDABOB", MFADevices: 1, Inline: inline("go", document(t, allow("*", "*").when("Bool", "aws:MultiFactorAuthPresent", "true")))},
		}}, arn("user/ann"), nil},
		{"the external ID is the caller's to name", World{Principals: []Principal{
			user(arn("user/ann"), named("go", allow("sts:AssumeRole", "*"))),
			role(arn("role/b"), document(t, statement{"Effect": "Allow", "Principal": aws(home), "Action": "sts:AssumeRole"}.when("StringEquals", "sts:ExternalId", "x-1")), admin),
		}}, arn("user/ann"), []string{"user/ann -[sts:AssumeRole]> role/b = administrator | cut: remove the statement go statement 1 of user/ann"}},
		{"a boundary stays when everything is allowed", World{Principals: []Principal{
			{Kind: policy.User, ARN: arn("user/ann"), ID: "AIDAANN", Boundary: fence, Inline: inline("go", document(t, allow("iam:PutUserPolicy", arn("user/ann"))))},
		}, Policies: []Managed{managed(fence, document(t, allow([]string{"iam:PutUserPolicy", "s3:*"}, "*")))}}, arn("user/ann"), []string{
			"user/ann -[iam:PutUserPolicy]> user/ann (allowed everything) = more | cut: remove the statement go statement 1 of user/ann",
		}},
		{"a boundary that can be taken off does not", World{Principals: []Principal{
			{Kind: policy.User, ARN: arn("user/ann"), ID: "AIDAANN", Boundary: fence, Inline: inline("go", document(t, allow("iam:PutUserPolicy", arn("user/ann"))))},
		}, Policies: []Managed{managed(fence, document(t, allow([]string{"iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"}, "*")))}}, arn("user/ann"), []string{
			"user/ann -[iam:PutUserPolicy]> user/ann (allowed everything) -[iam:DeleteUserPermissionsBoundary]> user/ann (allowed everything, without its boundary) = administrator | cut: remove the statement go statement 1 of user/ann",
		}},
		{"delegation with a boundary is no way out", World{Principals: []Principal{
			user(arn("user/ann"), named("go", allow([]string{"iam:PutRolePolicy", "iam:AttachRolePolicy"}, "*").when("StringEquals", "iam:PermissionsBoundary", fence), allow("sts:AssumeRole", "*"))),
			role(arn("role/free"), trusts(t, aws(home))),
			{Kind: policy.RoleSession, ARN: arn("role/bound"), ID: "AROABOUND", Boundary: fence, Trust: trusts(t, aws(home))},
		}, Policies: []Managed{managed(fence, document(t, allow("s3:*", "*")))}}, arn("user/ann"), []string{
			"user/ann -[sts:AssumeRole]> role/bound -[iam:AttachRolePolicy]> role/bound (allowed everything) = more | cut: remove the statement go statement 2 of user/ann",
		}},
		{"a denial that can be shed", World{Principals: []Principal{
			user(arn("user/ann"), named("go", allow("*", "*")), named("no", deny([]string{"iam:Attach*", "iam:Put*", "iam:Create*", "iam:Update*", "iam:Set*", "iam:Add*", "iam:PassRole", "sts:AssumeRole"}, "*"))),
		}}, arn("user/ann"), []string{
			"user/ann -[iam:DeleteUserPolicy]> user/ann (without the policy no) = administrator | cut: remove the statement go statement 1 of user/ann",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Paths(&c.world, c.from, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, chains(r)); d != "" {
				t.Error(d)
			}
			if r.Incomplete {
				t.Error("incomplete")
			}
		})
	}
}

func TestPathsFromNobody(t *testing.T) {
	if _, err := Paths(&World{}, chief, Options{}); !errors.Is(err, ErrNoPrincipal) {
		t.Error(err)
	}
}

// A path shows each question with the statement that allowed it, where it stands in its document.
func TestPathCitesStatements(t *testing.T) {
	d, err := policy.Parse([]byte("{\"Version\":\"2012-10-17\",\"Statement\":[\n  {\"Sid\":\"Pass\",\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"iam:PassedToService\":\"lambda.amazonaws.com\"}}},\n  {\"Sid\":\"Run\",\"Effect\":\"Allow\",\"Action\":[\"lambda:CreateFunction\",\"lambda:InvokeFunction\"],\"Resource\":\"arn:aws:lambda:*:*:function:team-*\"}]}"))
	if err != nil {
		t.Fatal(err)
	}
	w := &World{Principals: []Principal{user(eve, policy.Named{Name: "work", Document: d}),
		role(boss, trusts(t, map[string]any{"Service": "lambda.amazonaws.com"}), policy.Named{Name: "all", Document: document(t, allow("*", "*"))})}}
	r, err := Paths(w, eve, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Paths) != 1 || len(r.Paths[0].Steps) != 1 {
		t.Fatalf("%v", chains(r))
	}
	work := func(sid string, index, line int) []Statement {
		return []Statement{{Layer: policy.LayerIdentity, Policy: "work", Holder: eve, Index: index, Sid: sid, Line: line, Column: 3}}
	}
	function := "arn:aws:lambda:us-east-1:" + home + ":function:team-x"
	want := []Question{
		{Principal: eve, Action: "iam:PassRole", Resource: boss, Context: map[string]string{"iam:PassedToService": "lambda.amazonaws.com"}, Allowed: work("Pass", 0, 2)},
		{Principal: eve, Action: "lambda:CreateFunction", Resource: function, Allowed: work("Run", 1, 3)},
		{Principal: eve, Action: "lambda:InvokeFunction", Resource: function, Allowed: work("Run", 1, 3)},
		{Principal: "lambda.amazonaws.com", Action: "sts:AssumeRole", Resource: boss, Context: map[string]string{"aws:SourceAccount": home, "aws:SourceArn": function},
			Allowed: []Statement{{Layer: policy.LayerTrust, Policy: "trust policy", Holder: boss, Line: 1, Column: 15}}},
	}
	if d := cmp.Diff(want, r.Paths[0].Steps[0].Questions); d != "" {
		t.Error(d)
	}
	if c := r.Paths[0].Cut; c == nil || len(c.Changes) != 1 || !c.Smallest {
		t.Errorf("cut %v", c)
	}
}

// A search that was ended says so, tells what it has found, and claims no cut that unseen ways would outlive.
func TestPathsSayWhenTheWorkWasNotEnough(t *testing.T) {
	w := crowd(t, 60)
	found := 0
	for _, most := range []int{3, 100, 1000} {
		r, err := Paths(w, w.Principals[0].ARN, Options{MaxQuestions: most})
		if err != nil || !r.Incomplete {
			t.Errorf("with %d questions: %v, %v", most, r, err)
		}
		for _, p := range r.Paths {
			if found++; p.Cut != nil || len(p.Steps) == 0 {
				t.Errorf("with %d questions: %+v", most, p)
			}
		}
	}
	if found == 0 {
		t.Error("nothing of what was found is told")
	}
	if r, err := Paths(w, "", Options{}); err != nil || r.Incomplete {
		t.Errorf("%v, %v", r, err)
	}
}

// Pages put together are the whole.
func TestPathsInPages(t *testing.T) {
	w := company(t, 100)
	whole, err := Paths(w, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var paged Report
	pages := 0
	for o := (Options{Limit: 7}); ; pages++ {
		r, err := Paths(w, "", o)
		if err != nil {
			t.Fatal(err)
		}
		paged.Paths, paged.Administrators = append(paged.Paths, r.Paths...), append(paged.Administrators, r.Administrators...)
		if o.After = r.Next; o.After == "" {
			break
		}
	}
	if d := cmp.Diff(whole.Paths, paged.Paths); d != "" || pages < 4 || !cmp.Equal(whole.Administrators, paged.Administrators) {
		t.Errorf("%d pages: %s", pages, d)
	}
}

// The policy that is to be detached also denies: without it another way is open, which the cut must close, too.
func TestDetachingADenial(t *testing.T) {
	dana, own, aws := "arn:aws:iam::"+home+":user/dana", "arn:aws:iam::"+home+":policy/own", "arn:aws:iam::aws:policy/A"
	p := user(dana, inline("in", document(t, allow("iam:CreatePolicyVersion", own)))...)
	p.Attached = []string{own, aws}
	w := &World{Accounts: []Account{{ID: home}}, Principals: []Principal{p}, Policies: []Managed{
		managed(own, document(t, allow("s3:ListAllMyBuckets", "*"))),
		managed(aws, document(t, allow("iam:PutUserPolicy", dana), deny("iam:CreatePolicyVersion", "*"))),
	}}
	r, err := Paths(w, dana, Options{})
	if err != nil || len(r.Paths) != 1 || r.Paths[0].Cut == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	if n := len(r.Paths[0].Cut.Changes); n != 2 {
		t.Errorf("%d changes: %+v", n, r.Paths[0].Cut.Changes)
	}
	after, err := Paths(without(w, r.Paths[0].Cut.Changes...), dana, Options{})
	if err != nil || len(after.Paths) != 0 {
		t.Errorf("after the cut: %+v, %v", after, err)
	}
}
