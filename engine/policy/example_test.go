package policy_test

import (
	"encoding/json"
	"fmt"

	"vauban/engine/policy"
)

func ExampleEvaluate() {
	doc, err := policy.Parse([]byte(`{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Home", "Effect": "Allow", "Action": "s3:*Object", "Resource": "arn:aws:s3:::data/${aws:username}/*"},
    {"Sid": "Keep", "Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}
  ]
}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	attached := &policy.Policies{Identity: []policy.Named{{Name: "arn:aws:iam::111111111111:policy/Data", Document: doc}}}
	for _, action := range []string{"s3:GetObject", "s3:DeleteObject", "s3:ListBucket"} {
		req := &policy.Request{
			Principal: policy.Principal{Kind: policy.User, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/bob"},
			Action:    action, Resource: "arn:aws:s3:::data/bob/report", ResourceAccount: "111111111111",
		}
		req.Context.Set("aws:username", "bob")
		d := policy.Evaluate(req, attached)
		fmt.Println(action, d.Effect, d.Reasons[0].Layer, d.Reasons[0].Sid)
	}
	// Output:
	// s3:GetObject allowed identity Home
	// s3:DeleteObject explicitDeny identity Keep
	// s3:ListBucket implicitDeny identity
}

func ExampleExplain() {
	doc, _ := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}`))
	req := &policy.Request{Principal: policy.Principal{Kind: policy.User, Account: "111111111111"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::data/x"}
	trace := policy.Explain(req, &policy.Policies{Identity: []policy.Named{{Name: "WithMFA", Document: doc}}})
	text, _ := json.Marshal(trace.Layers[0].Policies[0].Statements[0].Conditions)
	fmt.Println(string(text))
	fmt.Println(trace.MissingKeys)
	// Output:
	// [{"operator":"Bool","key":"aws:MultiFactorAuthPresent","wanted":["true"],"present":false,"holds":false}]
	// [aws:MultiFactorAuthPresent]
}

func ExampleValidate() {
	_, err := policy.Validate(policy.TrustPolicy, []byte(`{
  "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "ec2:RunInstances"}
}`), policy.Checks{})
	fmt.Println(err)
	// Output: policy: MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions. (line 2, column 93)
}

func ExampleDenialMessage() {
	req := &policy.Request{
		Principal: policy.Principal{Kind: policy.User, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/bob"},
		Action:    "s3:GetObject", Resource: "arn:aws:s3:::data/x", ResourceAccount: "111111111111",
	}
	fmt.Println(policy.DenialMessage(req, policy.Evaluate(req, &policy.Policies{})))
	// Output: User: arn:aws:iam::111111111111:user/bob is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::data/x because no identity-based policy allows the s3:GetObject action
}
