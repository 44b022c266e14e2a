package service

import (
	"vauban/engine/arn"
)

// PassRole is the question whether the caller may hand a role to a service, such as "lambda.amazonaws.com", which will act with it. It is asked beside
// the operation's own. extra are further condition keys, such as iam:AssociatedResourceArn; nil for none. IAM User Guide: "Grant a user permissions
// to pass a role to an AWS service".
func PassRole(role, to string, extra map[string]string) Question {
	q := Question{Action: "iam:PassRole", Resource: role, Context: map[string][]string{"iam:PassedToService": {to}}, ResourceType: "AWS::IAM::Role"}
	if a, err := arn.Parse(role); err == nil && arn.IsAccount(a.Account) {
		q.Account = a.Account
	}
	for k, v := range extra {
		q.Context[k] = []string{v}
	}
	return q
}
