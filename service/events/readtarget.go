package events

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/transform"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

// readTarget checks a target. What is not built is refused: a rule never holds a target that it could not send to.
func (s *Service) readTarget(c *service.Call, r *Rule, in *api.Target) (*Target, error) {
	t := &Target{
		ID: wire.Text(in.Id), ARN: wire.Text(in.Arn), Role: wire.Text(in.RoleArn), Input: wire.Text(in.Input), InputPath: wire.Text(in.InputPath),
	}
	if err := unbuiltParameters(in); err != nil {
		return nil, err
	}
	if err := t.checkReceiver(c, r, in); err != nil {
		return nil, err
	}
	if in.SqsParameters != nil {
		t.Group = wire.Text(in.SqsParameters.MessageGroupId)
	}
	if err := t.readInput(in); err != nil {
		return nil, err
	}
	if p := in.RetryPolicy; p != nil {
		t.Retries, t.Age = p.MaximumRetryAttempts, p.MaximumEventAgeInSeconds
	}
	if d := in.DeadLetterConfig; d != nil && wire.Text(d.Arn) != "" {
		t.DeadLetters = *d.Arn
		a, err := arn.Parse(t.DeadLetters)
		if target.Kind(t.DeadLetters) != "sqs" || err != nil || a.Region != r.Region || strings.HasSuffix(a.Resource, ".fifo") {
			return nil, invalid("Parameter DeadLetterConfig.Arn of target %s is not valid. Reason: It must be the ARN of a standard queue in %s.", t.ID, r.Region)
		}
	}
	return t, nil
}

// unbuiltParameters refuses the parameters of kinds of targets that are not built.
func unbuiltParameters(in *api.Target) error {
	for name, given := range map[string]bool{
		"AppSyncParameters": in.AppSyncParameters != nil, "BatchParameters": in.BatchParameters != nil, "EcsParameters": in.EcsParameters != nil,
		"KinesisParameters": in.KinesisParameters != nil, "RedshiftDataParameters": in.RedshiftDataParameters != nil,
		"RunCommandParameters": in.RunCommandParameters != nil, "SageMakerPipelineParameters": in.SageMakerPipelineParameters != nil,
	} {
		if given {
			return notBuilt(name, "Targets are queues, topics, functions, log groups, event buses, API destinations and runbooks (automation-definition).")
		}
	}
	return nil
}

// checkReceiver checks what the ARN names, and what such a receiver needs.
func (t *Target) checkReceiver(c *service.Call, r *Rule, in *api.Target) error {
	a, err := arn.Parse(t.ARN)
	if err != nil || len(t.ARN) > 900 {
		return invalid("Parameter %s is not valid. Reason: Provided Arn is not in correct format.", clipped(t.ARN, 100))
	}
	kind := kindOf(t.ARN)
	sameRegion := a.Region == r.Region
	switch {
	case kind == "":
		return invalid("Parameter %s is not valid. Reason: Targets of %s are not built in this version of Vauban. Targets are queues, topics, functions, log groups, event buses, API destinations and runbooks (automation-definition).", clipped(t.ARN, 200), clipped(a.Service, 50))
	case !sameRegion && kind != kindBus:
		return invalid("Parameter %s is not valid. Reason: The target must be in the region of the rule, %s.", clipped(t.ARN, 200), r.Region)
	case (kind == kindBus || kind == kindDestination || kind == kindAutomation) && t.Role == "":
		return invalid("RoleArn is required for target %s.", t.ARN)
	case kind == kindDestination && a.Account != r.Account, kind == "logs" && a.Account != r.Account:
		return invalid("Parameter %s is not valid. Reason: The target must be in the account of the rule.", clipped(t.ARN, 200))
	case kind == kindBus && t.ARN == r.busName().arn():
		return invalid("Parameter %s is not valid. Reason: A rule cannot send events back to its own event bus.", t.ARN)
	case kind == kindBus && (t.Input != "" || t.InputPath != "" || in.InputTransformer != nil):
		return invalid("Input, InputPath and InputTransformer cannot be used for target %s: an event bus gets events as they are.", t.ID)
	case strings.HasSuffix(a.Resource, ".fifo") && kind == "sqs" && (in.SqsParameters == nil || wire.Text(in.SqsParameters.MessageGroupId) == ""):
		return invalid("Parameter(s) SqsParameters must be specified for target: %s.", t.ID)
	case in.SqsParameters != nil && kind != "sqs":
		return invalid("Parameter(s) SqsParameters not valid for target: %s.", t.ID)
	case in.HttpParameters != nil && kind != kindDestination:
		return invalid("Parameter(s) HttpParameters not valid for target: %s.", t.ID)
	case t.Role != "" && !isRole(t.Role):
		return invalid("Parameter RoleArn of target %s is not valid. Reason: It must be the ARN of a role.", t.ID)
	case kind == kindAutomation && a.Account != "" && a.Account != r.Account:
		return invalid("Parameter %s is not valid. Reason: The target must be in the account of the rule.", clipped(t.ARN, 200))
	case (kind == kindDestination || kind == kindAutomation) && !t.ownRole(r):
		return invalid("Parameter RoleArn of target %s is not valid. Reason: The role must be in the account of the rule.", t.ID)
	}
	if kind == kindDestination {
		if err := destinationExists(c.Tx, a); err != nil {
			return err
		}
		return t.readHTTP(in.HttpParameters)
	}
	return nil
}

