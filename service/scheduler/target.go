package scheduler

import (
	"encoding/json"
	"strings"

	api "vauban/api/scheduler"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/service/target"
)

// targetOf checks a target and fills in the defaults. User guide: "Using templated targets with EventBridge Scheduler".
func (s *Service) targetOf(c *service.Call, in *api.Target) (*Target, error) {
	t := &Target{ARN: *in.Arn, Role: *in.RoleArn, Input: in.Input, Retries: defaultRetries, Age: defaultAge}
	a, err := arn.Parse(t.ARN)
	if err != nil {
		return nil, invalid("Provided Arn is not in correct format.")
	}
	if role, err := arn.Parse(t.Role); err != nil || role.Account != c.Account {
		return nil, invalid("The execution role must belong to the account of the schedule.")
	}
	switch {
	case in.EcsParameters != nil:
		return nil, notBuilt("EcsParameters")
	case in.KinesisParameters != nil:
		return nil, notBuilt("KinesisParameters")
	case in.SageMakerPipelineParameters != nil:
		return nil, notBuilt("SageMakerPipelineParameters")
	}
	if p := in.RetryPolicy; p != nil {
		if p.MaximumRetryAttempts != nil {
			t.Retries = *p.MaximumRetryAttempts
		}
		if p.MaximumEventAgeInSeconds != nil {
			t.Age = *p.MaximumEventAgeInSeconds
		}
	}
	if in.DeadLetterConfig != nil {
		t.DeadLetter = wire.Text(in.DeadLetterConfig.Arn)
	}
	if p := in.SqsParameters; p != nil {
		t.Message = p.MessageGroupId
	}
	if p := in.EventBridgeParameters; p != nil {
		t.Source, t.DetailType = wire.Text(p.Source), wire.Text(p.DetailType)
	}
	if a.Service == universalService {
		_, err := s.operation(a, t)
		return t, err
	}
	return t, t.checkTemplate()
}

// checkTemplate checks a templated target.
func (t *Target) checkTemplate() error {
	kind := target.Kind(t.ARN)
	fifo := strings.HasSuffix(t.ARN, ".fifo")
	switch {
	case kind == "" || kind == "logs":
		return notBuilt("A target like " + t.ARN)
	case kind != "sqs" && t.Message != nil:
		return invalid("SqsParameters are for targets that are SQS queues.")
	case kind == "sqs" && fifo && t.Message == nil:
		return invalid("A target that is a FIFO queue needs the MessageGroupId of SqsParameters.")
	case kind == "sns" && fifo:
		return invalid("A FIFO topic is not a templated target. Use the universal target arn:aws:scheduler:::aws-sdk:sns:publish.")
	case kind != "events" && t.Source != "":
		return invalid("EventBridgeParameters are for targets that are EventBridge buses.")
	case kind == "events" && t.Source == "":
		return invalid("A target that is an EventBridge bus needs EventBridgeParameters.")
	case (kind == "events" || kind == "lambda") && t.Input != nil && !json.Valid([]byte(*t.Input)):
		return invalid("The Input of this target must be well-formed JSON.")
	}
	return nil
}

func (t *Target) shown() *api.Target {
	out := &api.Target{
		Arn: &t.ARN, RoleArn: &t.Role, Input: t.Input, RetryPolicy: &api.RetryPolicy{MaximumEventAgeInSeconds: &t.Age, MaximumRetryAttempts: &t.Retries},
	}
	if t.DeadLetter != "" {
		out.DeadLetterConfig = &api.DeadLetterConfig{Arn: &t.DeadLetter}
	}
	if t.Message != nil {
		out.SqsParameters = &api.SqsParameters{MessageGroupId: t.Message}
	}
	if t.Source != "" {
		out.EventBridgeParameters = &api.EventBridgeParameters{Source: &t.Source, DetailType: &t.DetailType}
	}
	return out
}

// checkRole assumes the role once, as each invocation will.
func (s *Service) checkRole(c *service.Call, x *Schedule) error {
	group := groupARN(c.Partition, x.Account, x.Region, x.Group)
	if _, err := target.Credentials(c.Door, c, principal, group, x.Account, x.Target.Role, "scheduler-validation"); err != nil {
		return invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.").Because(err)
	}
	return nil
}
