package scheduler

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
)

const kindInvocation = "scheduler.invocation"

// Invocation is one occurrence of a schedule, as the schedule was then.
type Invocation struct {
	Schedule  Schedule
	Scheduled time.Time
}

// name makes an identifier of fixed length out of parts.
func name(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:16])
}

// receiver is what fails together: the target.
func (t *Target) receiver() string {
	if len(t.ARN) > 1024 {
		return name(t.ARN)
	}
	return t.ARN
}

// attempt is one try of an invocation.
type attempt struct {
	*Service
	w     *service.Work
	x     *Schedule
	at    time.Time // for which it was scheduled
	id    string    // of the execution
	try   int       // 1 for the first
	group string    // ARN
	role  service.Identity
}

// sendInvocation tries an invocation. What will not arrive goes to the dead-letter queue, if there is one.
func (s *Service) sendInvocation(w *service.Work, d *delivery.Delivery) error {
	var i Invocation
	if err := json.Unmarshal(d.Payload, &i); err != nil {
		return delivery.Permanent(fmt.Errorf("read an invocation: %w", err))
	}
	x := &i.Schedule
	a := &attempt{
		Service: s, w: w, x: x, at: i.Scheduled, id: name(d.ID, strconv.Itoa(d.Attempts))[:16], try: d.Attempts,
		group: groupARN(w.Partition, x.Account, x.Region, x.Group),
	}
	if d.Attempts > 1 && w.Time.After(d.Created.Add(time.Duration(x.Target.Age)*time.Second)) {
		a.try--
		return a.giveUp(errors.New(d.Error), "MaximumEventAgeInSeconds")
	}
	a.measure("InvocationAttemptCount")
	err := a.invoke()
	if err == nil {
		return nil
	}
	a.measure("TargetErrorCount")
	switch {
	case delivery.IsPermanent(err):
		return a.giveUp(err, "")
	case int64(d.Attempts) > x.Target.Retries:
		return a.giveUp(err, "MaximumRetryAttempts")
	}
	return err
}

// invoke assumes the role and does what the target says.
func (a *attempt) invoke() error {
	if err := a.assume(); err != nil {
		return refused(err)
	}
	c := a.w.Call(a.x.Account, a.x.Region)
	if err := a.unlock(c, a.role, a.x); err != nil {
		return refused(fmt.Errorf("decrypt the input: %w", err))
	}
	t := &a.x.Target
	where, err := arn.Parse(t.ARN)
	if err != nil {
		return delivery.Permanent(err)
	}
	if where.Service == universalService {
		return refused(a.call(c, where))
	}
	m := &target.Message{Body: a.input(), ID: a.id, Time: a.w.Time, Group: wire.Text(t.Message), Source: t.Source, DetailType: t.DetailType}
	if t.Source != "" {
		m.Resources = []string{a.x.arn(a.w.Partition)}
	}
	return target.Send(a.w.Door, c, a.role, t.ARN, m)
}

func (a *attempt) assume() (err error) {
	c := a.w.Call(a.x.Account, a.x.Region)
	a.role, err = target.Role(a.w.Door, c, a.Seal, principal, a.group, a.x.Account, a.x.Target.Role, a.id)
	return err
}

// refused marks refusals as such: trying again does not mend them.
func refused(err error) error {
	var e *wire.Error
	if errors.As(err, &e) && !e.Shape.Fault && !strings.Contains(e.Shape.Code, "Throttl") && !strings.Contains(e.Shape.Code, "TooManyRequests") {
		return delivery.Permanent(err)
	}
	return err
}

// input is what the target is given: the schedule's own, with the context attributes filled in, or a notification. User guide: "Adding context
// attributes in EventBridge Scheduler".
func (a *attempt) input() string {
	schedule, at := a.x.arn(a.w.Partition), a.at.UTC().Format("2006-01-02T15:04:05Z")
	if in := a.x.Target.Input; in != nil {
		return strings.NewReplacer(
			"<aws.scheduler.schedule-arn>", schedule, "<aws.scheduler.scheduled-time>", at,
			"<aws.scheduler.execution-id>", a.id, "<aws.scheduler.attempt-number>", strconv.Itoa(a.try),
		).Replace(*in)
	}
	b, err := json.Marshal(struct {
		Version    string   `json:"version"`
		ID         string   `json:"id"`
		DetailType string   `json:"detail-type"`
		Source     string   `json:"source"`
		Account    string   `json:"account"`
		Time       string   `json:"time"`
		Region     string   `json:"region"`
		Resources  []string `json:"resources"`
		Detail     string   `json:"detail"`
	}{"0", a.id, "Scheduled Event", "aws.scheduler", a.x.Account, at, a.x.Region, []string{schedule}, "{}"})
	if err != nil {
		return "{}"
	}
	return string(b)
}

// measure counts for CloudWatch. User guide: "Monitoring EventBridge Scheduler with Amazon CloudWatch".
func (s *Service) measureOf(x *Schedule, metric string, now time.Time) {
	if s.Meter == nil {
		return
	}
	s.Meter.Measure(service.Measurement{
		Account: x.Account, Region: x.Region, Namespace: "AWS/Scheduler", Name: metric, Value: 1, Unit: "Count", Time: now,
		Dimensions: []service.Dimension{{Name: "ScheduleGroup", Value: x.Group}},
	})
}

func (a *attempt) measure(metric string) { a.measureOf(a.x, metric, a.w.Time) }