// destinationExists refuses a target that can never get anything.
func destinationExists(tx store.Tx, a arn.ARN) error {
	d, err := destinationAt(tx, a)
	if store.IsAbsent(err) || err == nil && d.arn() != "arn:"+a.Partition+":events:"+a.Region+":"+a.Account+":"+a.Resource {
		return api.ResourceNotFoundException.New("API destination %s does not exist.", a.Resource)
	}
	return err
}

// The kinds of targets that package target does not tell apart.
const (
	kindBus         = "events"
	kindDestination = "api-destination"
	kindAutomation  = "automation-definition"
)

// kindOf is what the ARN of a target names, "" for what cannot be one.
func kindOf(text string) string {
	if a, err := arn.Parse(text); err == nil && a.Service == "events" && strings.HasPrefix(a.Resource, "api-destination/") && arn.IsAccount(a.Account) {
		return kindDestination
	}
	if target.IsAutomation(text) {
		return kindAutomation
	}
	return target.Kind(text)
}

// ownRole says that the target's role is in the account of the rule: a role of another account would be asked about a destination there.
func (t *Target) ownRole(r *Rule) bool {
	a, err := arn.Parse(t.Role)
	return err == nil && a.Account == r.Account
}

func isRole(text string) bool {
	a, err := arn.Parse(text)
	return err == nil && a.Service == "iam" && strings.HasPrefix(a.Resource, "role/") && arn.IsAccount(a.Account)
}

// readInput reads what the target gets.
func (t *Target) readInput(in *api.Target) error {
	given := 0
	for _, g := range []bool{t.Input != "", t.InputPath != "", in.InputTransformer != nil} {
		if g {
			given++
		}
	}
	if given > 1 {
		return invalid("Only one of Input, InputPath, or InputTransformer must be provided for target %s.", t.ID)
	}
	if t.Input != "" && !json.Valid([]byte(t.Input)) {
		return invalid("Parameter Input of target %s is not valid. Reason: JSON syntax error in input.", t.ID)
	}
	if t.InputPath != "" {
		if _, err := transform.ParsePath(t.InputPath); err != nil {
			return invalid("Parameter InputPath of target %s is not valid. Reason: Invalid path: it is $ followed by .name, [index] or [*].", t.ID)
		}
	}
	x := in.InputTransformer
	if x == nil {
		return nil
	}
	t.Template, t.Paths = wire.Text(x.InputTemplate), x.InputPathsMap
	_, err := transform.Compile(t.Paths, t.Template)
	var unknown *transform.PlaceholderError
	switch {
	case errors.As(err, &unknown):
		return invalid("InputTemplate for target %s contains invalid placeholder %s.", t.ID, unknown.Name)
	case errors.Is(err, transform.ErrPath):
		return invalid("Invalid InputPathsMap for target %s: a path is $ followed by .name, [index] or [*].", t.ID)
	case err != nil:
		return invalid("Invalid InputTemplate for target %s : it must be JSON in which placeholders stand: an object, an array, or strings in quotes.", t.ID)
	}
	return nil
}

func (t *Target) readHTTP(in *api.HttpParameters) error {
	if in == nil {
		return nil
	}
	t.HTTP = &HTTP{Path: in.PathParameterValues, Query: in.QueryStringParameters, Headers: in.HeaderParameters}
	for _, v := range t.HTTP.values() {
		if strings.HasPrefix(v, "$.") {
			if _, err := transform.ParsePath(v); err != nil {
				return invalid("Parameter HttpParameters of target %s is not valid. Reason: %s is not a path.", t.ID, clipped(v, 100))
			}
		}
	}
	return nil
}

func (h *HTTP) values() []string {
	out := append([]string(nil), h.Path...)
	for _, k := range slices.Sorted(maps.Keys(h.Query)) {
		out = append(out, h.Query[k])
	}
	for _, k := range slices.Sorted(maps.Keys(h.Headers)) {
		out = append(out, h.Headers[k])
	}
	return out
}

// clipped keeps what a client sent from filling an answer.
func clipped(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

func compare(a, b string) int { return strings.Compare(a, b) }
