package escalation

import (
	"fmt"
	"testing"

	"vauban/engine/policy"
)

// company is an account with n principals: six users in ten, in groups of twenty; roles of services, of people and of other roles; every
// twentieth holds something dangerous.
func company(b testing.TB, n int) *World {
	arn := func(kind string, i int) string { return fmt.Sprintf("arn:aws:iam::%s:%s-%d", home, kind, i) }
	services := []string{"s3", "sqs", "sns", "kms", "ec2", "logs", "lambda", "events", "dynamodb", "ecs"}
	w := &World{Accounts: []Account{{ID: home, SCPs: []policy.Level{{Name: "r", Policies: inline("guard", document(b, allow("*", "*"), deny("organizations:*", "*")))}}}}}
	const policies = 80
	for i := range policies {
		s := services[i%len(services)]
		w.Policies = append(w.Policies, managed(arn("policy/p", i), document(b,
			allow([]string{s + ":Get*", s + ":List*", s + ":Describe*"}, "*"), allow([]string{s + ":Put*", s + ":Update*"}, fmt.Sprintf("arn:aws:%s:*:%s:team-%d-*", s, home, i)))))
	}
	w.Policies = append(w.Policies, managed(AdministratorAccess, document(b, allow("*", "*"))))
	danger := []statement{allow("iam:CreateAccessKey", arn("user/u", 0)+"*"), allow([]string{"iam:PassRole", "lambda:*"}, "*"), allow("iam:PutRolePolicy", "*"),
		allow("sts:AssumeRole", arn("role/r", 1)+"*"), allow([]string{"iam:PassRole", "ec2:RunInstances", "ssm:SendCommand"}, "*"), allow("iam:AddUserToGroup", "*")}
	for i := range n / 20 {
		g := Group{ARN: arn("group/g", i), Attached: []string{arn("policy/p", i%policies), arn("policy/p", (i*7)%policies)}}
		if i == 0 {
			g.Attached = []string{AdministratorAccess}
		}
		w.Groups = append(w.Groups, g)
	}
	for i := range n {
		p := Principal{Kind: policy.User, ARN: arn("user/u", i), ID: fmt.Sprintf("AIDA%d", i), Groups: []string{arn("group/g", i/20%(n/20))}, AccessKeys: i % 3}
		if i%10 > 5 {
			trust := []any{map[string]any{"Service": "lambda.amazonaws.com"}, map[string]any{"Service": "ec2.amazonaws.com"}, map[string]any{"AWS": home}, map[string]any{"AWS": arn("role/r", i-1)}}[i%4]
			p = Principal{Kind: policy.RoleSession, ARN: arn("role/r", i), ID: fmt.Sprintf("AROA%d", i), Trust: trusts(b, trust), Attached: []string{arn("policy/p", (i*3)%policies)}, Profiles: []string{"p"}}
			if i%97 == 0 {
				p.Attached = []string{AdministratorAccess}
			}
			w.Compute = append(w.Compute, Compute{Kind: "lambda:function", ARN: fmt.Sprintf("arn:aws:lambda:us-east-1:%s:function:f-%d", home, i), Role: p.ARN})
		}
		if i%20 == 3 || i%20 == 17 {
			p.Inline = inline("danger", document(b, danger[i/20%len(danger)]))
		}
		w.Principals = append(w.Principals, p)
	}
	return w
}

// crowd is the worst case: everybody may assume every role.
func crowd(b testing.TB, n int) *World {
	w := &World{}
	trust, p := trusts(b, map[string]any{"AWS": home}), document(b, allow("sts:AssumeRole", "*"))
	for i := range n {
		w.Principals = append(w.Principals, role(fmt.Sprintf("arn:aws:iam::%s:role/r-%d", home, i), trust, policy.Named{Name: "go", Document: p}))
	}
	w.Principals[n-1].Inline = inline("all", document(b, allow("*", "*")))
	return w
}

func BenchmarkPaths(b *testing.B) {
	for _, n := range []int{100, 1000} {
		for name, w := range map[string]*World{"company": company(b, n), "crowd": crowd(b, n)} {
			b.Run(fmt.Sprintf("%s/principals=%d", name, n), func(b *testing.B) {
				var r *Report
				for b.Loop() {
					var err error
					if r, err = Paths(w, "", Options{}); err != nil {
						b.Fatal(err)
					}
				}
				if len(r.Paths) == 0 {
					b.Fatal("no path")
				}
				b.ReportMetric(float64(len(r.Paths)), "paths")
			})
		}
	}
}
