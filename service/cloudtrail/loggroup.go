package cloudtrail

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	api "vauban/api/cloudtrail"
	logs "vauban/api/logs"
	"vauban/engine/arn"
	"vauban/eventlog"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

// A trail sends its events to a log group too, as a role that it assumes. The delivery is one of its own beside that to the bucket: it has its own place in
// the log, and neither holds up the other. CloudTrail User Guide: "Sending events to CloudWatch Logs".

// logsID names the delivery to the log group.
func (t *Trail) logsID() string { return t.ID + ".logs" }

// logsDeliveryOf returns the delivery to the trail's log group, a new one when there never was one.
func logsDeliveryOf(tx store.Tx, t *Trail) (*delivery, error) {
	d, err := deliveries.Get(tx, store.K(t.logsID()))
	if absent(err) {
		return &delivery{ID: t.logsID(), Logs: true}, nil
	}
	return d, err
}

// forLogs are the settings without what is the bucket's alone.
func (t *Settings) forLogs() Settings {
	out := *t
	out.Validation = false
	return out
}

// saveLogs lets the delivery follow a change of the trail by the request.
func (t *Trail) saveLogs(tx store.Tx, request string, now time.Time) error {
	d, err := logsDeliveryOf(tx, t)
	if err != nil {
		return err
	}
	switch {
	case t.LogGroup == "" && d.open() == nil:
		return nil
	case t.LogGroup == "":
		d.stop(request)
		return d.save(tx, now)
	}
	d.Last, d.Lost, d.LostCount = t.forLogs(), time.Time{}, 0
	if t.Logging {
		if err := d.begin(tx, t.forLogs(), request, now); err != nil {
			return err
		}
	}
	return d.save(tx, now)
}

// endLogs ends the delivery with the record of the request.
func (t *Trail) endLogs(tx store.Tx, request string, now, gone time.Time) error {
	d, err := logsDeliveryOf(tx, t)
	if err != nil {
		return err
	}
	if len(d.Spans) == 0 && d.Attempted.IsZero() {
		return nil // there never was one
	}
	d.stop(request)
	d.Ended = gone
	return d.save(tx, now)
}

// checkLogGroup refuses log groups that the trail cannot have.
func (t *Settings) checkLogGroup(c *service.Call) error {
	switch {
	case t.LogGroup == "" && t.LogRole == "":
		return nil
	case t.LogRole == "":
		return api.InvalidCloudWatchLogsRoleArnException.New("You must specify a role ARN as well as a log group.")
	case t.LogGroup == "":
		return api.InvalidCloudWatchLogsLogGroupArnException.New("You must specify a log group ARN as well as a role.")
	}
	group, err := arn.Parse(t.LogGroup)
	if err != nil || group.Service != "logs" || group.Account != t.Account || group.Region != t.Region || t.groupName() == "" {
		return api.InvalidCloudWatchLogsLogGroupArnException.New(
			"CloudTrail cannot validate the specified log group ARN: it has the form arn:%s:logs:%s:%s:log-group:NAME:*.", c.Partition, t.Region, t.Account)
	}
	role, err := arn.Parse(t.LogRole)
	if err != nil || role.Service != "iam" || role.Account != t.Account || !strings.HasPrefix(role.Resource, "role/") {
		return api.InvalidCloudWatchLogsRoleArnException.New("CloudTrail cannot validate the specified role ARN: it must be one of the trail's account.")
	}
	return nil
}

// groupName is the name in the log group's ARN, which ends with the wildcard of streams; "" when it does not.
func (t *Settings) groupName() string {
	a, err := arn.Parse(t.LogGroup)
	if err != nil {
		return ""
	}
	name, isGroup := strings.CutPrefix(a.Resource, "log-group:")
	name, hasStreams := strings.CutSuffix(name, ":*")
	if !isGroup || !hasStreams || strings.ContainsAny(name, ":*") {
		return ""
	}
	return name
}

// streamName is where the events of an account and region go.
func (t *Settings) streamName(account, region string) string {
	name := account + "_CloudTrail_" + region
	if t.Organization != "" {
		return t.Organization + "_" + name
	}
	return name
}

