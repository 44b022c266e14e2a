package sns

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"vauban/api/logs"
	"vauban/api/wire"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
)

// Delivery status logging: the outcome of a delivery is written to CloudWatch Logs, with a role that the topic's owner has named. Developer guide: "Amazon
// SNS message delivery status".

// line is the payload of a delivery to a log.
type line struct {
	Account, Region string
	Group           string
	Role            string
	Source          string // ARN of the topic, "" for a text straight to a phone
	Time            time.Time
	Text            string
}

// statusText is a line of the log. Its members are AWS's.
type statusText struct {
	Notification struct {
		MD5       string `json:"messageMD5Sum,omitempty"`
		ID        string `json:"messageId"`
		Topic     string `json:"topicArn,omitempty"`
		Timestamp string `json:"timestamp"`
	} `json:"notification"`
	Delivery statusDelivery `json:"delivery"`
	Status   string         `json:"status"`
}

type statusDelivery struct {
	ID          string  `json:"deliveryId,omitempty"`
	Destination string  `json:"destination"`
	Price       float64 `json:"priceInUSD,omitempty"`
	SMSType     string  `json:"smsType,omitempty"`
	Parts       int     `json:"numberOfMessageParts,omitempty"`
	Response    string  `json:"providerResponse,omitempty"`
	Dwell       int64   `json:"dwellTimeMs"`
	Attempts    int     `json:"attempts,omitempty"`
	Status      int     `json:"statusCode,omitempty"`
}

// report is the delivery that writes the outcome to the log; nil when it is not to be logged.
func (s *Service) report(p *parcel, cause error) *delivery.Delivery {
	role, sample := s.feedback(p, cause)
	if role == "" || cause == nil && !s.sampled(sample) {
		return nil
	}
	now := s.Clock()
	t := &statusText{Status: "SUCCESS"}
	t.Notification.ID, t.Notification.Topic, t.Notification.Timestamp = p.message.ID, "", now.UTC().Format("2006-01-02 15:04:05.000")
	t.Delivery = statusDelivery{
		Destination: p.to.Endpoint, Response: p.outcome.response, Dwell: now.Sub(p.message.Published).Milliseconds(), Attempts: p.pending.Tries + 1, Status: p.outcome.status,
	}
	if p.content != nil {
		sum := md5.Sum([]byte(p.content.body(p.to.Protocol)))
		t.Notification.MD5 = hex.EncodeToString(sum[:])
	}
	if o := p.outcome.sms; o != nil {
		t.Delivery.Price, t.Delivery.SMSType, t.Delivery.Parts = o.price, o.kind, o.parts
	}
	l := line{Account: p.message.Account, Region: p.message.Region, Role: role, Time: now, Group: "sns/" + p.message.Region + "/" + p.message.Account + "/DirectPublishToPhoneNumber"}
	if p.topic != nil {
		l.Source, t.Notification.Topic = p.topic.arn(), p.topic.arn()
		l.Group = "sns/" + p.message.Region + "/" + p.message.Account + "/" + p.topic.Name
	}
	if cause != nil {
		t.Status, l.Group = "FAILURE", l.Group+"/Failure"
		if t.Delivery.Response == "" {
			t.Delivery.Response = bounded(cause.Error(), 500)
		}
	}
	var err error
	if t.Delivery.ID, err = newID(s.Rand); err != nil {
		return nil
	}
	l.Text = asText(t)
	return &delivery.Delivery{Kind: kindLog, Target: l.Group, Payload: json.RawMessage(asText(l)), Limit: 5}
}

// feedback is the role that writes the log, and the share of successes that is logged.
func (s *Service) feedback(p *parcel, cause error) (role, sample string) {
	var f Feedback
	switch p.to.Protocol {
	case bySMS:
		set, err := s.smsSettings(p.work, p.message.Account, p.message.Region)
		if err != nil {
			return "", ""
		}
		f = Feedback{set.Role, set.Role, set.Sample}
	case bySQS:
		f = p.topic.Settings.Feedback["SQS"]
	case byLambda:
		f = p.topic.Settings.Feedback["Lambda"]
	case byHTTP, byHTTPS:
		f = p.topic.Settings.Feedback["HTTP"]
	}
	if cause != nil {
		return f.Failure, ""
	}
	return f.Success, f.Sample
}

// sampled draws whether a success is among the percent that are logged.
func (s *Service) sampled(percent string) bool {
	n, err := strconv.Atoi(percent)
	if err != nil {
		return false
	}
	var b [1]byte
	for {
		if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
			return false
		}
		if b[0] < 200 { // so that each percent is as likely
			return int(b[0])%100 < n
		}
	}
}

// sendLog writes a line, and makes the group and the stream of the day first when they do not exist.
func (s *Service) sendLog(w *service.Work, d *delivery.Delivery) error {
	var l line
	if err := json.Unmarshal(d.Payload, &l); err != nil {
		return delivery.Permanent(err)
	}
	c := w.Call(l.Account, l.Region)
	as, err := s.roles.identity(s, w, c, &l)
	if err != nil {
		return err
	}
	stream := l.Time.UTC().Format("2006-01-02")
	put := func() error {
		_, err := w.Door.Call(c, as, "logs", "PutLogEvents", &logs.PutLogEventsInput{
			LogGroupName: &l.Group, LogStreamName: &stream, LogEvents: []logs.InputLogEvent{{Message: &l.Text, Timestamp: new(l.Time.UnixMilli())}},
		})
		return err
	}
	err = put()
	var e *wire.Error
	if !errors.As(err, &e) || e.Shape != logs.ResourceNotFoundException {
		return err
	}
	for _, step := range []struct {
		operation string
		in        any
	}{
		{"CreateLogGroup", &logs.CreateLogGroupInput{LogGroupName: &l.Group}},
		{"CreateLogStream", &logs.CreateLogStreamInput{LogGroupName: &l.Group, LogStreamName: &stream}},
	} {
		_, err := w.Door.Call(c, as, "logs", step.operation, step.in)
		if err != nil && !(errors.As(err, &e) && e.Shape == logs.ResourceAlreadyExistsException) {
			return err
		}
	}
	return put()
}

// roles keeps the sessions with which logs are written, for the most of their hour.
type roles struct {
	mu sync.Mutex
	m  map[string]roleSession
}

type roleSession struct {
	as    service.Identity
	until time.Time
}

const (
	maxRoles     = 1000
	roleLifetime = 45 * time.Minute
)

func (r *roles) identity(s *Service, w *service.Work, c *service.Call, l *line) (service.Identity, error) {
	key, now := l.Role+"\n"+l.Source, s.Clock()
	r.mu.Lock()
	have, ok := r.m[key]
	r.mu.Unlock()
	if ok && now.Before(have.until) {
		return have.as, nil
	}
	source := l.Source
	if source == "" {
		source = "arn:aws:sns:" + l.Region + ":" + l.Account + ":sms"
	}
	as, err := target.Role(w.Door, c, s.Seal, principal, source, l.Account, l.Role, "SNSDeliveryStatus")
	if err != nil {
		return as, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil || len(r.m) >= maxRoles {
		r.m = map[string]roleSession{}
	}
	r.m[key] = roleSession{as, now.Add(roleLifetime)}
	return as, nil
}
