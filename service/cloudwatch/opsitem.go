package cloudwatch

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"vauban/api/ssm"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/eventlog/delivery"
	"vauban/service"
)

// opsItemPrincipal is the service principal by which alarms create OpsItems.
const opsItemPrincipal = "ssm.alarms.cloudwatch.amazonaws.com"

const opsItemKind = "opsitem:"

// opsItemAction is what the ARN of such an action says: arn:aws:ssm:us-west-2:123456789012:opsitem:3#CATEGORY=Security. Systems Manager User Guide:
// "Configure existing CloudWatch alarms to create OpsItems (programmatically)".
func opsItemAction(a *arn.ARN) (severity, category string, ok bool) {
	rest, ok := strings.CutPrefix(a.Resource, opsItemKind)
	if a.Service != "ssm" || !ok {
		return "", "", false
	}
	severity, category, has := strings.Cut(rest, "#CATEGORY=")
	return severity, category, slices.Contains([]string{"1", "2", "3", "4"}, severity) &&
		(!has || slices.Contains([]string{"Availability", "Cost", "Performance", "Recovery", "Security"}, category))
}

func isOpsItem(action string) bool {
	a, err := arn.Parse(action)
	return err == nil && a.Service == "ssm" && strings.HasPrefix(a.Resource, opsItemKind)
}

func checkOpsItem(c *service.Call, a *arn.ARN, action string) error {
	if _, _, ok := opsItemAction(a); !ok || a.Account != c.Account || a.Region != c.Region {
		return invalid("Invalid arn syntax: %s. The action of an OpsItem is arn:%s:ssm:%s:%s:opsitem:SEVERITY, with a severity from 1 to 4, and may end with #CATEGORY= and Availability, Cost, Performance, Recovery or Security.",
			bounded(action), c.Partition, c.Region, c.Account)
	}
	return nil
}

// sendOpsItem creates an OpsItem. While one of the alarm is not resolved there is no other.
func sendOpsItem(w *service.Work, d *delivery.Delivery, p *parcel) error {
	a, err := arn.Parse(d.Target)
	if err != nil {
		return delivery.Permanent(err)
	}
	severity, category, ok := opsItemAction(&a)
	if !ok {
		return delivery.Permanent(errors.New("the action names no OpsItem"))
	}
	alarm := alarmARN(p.Account, p.Region, p.Alarm)
	value := func(kind string, v any) (ssm.OpsItemDataValue, error) {
		b, err := json.Marshal(v)
		return ssm.OpsItemDataValue{Type: &kind, Value: new(string(b))}, err
	}
	dedup, err := value("SearchableString", map[string]string{"dedupString": "CloudWatchAlarm:" + alarm})
	if err != nil {
		return delivery.Permanent(err)
	}
	resources, err := value("SearchableString", []map[string]string{{"arn": alarm}})
	if err != nil {
		return delivery.Permanent(err)
	}
	state, _, _ := strings.Cut(p.Subject, ":")
	title := "CloudWatch alarm - '" + p.Alarm + "' is in " + state + " state"
	in := &ssm.CreateOpsItemInput{
		Title: &title, Description: new(shortened(title+": "+p.Body, 2048)), Source: new("CloudWatch Alarm"),
		Severity: &severity, Category: wire.Optional(category), OperationalData: map[string]ssm.OpsItemDataValue{"/aws/dedup": dedup, "/aws/resources": resources},
	}
	_, err = w.Door.Call(w.Call(p.Account, p.Region), service.AsService(opsItemPrincipal, alarm, p.Account), "ssm", "CreateOpsItem", in)
	var e *wire.Error
	switch {
	case errors.As(err, &e) && e.Shape == ssm.OpsItemAlreadyExistsException:
		return nil
	case errors.As(err, &e) && !e.Shape.Fault:
		return delivery.Permanent(err)
	}
	return err
}
