package sns

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"vauban/api/logs"
	"vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/dataprotection"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

const kindAudit = "sns.audit"

// auditParcel is what an audit tells of one message, on its way to one destination.
type auditParcel struct {
	Account, Region, Topic string
	To                     dataprotection.Destinations // one of them
	Time                   time.Time
	Text                   string
}

// destination is where the audit of a letter goes, nil when it goes nowhere.
func (l *letter) destination() *dataprotection.Destinations {
	switch {
	case l.audit == nil:
		return nil
	case len(l.audited) > 0:
		return l.audit.Findings
	}
	return l.audit.WithoutFinding
}

// enqueueAudit hands over what an audit tells, in the commit that brings the message.
func (s *Service) enqueueAudit(tx store.Tx, c *service.Caller, t *Topic, l *letter) error {
	d := l.destination()
	if d == nil {
		return nil
	}
	text, err := json.Marshal(l.finding(c, t.arn(), l.message.Published))
	if err != nil {
		return err
	}
	for _, to := range []dataprotection.Destinations{{LogGroup: d.LogGroup}, {Bucket: d.Bucket}} {
		if to == (dataprotection.Destinations{}) {
			continue
		}
		payload, err := json.Marshal(auditParcel{t.Account, t.Region, t.Name, to, l.message.Published, string(text)})
		if err != nil {
			return err
		}
		if err := s.Outbound.Enqueue(tx, &delivery.Delivery{Kind: kindAudit, Target: t.Account + " " + to.LogGroup + to.Bucket, Payload: payload}); err != nil {
			return err
		}
	}
	return nil
}

// measureAudit counts what an audit has found. Developer guide: "Audit operation metrics".
func (s *Service) measureAudit(l *letter) {
	if l.audit == nil {
		return
	}
	if len(l.audited) > 0 && l.audit.Findings != nil {
		s.count(&l.message, "MessagesWithFindings")
	}
	if len(l.audited) == 0 && l.audit.WithoutFinding != nil {
		s.count(&l.message, "MessagesWithNoFindings")
	}
}

// sendAudit brings what an audit tells to its destination, as the delivering service: its policy must let it.
func (s *Service) sendAudit(w *service.Work, d *delivery.Delivery) error {
	var p auditParcel
	if err := json.Unmarshal(d.Payload, &p); err != nil {
		return delivery.Permanent(err)
	}
	c, as := w.Call(p.Account, p.Region), service.AsService(deliverer, topicARN(p.Account, p.Region, p.Topic), p.Account)
	if p.To.Bucket != "" {
		at := p.Time.UTC()
		key := strings.Join([]string{"AWSLogs", p.Account, "sns-data-protection", p.Region, p.Topic, at.Format("2006/01/02"), at.Format("20060102T150405Z") + "_" + d.ID + ".json"}, "/")
		_, err := w.Door.Call(c, as, "s3", "PutObject", &s3.PutObjectInput{
			Bucket: &p.To.Bucket, Key: &key, ACL: new("bucket-owner-full-control"), ContentLength: new(int64(len(p.Text) + 1)), Body: io.NopCloser(bytes.NewReader([]byte(p.Text + "\n"))),
		})
		return err
	}
	stream := "sns-data-protection/" + p.Topic
	put := func() error {
		_, err := w.Door.Call(c, as, "logs", "PutLogEvents", &logs.PutLogEventsInput{
			LogGroupName: &p.To.LogGroup, LogStreamName: &stream, LogEvents: []logs.InputLogEvent{{Message: &p.Text, Timestamp: new(p.Time.UnixMilli())}},
		})
		return err
	}
	err := put()
	var e *wire.Error
	if !errors.As(err, &e) || e.Shape != logs.ResourceNotFoundException {
		return err
	}
	_, err = w.Door.Call(c, as, "logs", "CreateLogStream", &logs.CreateLogStreamInput{LogGroupName: &p.To.LogGroup, LogStreamName: &stream})
	if err != nil && !(errors.As(err, &e) && e.Shape == logs.ResourceAlreadyExistsException) {
		return err
	}
	return put()
}
