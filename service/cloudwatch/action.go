package cloudwatch

import (
	"vauban/engine/arn"
	"vauban/service"
	"vauban/service/target"
)

// checkAction refuses an action that could not be carried out, by name. Whether a topic or function exists, and lets the alarm in, shows when it goes off.
func checkAction(c *service.Call, action string) error {
	switch target.Kind(action) {
	case "sns":
		if a, err := arn.Parse(action); err == nil && a.Region != c.Region {
			return invalid("Invalid region %s specified. Only %s is supported.", bounded(a.Region), c.Region)
		}
		return nil
	case "lambda":
		return nil
	}
	a, err := arn.Parse(action)
	if err != nil {
		return invalid("Invalid arn syntax: %s", bounded(action))
	}
	switch a.Service {
	case "automate", "swf", "ec2":
		return badValue("The action %s is not built in this version of Vauban: there are no instances to act on. Name an SNS topic or a Lambda function.", bounded(action))
	case "autoscaling", "application-autoscaling":
		return badValue("The action %s is not built in this version of Vauban: there is no Auto Scaling. Name an SNS topic or a Lambda function.", bounded(action))
	case "ssm":
		return checkOpsItem(c, &a, action)
	case "ssm-incidents", "ssm-contacts", "aiops":
		return badValue("The action %s is not built in this version of Vauban: there are no incidents or investigations. Name an SNS topic, a Lambda function or an OpsItem.", bounded(action))
	}
	return invalid("The action %s is not supported. Supported are SNS topics, Lambda functions and OpsItems.", bounded(action))
}
