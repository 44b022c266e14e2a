package logs

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	api "vauban/api/logs"
	"vauban/api/s3"
	"vauban/engine/dataprotection"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// deliverer is the service principal that brings findings to their destinations. User Guide: "Logging that requires additional permissions [V1]".
const deliverer = "delivery.logs.amazonaws.com"

func asDelivery(source, account string) service.Identity {
	return service.AsService(deliverer, source, account)
}

// report is what is said of an event with sensitive data: where that is, never what. User Guide: "Audit findings reports".
type report struct {
	Time        string                   `json:"auditTimestamp"`
	Resource    string                   `json:"resourceArn"`
	Identifiers []dataprotection.Located `json:"dataIdentifiers"`
}

// audit is what a policy has found in the events of one call.
type audit struct {
	policy  string // name of the account's policy; "" of the group's own
	to      dataprotection.Destinations
	reports []json.RawMessage
	group   *Group
}

// masked is the message with asterisks in the place of what is sensitive.
func (e *Event) masked() string { return dataprotection.Mask(e.Message, e.Hidden, "*") }

// guard looks for sensitive data in events, and notes where it is. Findings are not looked for in findings, lest they be told for ever.
func (s *Service) guard(c *service.Call, guards []guard, events []Event) ([]*audit, error) {
	var out []*audit
	told := c.Caller.ServiceName == deliverer
	for _, x := range guards {
		d, err := s.detectors.compile(x.Text)
		if err != nil {
			return nil, err
		}
		a := &audit{policy: x.Account, to: d.findings, group: found(c).group}
		for i := range events {
			if err := c.Err(); err != nil {
				return nil, err
			}
			e := &events[i]
			hits := d.Find(e.Message)
			if len(hits) == 0 {
				continue
			}
			e.Hidden = joinSpans(e.Hidden, dataprotection.Spans(hits))
			if told {
				continue
			}
			raw, err := json.Marshal(reportOf(a.group, e.Message, hits, c.Time))
			if err != nil {
				return nil, err
			}
			a.reports = append(a.reports, raw)
		}
		if len(a.reports) > 0 {
			out = append(out, a)
		}
	}
	return out, nil
}

// joinSpans joins what two policies have found.
func joinSpans(a, b []dataprotection.Span) []dataprotection.Span {
	if len(a) == 0 {
		return b
	}
	var all []dataprotection.Finding
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].Start <= b[0].Start {
			all, a = append(all, dataprotection.Finding{Start: a[0].Start, End: a[0].End}), a[1:]
		} else {
			all, b = append(all, dataprotection.Finding{Start: b[0].Start, End: b[0].End}), b[1:]
		}
	}
	return dataprotection.Spans(all)
}

func reportOf(g *Group, message string, hits []dataprotection.Finding, now time.Time) *report {
	return &report{Time: now.UTC().Format(time.RFC3339), Resource: g.arn() + ":*", Identifiers: dataprotection.Locate(nil, message, hits)}
}

// countFindings measures events with sensitive data. User Guide: "Monitoring with CloudWatch metrics", LogEventsWithFindings.
func (s *Service) countFindings(g *Group, all []*audit, now time.Time) {
	for _, a := range all {
		d := []service.Dimension{{Name: "LogGroupName", Value: g.Name}, {Name: "DataProtectionOperation", Value: "Audit"}}
		if a.policy != "" {
			d = append(d, service.Dimension{Name: "PolicyName", Value: a.policy})
		}
		s.measure(g, "LogEventsWithFindings", float64(len(a.reports)), "Count", now, d)
	}
}

const (
	kindAudit   = "logs.audit"
	auditBytes  = 200 << 10 // of the reports in one delivery
	auditStream = "data-protection/"
)

// auditParcel is reports on their way to one destination.
type auditParcel struct {
	Account, Region, Group string
	Source                 string // ARN of what was found in
	LogGroup, Bucket       string // one of them
	Reports                []json.RawMessage
	Time                   time.Time
}

// enqueueAudits hands the reports over to be delivered, in the commit that brings the events.
func (s *Service) enqueueAudits(tx store.Tx, all []*audit) error {
	for _, a := range all {
		for reports := a.reports; len(reports) > 0; {
			n, size := 0, 0
			for n < len(reports) && (n == 0 || size+len(reports[n]) <= auditBytes) {
				size += len(reports[n])
				n++
			}
			p := auditParcel{Account: a.group.Account, Region: a.group.Region, Group: a.group.Name, Source: a.group.arn() + ":*", Reports: reports[:n], Time: s.Clock()}
			reports = reports[n:]
			for _, to := range []auditParcel{{LogGroup: a.to.LogGroup}, {Bucket: a.to.Bucket}} {
				if to.LogGroup == "" && to.Bucket == "" {
					continue
				}
				p.LogGroup, p.Bucket = to.LogGroup, to.Bucket
				raw, err := json.Marshal(p)
				if err != nil {
					return err
				}
				if err := s.Outbound.Enqueue(tx, &delivery.Delivery{Kind: kindAudit, Target: a.group.Account + " " + to.LogGroup + to.Bucket, Payload: raw}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// sendAudit brings reports to their destination, as the delivering service: a resource policy of the log group, or the bucket's policy, must let it.
func (s *Service) sendAudit(w *service.Work, d *delivery.Delivery) error {
	var p auditParcel
	if err := json.Unmarshal(d.Payload, &p); err != nil {
		return delivery.Permanent(err)
	}
	c := w.Call(p.Account, p.Region)
	if p.LogGroup != "" {
		return s.auditToGroup(w, c, &p)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, r := range p.Reports {
		if _, err := z.Write(append(r, '\n')); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	at := p.Time.UTC()
	key := strings.Join([]string{"AWSLogs", p.Account, "CloudWatchLogsDataProtection", p.Region, at.Format("2006/01/02"), at.Format("20060102T150405Z") + "_" + d.ID + ".log.gz"}, "/")
	_, err := w.Door.Call(service.Inner(c), asDelivery(p.Source, p.Account), "s3", "PutObject", &s3.PutObjectInput{
		Bucket: &p.Bucket, Key: &key, ACL: new("bucket-owner-full-control"), ContentLength: new(int64(b.Len())), Body: io.NopCloser(bytes.NewReader(b.Bytes())),
	})
	if codeOf(err) == "NoSuchBucket" {
		return delivery.Permanent(err)
	}
	return err
}

func (s *Service) auditToGroup(w *service.Work, c *service.Call, p *auditParcel) error {
	stream := auditStream + strings.Trim(p.Group, "/")
	stream = stream[:min(len(stream), 512)]
	as := asDelivery(p.Source, p.Account)
	in := &api.PutLogEventsInput{LogGroupName: &p.LogGroup, LogStreamName: &stream}
	for _, r := range p.Reports {
		in.LogEvents = append(in.LogEvents, api.InputLogEvent{Timestamp: new(p.Time.UnixMilli()), Message: new(string(r))})
	}
	_, err := w.Door.Call(service.Inner(c), as, "logs", "PutLogEvents", in)
	if codeOf(err) == "ResourceNotFoundException" {
		_, made := w.Door.Call(service.Inner(c), as, "logs", "CreateLogStream", &api.CreateLogStreamInput{LogGroupName: &p.LogGroup, LogStreamName: &stream})
		if made != nil && codeOf(made) != "ResourceAlreadyExistsException" {
			return classified(errors.Join(made, err))
		}
		_, err = w.Door.Call(service.Inner(c), as, "logs", "PutLogEvents", in)
	}
	return classified(err)
}
