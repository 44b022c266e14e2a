package events

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

// failure is an error that has one of the codes of dead letters.
type failure struct {
	code string
	host string // that could not be reached, as the customer named it
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// told is what a customer may read of an error. The network's own words stay with the delivery, for the operator: they tell what names resolve to, and what
// is at private addresses.
func told(err error) string {
	var f *failure
	switch {
	case !errors.As(err, &f) || f.host == "":
		return err.Error()
	case f.code == codeTimeout:
		return f.host + " does not answer in time"
	}
	return "no connection to " + f.host
}

// The codes. User Guide: "Using dead-letter queues to process undelivered events in EventBridge".
const (
	codeConnection   = "CONNECTION_FAILURE"
	codeTarget       = "ERROR_FROM_TARGET"
	codeAssume       = "FAILED_TO_ASSUME_ROLE"
	codeInternal     = "INTERNAL_ERROR"
	codeInvalidJSON  = "INVALID_JSON"
	codeParameter    = "INVALID_PARAMETER"
	codePermissions  = "NO_PERMISSIONS"
	codeResource     = "NO_RESOURCE"
	codeThirdAccount = "THIRD_ACCOUNT_HOP_DETECTED"
	codeThirdRegion  = "THIRD_REGION_HOP_DETECTED"
	codeThrottling   = "THROTTLING"
	codeTimeout      = "TIMEOUT"
)

// codeOf says in EventBridge's codes why a delivery failed.
func codeOf(err error) string {
	var f *failure
	var e *wire.Error
	switch {
	case errors.As(err, &f):
		return f.code
	case errors.Is(err, context.DeadlineExceeded):
		return codeTimeout
	case !errors.As(err, &e) || e.Shape.Fault:
		return codeInternal
	case strings.Contains(e.Shape.Code, "AccessDenied"), strings.Contains(e.Shape.Code, "Authorization"):
		return codePermissions
	case strings.Contains(e.Shape.Code, "Throttl"), strings.Contains(e.Shape.Code, "TooManyRequests"):
		return codeThrottling
	case strings.Contains(e.Shape.Code, "NotFound"), strings.Contains(e.Shape.Code, "NotExist"), strings.Contains(e.Shape.Code, "NonExistent"):
		return codeResource
	}
	return codeTarget
}

// failed decides what becomes of a delivery that failed: it is tried again, or goes to the dead-letter queue. One without such a queue stays among the
// deliveries that were given up.
func (x *sending) failed(err error) error {
	if errors.Is(x.w.Err(), context.Canceled) { // the server ends: not the target's fault
		return err
	}
	if delivery.IsPermanent(err) {
		return x.giveUp(err, "")
	}
	left := x.o.Received.Add(x.t.age()).Sub(x.w.Time)
	switch {
	case errors.Is(err, errNoTurn):
		return x.giveUp(err, "MaximumEventAgeInSeconds")
	case x.d.Attempts >= x.t.attempts():
		return x.giveUp(err, "MaximumRetryAttempts")
	case left <= 0:
		return x.giveUp(err, "MaximumEventAgeInSeconds")
	}
	x.measure(x.r, "RetryInvocationAttempts")
	if pause := time.Second << min(x.d.Attempts-1, 12); pause > left { // the queue would come back after the event's time
		return delivery.After(err, left)
	}
	return err
}

func (x *sending) giveUp(err error, exhausted string) error {
	x.measure(x.r, "Invocations")
	x.measure(x.r, "FailedInvocations")
	if x.t.DeadLetters == "" {
		return delivery.Permanent(err)
	}
	payload, bad := json.Marshal(deadLetter{
		Account: x.r.Account, Region: x.r.Region, Rule: x.r.arn(), Target: x.t.ARN, Queue: x.t.DeadLetters, Event: x.o.Event, ID: x.o.ID,
		Code: codeOf(err), Message: clipped(told(err), 1000), Exhausted: exhausted, Retries: x.d.Attempts - 1,
	})
	if bad != nil {
		return bad
	}
	if lost := x.Store.Write(x.w, func(tx store.Tx) error {
		return x.Outbound.Enqueue(tx, &delivery.Delivery{Kind: kindDead, Target: x.t.DeadLetters, ID: x.d.ID + x.r.Name + " " + x.t.ID, Payload: payload})
	}); lost != nil {
		return lost
	}
	x.measure(x.r, "InvocationsSentToDlq")
	return delivery.Permanent(err)
}

// kindDead are deliveries to dead-letter queues.
const kindDead = "events.deadletter"

// deadLetter is an event that could not be delivered.
type deadLetter struct {
	Account, Region, Rule, Target, Queue string

	Event, ID     string
	Code, Message string
	Exhausted     string `json:",omitempty"` // which limit of the retry policy was reached
	Retries       int
}

// bury sends an event to a dead-letter queue, whose policy must let EventBridge in.
func (s *Service) bury(w *service.Work, d *delivery.Delivery) error {
	var l deadLetter
	if err := json.Unmarshal(d.Payload, &l); err != nil {
		return delivery.Permanent(err)
	}
	attributes := map[string]sqs.MessageAttributeValue{}
	for name, v := range map[string]string{
		"RULE_ARN": l.Rule, "TARGET_ARN": l.Target, "ERROR_CODE": l.Code, "ERROR_MESSAGE": l.Message, "EXHAUSTED_RETRY_CONDITION": l.Exhausted,
		"RETRY_ATTEMPTS": strconv.Itoa(l.Retries),
	} {
		if v != "" {
			attributes[name] = sqs.MessageAttributeValue{DataType: new("String"), StringValue: &v}
		}
	}
	return target.Send(w.Door, w.Call(l.Account, l.Region), service.AsService(principal, l.Rule, l.Account), l.Queue, &target.Message{
		Body: l.Event, ID: l.ID, Time: w.Time, Attributes: attributes,
	})
}
