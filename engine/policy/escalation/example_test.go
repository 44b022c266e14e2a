package escalation_test

import (
	"fmt"

	"vauban/engine/policy"
	"vauban/engine/policy/escalation"
)

func ExamplePaths() {
	parse := func(text string) *policy.Document {
		d, err := policy.Parse([]byte(text))
		if err != nil {
			fmt.Println(err)
		}
		return d
	}
	const deploy, runner = "arn:aws:iam::111111111111:user/deploy", "arn:aws:iam::111111111111:role/runner"
	report, err := escalation.Paths(&escalation.World{
		Principals: []escalation.Principal{
			{Kind: policy.User, ARN: deploy, ID: "AIDADEPLOY", Inline: []policy.Named{{Name: "deploy", Document: parse(`{"Version":"2012-10-17","Statement":[
				{"Sid":"Functions","Effect":"Allow","Action":"lambda:*","Resource":"*"},
				{"Sid":"Roles","Effect":"Allow","Action":"iam:PassRole","Resource":"*"}]}`)}}},
			{Kind: policy.RoleSession, ARN: runner, ID: "AROARUNNER", Attached: []string{escalation.AdministratorAccess},
				Trust: parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)},
		},
		Policies: []escalation.Managed{{ARN: escalation.AdministratorAccess, Default: "v1", Versions: []escalation.Version{
			{ID: "v1", Document: parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}}}},
	}, deploy, escalation.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range report.Paths {
		fmt.Println(p.From, "→", p.To, "as", p.Gain)
		for _, s := range p.Steps {
			fmt.Println(s.Row+":", s.Text)
		}
		for _, c := range p.Cut.Changes {
			fmt.Println("to cut it:", c.Kind, c.Statement.Sid, "of", c.Statement.Policy)
		}
	}
	// Output:
	// arn:aws:iam::111111111111:user/deploy → arn:aws:iam::111111111111:role/runner as administrator
	// iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction: a new function runs with the role and is invoked
	// to cut it: remove the statement Functions of deploy
}
