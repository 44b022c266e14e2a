package automation

import (
	"slices"
	"time"
)

// The actions that are built. User Guide: "Systems Manager Automation actions reference".
const (
	actionCall     = "aws:executeAwsApi"
	actionAssert   = "aws:assertAwsResourceProperty"
	actionWaitFor  = "aws:waitForAwsResourceProperty"
	actionBranch   = "aws:branch"
	actionSleep    = "aws:sleep"
	actionPause    = "aws:pause"
	actionApprove  = "aws:approve"
	actionFunction = "aws:invokeLambdaFunction"
	actionRunbook  = "aws:executeAutomation"
	actionLoop     = "aws:loop"
	actionVariable = "aws:updateVariable"
)

// action says what a step of that action has.
type action struct {
	required, optional []string // inputs
	open               bool     // further inputs are the request
	outputs            []string // that it gives without being asked
	timeout, longest   time.Duration
	declares           bool // may have outputs
}

const (
	day       = 24 * time.Hour
	pollEvery = 5 * time.Second // for waitForAwsResourceProperty and runbooks that a step starts
)

// actions is the table of actions, nil for one that is not built.
func actionOf(name string) *action {
	switch name {
	case actionCall:
		return &action{required: []string{"Service", "Api"}, open: true, outputs: []string{"OutputPayload"}, timeout: time.Minute, longest: 10 * time.Minute, declares: true}
	case actionAssert:
		return &action{required: []string{"Service", "Api", "PropertySelector", "DesiredValues"}, open: true, timeout: time.Minute, longest: 10 * time.Minute, declares: true}
	case actionWaitFor:
		return &action{required: []string{"Service", "Api", "PropertySelector", "DesiredValues"}, open: true, timeout: time.Hour, longest: 7 * day, declares: true}
	case actionBranch:
		return &action{required: []string{"Choices"}, optional: []string{"Default"}, timeout: time.Minute, longest: time.Hour}
	case actionSleep:
		return &action{optional: []string{"Duration", "Timestamp"}, timeout: 30 * day, longest: 30 * day}
	case actionPause:
		return &action{timeout: 7 * day, longest: 30 * day}
	case actionApprove:
		return &action{
			required: []string{"Approvers"}, optional: []string{"NotificationArn", "Message", "MinRequiredApprovals"},
			outputs: []string{"ApprovalStatus", "ApproverDecisions"}, timeout: 7 * day, longest: 30 * day,
		}
	case actionFunction:
		return &action{
			required: []string{"FunctionName"}, optional: []string{"Qualifier", "InvocationType", "LogType", "ClientContext", "InvocationPayload", "Payload"},
			outputs: []string{"StatusCode", "FunctionError", "LogResult", "Payload"}, timeout: 5 * time.Minute, longest: 15 * time.Minute, declares: true,
		}
	case actionRunbook:
		return &action{
			required: []string{"DocumentName"}, optional: []string{"DocumentVersion", "RuntimeParameters"},
			outputs: []string{"ExecutionId", "Status", "Output"}, timeout: day, longest: 7 * day, declares: true,
		}
	case actionLoop:
		return &action{
			required: []string{"Steps"}, optional: []string{"Iterators", "IteratorDataType", "LoopCondition", "MaxIterations"},
			outputs: []string{"CurrentIteratorValue", "CurrentIteration"}, timeout: 7 * day, longest: 30 * day,
		}
	case actionVariable:
		return &action{required: []string{"Name", "Value"}, timeout: time.Minute, longest: time.Hour}
	}
	return nil
}

// awsActions are those that AWS has and this program not.
var awsActions = [...]string{
	"aws:changeInstanceState", "aws:copyImage", "aws:createImage", "aws:createStack", "aws:createTags", "aws:deleteImage", "aws:deleteStack",
	"aws:executeScript", "aws:executeStateMachine", "aws:invokeWebhook", "aws:runCommand", "aws:runInstances",
}

func refusal(name string) error {
	if slices.Contains(awsActions[:], name) {
		return wrong("The action %s is not built in this version of Vauban. Use %s to call an operation, or %s to run code.", name, actionCall, actionFunction)
	}
	return wrong("The action %s is not supported.", clip(name))
}