// logRole assumes the role that writes.
func (s *Service) logRole(c *service.Call, door service.Door, t *Settings) (service.Identity, error) {
	return target.Role(door, c, s.Seal, principal, t.ARN(c.Partition), t.Account, t.LogRole, "CloudTrail_"+t.Region)
}

// checkLogRole assumes the role and makes the first stream with it, as each delivery will.
func (s *Service) checkLogRole(c *service.Call, t *Settings) error {
	if t.LogGroup == "" {
		return nil
	}
	as, err := s.logRole(c, c.Door, t)
	if codeOf(err) != "" {
		return api.InvalidCloudWatchLogsRoleArnException.New("Access denied. Check the trust relationships for your role.").Because(err)
	}
	if err != nil {
		return err
	}
	err = makeStream(c, c.Door, as, t, t.streamName(t.Account, t.Region))
	switch codeOf(err) {
	case "":
		return err
	case logs.ResourceNotFoundException.Code:
		return api.InvalidCloudWatchLogsLogGroupArnException.New("CloudTrail cannot validate the specified log group ARN.").Because(err)
	}
	return api.InvalidCloudWatchLogsLogGroupArnException.New("Access denied. Check the permissions for your role.").Because(err)
}

func makeStream(c *service.Call, door service.Door, as service.Identity, t *Settings, stream string) error {
	_, err := door.Call(c, as, "logs", "CreateLogStream", &logs.CreateLogStreamInput{LogGroupName: new(t.groupName()), LogStreamName: &stream})
	if codeOf(err) == logs.ResourceAlreadyExistsException.Code {
		return nil
	}
	return err
}

// sendEvents writes what the cut has into the log group: all of it, or it is done again.
func (s *Service) sendEvents(w *service.Work, d *delivery, all []*stream) error {
	to := &d.Cut.Target
	c := w.Call(to.Account, to.Region)
	as, err := s.logRole(c, w.Door, to)
	if err != nil {
		return err
	}
	for _, st := range all {
		name := to.streamName(st.account, st.region)
		for _, batch := range batches(st.entries) {
			if err := putEvents(c, w.Door, as, to, name, batch); err != nil {
				return err
			}
		}
	}
	return nil
}

func putEvents(c *service.Call, door service.Door, as service.Identity, t *Settings, stream string, batch []logs.InputLogEvent) error {
	in := &logs.PutLogEventsInput{LogGroupName: new(t.groupName()), LogStreamName: &stream, LogEvents: batch}
	_, err := door.Call(c, as, "logs", "PutLogEvents", in)
	if codeOf(err) != logs.ResourceNotFoundException.Code {
		return err
	}
	if made := makeStream(c, door, as, t, stream); made != nil { // its first events, or it was deleted
		return errors.Join(made, err)
	}
	_, err = door.Call(c, as, "logs", "PutLogEvents", in)
	return err
}

// Bounds of a call. CloudWatch Logs API: "PutLogEvents"; CloudTrail User Guide: "Sending events to CloudWatch Logs", event size.
const (
	batchEvents = 10_000
	batchBytes  = 1 << 20
	batchSpan   = 24 * time.Hour
	perEvent    = 26
	maxLogEvent = 256 << 10
)

// batches are the events in the order of their times, cut for PutLogEvents. One that is too large is left out, as in AWS: the log file has it.
func batches(entries []*eventlog.Entry) (out [][]logs.InputLogEvent) {
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b *eventlog.Entry) int { return cmp.Compare(a.Time.UnixMilli(), b.Time.UnixMilli()) })
	var batch []logs.InputLogEvent
	size, first := 0, time.Time{}
	for _, e := range sorted {
		n := len(e.Record) + perEvent
		if n > maxLogEvent {
			continue
		}
		if len(batch) == batchEvents || size+n > batchBytes || len(batch) > 0 && e.Time.Sub(first) >= batchSpan {
			out = append(out, batch)
			batch, size = nil, 0
		}
		if len(batch) == 0 {
			first = e.Time
		}
		batch = append(batch, logs.InputLogEvent{Message: new(string(e.Record)), Timestamp: new(e.Time.UnixMilli())})
		size += n
	}
	if len(batch) > 0 {
		out = append(out, batch)
	}
	return out
}
