package sts

import (
	"slices"

	api "vauban/api/sts"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
)

// maxRootTask is how long a session of AssumeRoot lasts at most, and without DurationSeconds. In seconds.
const maxRootTask = 900

// rootTasks are the policies that a session of AssumeRoot can be scoped by. STS API reference: AssumeRoot.
var rootTasks = []string{
	"arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
	"arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword",
	"arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials",
	"arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy",
	"arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy",
}

// targetAccount reads the account whose root is meant: its ID, or the ARN of its root.
func targetAccount(text string) (string, error) {
	if arn.IsAccount(text) {
		return text, nil
	}
	a, err := arn.Parse(text)
	if err != nil || a.Service != "iam" || a.Resource != "root" || !arn.IsAccount(a.Account) {
		return "", validationError.New("%s is invalid", text)
	}
	return a.Account, nil
}

// onAssumedRoot asks whether the caller's own policies let it take the root. The member account has no say in it.
func (s *Service) onAssumedRoot(c *service.Call, in *api.AssumeRootInput) ([]service.Question, error) {
	if c.Caller.Kind == policy.Root {
		return nil, accessDenied.New("Root credentials cannot be used to call AssumeRoot.")
	}
	if _, err := fromFull(c, in); err != nil {
		return nil, err
	}
	if c.Host == globalEndpoint {
		return nil, accessDenied.New("AssumeRoot is not supported by the global endpoint. Use the endpoint of a region.")
	}
	target, err := targetAccount(*in.TargetPrincipal)
	if err != nil {
		return nil, err
	}
	return []service.Question{{
		Action: "sts:AssumeRoot", Resource: "arn:aws:iam::" + target + ":root", ResourceType: "AWS::IAM::Root",
		Context: map[string][]string{"sts:TaskPolicyArn": {wire.Text(in.TaskPolicyArn.Arn)}, "aws:ResourceAccount": {target}},
	}}, nil
}

// assumeRoot gives a session of the member account's root that can do nothing but the task. Its account's service control policies hold for it.
func (s *Service) assumeRoot(c *service.Call, in *api.AssumeRootInput) (*api.AssumeRootOutput, error) {
	target, err := targetAccount(*in.TargetPrincipal)
	if err != nil {
		return nil, err
	}
	task := wire.Text(in.TaskPolicyArn.Arn)
	if !slices.Contains(rootTasks, task) {
		return nil, validationError.New("%s is not a policy for root tasks.", task)
	}
	organization, err := s.identities.RootTask(c.Tx, c.Account, target, task)
	if err != nil {
		return nil, err
	}
	root := "arn:aws:iam::" + target + ":root"
	if organization == "" {
		return nil, accessDenied.New("User: %s is not authorized to perform: sts:AssumeRoot on resource: %s", c.Caller.ARN, root)
	}
	session := &service.Session{
		Kind: service.AssumeRoot, Organization: organization, PolicyARNs: []string{task},
		Issuer: service.Issuer{Kind: policy.Root, ARN: root, ID: target, Account: target},
	}
	if old := c.Caller.Session; old != nil {
		session.SourceIdentity = old.SourceIdentity
	}
	who := service.Caller{Kind: policy.Root, Account: target, ARN: root, UserID: target, Session: session}
	out := &api.AssumeRootOutput{SourceIdentity: wire.Optional(session.SourceIdentity)}
	out.Credentials, err = s.issue(c, c.Tx, who, seconds(in.DurationSeconds, maxRootTask))
	c.Record().Response = out
	return out, err
}
