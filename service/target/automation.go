package target

import (
	"encoding/json"
	"fmt"
	"strings"

	"vauban/api/ssm"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/eventlog/delivery"
	"vauban/service"
)

const automationDefinition = "automation-definition/"

// IsAutomation says that an ARN names a runbook of Systems Manager, which [Automation] starts: arn:aws:ssm:REGION:ACCOUNT:automation-definition/NAME:VERSION.
// The account may be left out of those of Amazon.
func IsAutomation(text string) bool {
	a, err := arn.Parse(text)
	return err == nil && a.Service == "ssm" && a.Region != "" && (a.Account == "" || arn.IsAccount(a.Account)) && len(a.Resource) > len(automationDefinition) &&
		strings.HasPrefix(a.Resource, automationDefinition)
}

// Automation starts a runbook as the identity. The body is an object with the parameters, each a list of texts, or a single one. The token makes the start
// repeatable.
func Automation(door service.Door, c *service.Call, as service.Identity, to, body, token string) error {
	var given map[string]any
	if err := json.Unmarshal([]byte(body), &given); err != nil {
		return delivery.Permanent(fmt.Errorf("the input of the runbook %s is not an object with its parameters: %w", to, err))
	}
	a, err := arn.Parse(to)
	if err != nil {
		return delivery.Permanent(err)
	}
	name, version, _ := strings.Cut(strings.TrimPrefix(a.Resource, automationDefinition), ":")
	document := "arn:" + a.Partition + ":ssm:" + a.Region + ":" + a.Account + ":document/" + name
	in := &ssm.StartAutomationExecutionInput{DocumentName: &document, DocumentVersion: wire.Optional(version), ClientToken: &token, Parameters: map[string][]string{}}
	for name, v := range given {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, e := range list {
			text, isText := e.(string)
			if !isText {
				b, err := json.Marshal(e)
				if err != nil {
					return delivery.Permanent(err)
				}
				text = string(b)
			}
			in.Parameters[name] = append(in.Parameters[name], text)
		}
	}
	if len(in.Parameters) == 0 {
		in.Parameters = nil
	}
	_, err = door.Call(c, as, "ssm", "StartAutomationExecution", in)
	return classified(err)
}
