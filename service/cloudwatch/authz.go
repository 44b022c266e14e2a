package cloudwatch

import (
	"strings"

	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

const (
	typeAlarm     = "AWS::CloudWatch::Alarm"
	typeDashboard = "AWS::CloudWatch::Dashboard"
	typeMetric    = "AWS::CloudWatch::Metric"
)

func alarmARN(account, region, name string) string {
	return "arn:aws:cloudwatch:" + region + ":" + account + ":alarm:" + name
}

func dashboardARN(account, name string) string {
	return "arn:aws:cloudwatch::" + account + ":dashboard/" + name
}

// parseAlarmARN reads the ARN of an alarm.
func parseAlarmARN(text string) (account, region, name string, ok bool) {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "cloudwatch" || !arn.IsAccount(a.Account) || a.Region == "" {
		return "", "", "", false
	}
	name, ok = strings.CutPrefix(a.Resource, "alarm:")
	return a.Account, a.Region, name, ok && name != ""
}

func onAny[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

// onAlarms is the question about each alarm of the names.
func onAlarms(c *service.Call, names []string) ([]service.Question, error) {
	var out []service.Question
	for _, name := range names {
		q, err := onAlarm(c, name)
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	if len(out) == 0 {
		return []service.Question{{Resource: alarmARN(c.Account, c.Region, "*")}}, nil
	}
	return out, nil
}

// onAlarm is the question about an alarm that may not exist.
func onAlarm(c *service.Call, name string) (service.Question, error) {
	q := service.Question{Resource: alarmARN(c.Account, c.Region, name), ResourceType: typeAlarm, Context: map[string][]string{}}
	a, err := alarms.Get(c.Tx, store.K(c.Account, c.Region, name))
	if err != nil && !store.IsAbsent(err) {
		return q, err
	}
	if a != nil {
		service.ResourceTags(q.Context, service.TagMap(a.Tags))
	}
	return q, nil
}
