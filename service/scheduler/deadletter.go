package scheduler

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

const kindDeadLetter = "scheduler.deadletter"

// DeadLetter is a message for a dead-letter queue.
type DeadLetter struct {
	Schedule   Schedule // without what the message has
	Execution  string
	Body       string
	Attributes map[string]string
}

// maxBody is what of an input a dead-letter queue gets: the rest of a message is for its attributes.
const maxBody = 200 << 10

// giveUp ends an invocation: it goes to the dead-letter queue, whose message is sent by itself until it has arrived. Without one it is dropped.
func (a *attempt) giveUp(cause error, condition string) error {
	a.measure("InvocationDroppedCount")
	if a.x.Target.DeadLetter == "" {
		return delivery.Permanent(cause)
	}
	body, truncated := a.input(), false
	if a.x.Lock != nil && a.x.Target.Input == nil {
		body = "{}" // the input could not be decrypted
	}
	if len(body) > maxBody {
		body, truncated = body[:maxBody], true
	}
	l := &DeadLetter{Schedule: *a.x, Execution: a.id, Body: body, Attributes: map[string]string{
		"SCHEDULE_ARN": a.x.arn(a.w.Partition), "TARGET_ARN": a.x.Target.ARN, "SCHEDULED_TIME": a.at.UTC().Format("2006-01-02T15:04:05Z"),
		"EXECUTION_ID": a.id, "RETRY_ATTEMPTS": strconv.Itoa(a.try - 1), "IS_PAYLOAD_TRUNCATED": strconv.FormatBool(truncated),
		"ERROR_MESSAGE": bounded(cause.Error()),
	}}
	l.Schedule.Target.Input, l.Schedule.Lock, l.Schedule.Description = nil, nil, ""
	var e *wire.Error
	if errors.As(cause, &e) {
		l.Attributes["ERROR_CODE"], l.Attributes["ERROR_MESSAGE"] = e.Shape.Code, bounded(e.Message)
	}
	if condition != "" {
		l.Attributes["EXHAUSTED_RETRY_CONDITION"] = condition
	}
	payload, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write a dead letter: %w", err)
	}
	return a.Store.Write(a.w, func(tx store.Tx) error {
		return a.Outbound.Enqueue(tx, &delivery.Delivery{Kind: kindDeadLetter, Target: a.x.Target.DeadLetter, ID: a.id, Payload: payload})
	})
}

func bounded(s string) string {
	if s == "" {
		return "unknown" // an attribute of a message cannot be empty
	}
	return s[:min(len(s), 1024)]
}

// sendDeadLetter sends a message to a dead-letter queue, as the schedule's role.
func (s *Service) sendDeadLetter(w *service.Work, d *delivery.Delivery) error {
	var l DeadLetter
	if err := json.Unmarshal(d.Payload, &l); err != nil {
		return delivery.Permanent(fmt.Errorf("read a dead letter: %w", err))
	}
	a := &attempt{Service: s, w: w, x: &l.Schedule, id: l.Execution, group: groupARN(w.Partition, l.Schedule.Account, l.Schedule.Region, l.Schedule.Group)}
	err := a.assume()
	if err == nil {
		m := &target.Message{Body: l.Body, ID: d.ID, Time: w.Time, Attributes: map[string]sqs.MessageAttributeValue{}}
		for k, v := range l.Attributes {
			m.Attributes[k] = sqs.MessageAttributeValue{DataType: new("String"), StringValue: &v}
		}
		err = target.Send(w.Door, w.Call(l.Schedule.Account, l.Schedule.Region), a.role, l.Schedule.Target.DeadLetter, m)
	}
	if err != nil {
		a.measure("InvocationsFailedToBeSentToDeadLetterCount")
		return refused(err)
	}
	a.measure("InvocationsSentToDeadLetterCount")
	if l.Attributes["IS_PAYLOAD_TRUNCATED"] == "true" {
		a.measure("InvocationsSentToDeadLetterCount_Truncated_MessageSizeExceeded")
	}
	return nil
}
