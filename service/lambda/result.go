package lambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"vauban/api/sqs"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

// Results of asynchronous invocations go to a destination or a dead-letter queue, in the name of the execution role. Developer guide: "Capturing
// records of Lambda asynchronous invocations".

const (
	kindResult  = "lambda.result"
	resultTable = "lambda.result"
)

// result is what became of an event.
type result struct {
	condition string
	payload   []byte // of the event
	answer    []byte
	count     int // invocations
	version   string
	failed    bool
	ran       bool // the function answered
	trace     string
}

// parcel is a result on its way.
type parcel struct {
	Account, Region, Name, Qualifier string
	Function, To                     string
	ID                               string
	Body                             []byte // sealed
	Failed                           bool
	Dead                             bool              `json:",omitempty"` // for a dead-letter queue
	Attributes                       map[string]string `json:",omitempty"` // of a message to a dead-letter queue
	Time                             time.Time
	Trace                            string `json:",omitempty"`
}

// record is a result as destinations get it.
type record struct {
	Version         string          `json:"version"`
	Timestamp       string          `json:"timestamp"`
	RequestContext  requestContext  `json:"requestContext"`
	RequestPayload  json.RawMessage `json:"requestPayload"`
	ResponseContext *answerContext  `json:"responseContext,omitempty"`
	ResponsePayload json.RawMessage `json:"responsePayload,omitempty"`
}

type requestContext struct {
	RequestID   string `json:"requestId"`
	FunctionARN string `json:"functionArn"`
	Condition   string `json:"condition"`
	Count       int    `json:"approximateInvokeCount"`
}

type answerContext struct {
	Status   int    `json:"statusCode"`
	Version  string `json:"executedVersion"`
	Function string `json:"functionError,omitempty"`
}

// give hands a result on to where it shall go: after that the event is done.
func (s *Service) give(w *service.Work, x *subject, how *EventInvoke, q *queued, r *result) error {
	var parcels []*parcel
	to := ""
	if how != nil && r.failed {
		to = how.OnFailure
	} else if how != nil {
		to = how.OnSuccess
	}
	if to != "" {
		body, err := json.Marshal(s.recordOf(x, q, r))
		if err != nil {
			return delivery.Permanent(err)
		}
		parcels = append(parcels, &parcel{To: to, Body: body})
	}
	if dead := x.config.DeadLetter; dead != "" && r.failed {
		parcels = append(parcels, &parcel{To: dead, Body: r.payload, Dead: true, Attributes: map[string]string{
			"RequestID": q.Request, "ErrorCode": "200", "ErrorMessage": plain(bounded(messageOf(r.answer), 1000)),
		}})
	}
	if len(parcels) == 0 {
		return nil
	}
	var out []*delivery.Delivery
	for _, p := range parcels {
		p.Account, p.Region, p.Name, p.Qualifier, p.Function = q.Account, q.Region, q.Name, q.Qualifier, q.Function
		p.ID, p.Failed, p.Time, p.Trace = q.Request, r.failed, s.Clock().UTC(), r.trace
		p.Body = escaped(p.Body)
		var err error
		if p.Body, err = s.Seal.Seal(resultTable, store.K(p.ID, p.To), p.Body); err != nil {
			return fmt.Errorf("seal a result: %w", err)
		}
		raw, err := json.Marshal(p)
		if err != nil {
			return err
		}
		out = append(out, &delivery.Delivery{Kind: kindResult, Target: p.To, ID: p.id() + "-" + r.condition, Payload: raw})
	}
	return s.Store.Write(w, func(tx store.Tx) error { return s.Outbound.Enqueue(tx, out...) })
}

// id tells what goes to a dead-letter queue from what goes to a destination, which may be the same queue.
func (p *parcel) id() string {
	if p.Dead {
		return p.ID + "-dead"
	}
	return p.ID
}

// plain is a text without what messages cannot have: it would be refused for good, and the event be lost. Amazon SQS API reference: SendMessage.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// escaped is JSON with the characters that it may have in strings, and messages may not, in other words.
func escaped(doc []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(doc, []byte("\uFFFE"), []byte(`\uFFFE`)), []byte("\uFFFF"), []byte(`\uFFFF`))
}

func (s *Service) recordOf(x *subject, q *queued, r *result) *record {
	n := x.name
	n.qualifier = qualifierOf(n.qualifier)
	out := &record{
		Version: "1.0", Timestamp: s.Clock().UTC().Format("2006-01-02T15:04:05.000Z"), RequestPayload: r.payload,
		RequestContext: requestContext{RequestID: q.Request, FunctionARN: n.arn(), Condition: r.condition, Count: r.count},
	}
	if !r.ran {
		return out
	}
	out.ResponseContext = &answerContext{Status: 200, Version: r.version}
	if r.failed {
		out.ResponseContext.Function = "Unhandled"
	}
	if json.Valid(r.answer) {
		out.ResponsePayload = r.answer
	}
	return out
}

// sendResult sends one result.
func (s *Service) sendResult(w *service.Work, d *delivery.Delivery) error {
	var p parcel
	if err := json.Unmarshal(d.Payload, &p); err != nil {
		return delivery.Permanent(err)
	}
	body, err := s.Seal.Open(resultTable, store.K(p.ID, p.To), p.Body)
	if err != nil {
		return delivery.Permanent(fmt.Errorf("open a result: %w", err))
	}
	x, _, err := s.subjectOfEvent(w, &queued{Account: p.Account, Region: p.Region, Name: p.Name, Qualifier: p.Qualifier, Function: p.Function})
	if err != nil {
		return err
	}
	if x == nil {
		return delivery.Permanent(errors.New("the function, whose role would send the result, is gone"))
	}
	c := w.Call(p.Account, p.Region)
	c.Trace = p.Trace
	role, err := s.session(c, w.Door, x.function, x.config)
	if err == nil {
		err = target.Send(w.Door, c, role.as, p.To, p.message(x, body))
	}
	if err != nil {
		metric := "DestinationDeliveryFailures"
		if p.Dead {
			metric = "DeadLetterErrors"
		}
		s.measure(x, metric, 1, "Count")
	}
	return err
}

func (p *parcel) message(x *subject, body []byte) *target.Message {
	m := &target.Message{Body: string(body), ID: p.id(), Time: p.Time}
	if kindOf(p.To) == "events" {
		m.Source, m.DetailType = "lambda", "Lambda Function Invocation Result - Success"
		if p.Failed {
			m.DetailType = "Lambda Function Invocation Result - Failure"
		}
		m.Resources = []string{p.To, x.name.arn()}
	}
	for k, v := range p.Attributes {
		if m.Attributes == nil {
			m.Attributes = map[string]sqs.MessageAttributeValue{}
		}
		kind := "String"
		if k == "ErrorCode" {
			kind = "Number"
		}
		if v != "" {
			m.Attributes[k] = sqs.MessageAttributeValue{DataType: &kind, StringValue: &v}
		}
	}
	return m
}
