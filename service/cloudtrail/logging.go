package cloudtrail

import (
	"time"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// save stores a trail that has been changed. While it logs, what is recorded from now on is delivered under its new settings.
func (s *Service) save(c *service.Call, tx store.Tx, t *Trail) error {
	d, err := deliveryOf(tx, t)
	if err != nil {
		return err
	}
	d.Last, d.Lost, d.LostCount = t.Settings, time.Time{}, 0
	if t.Logging {
		if err := d.begin(tx, t.Settings, c.RequestID, c.Time); err != nil {
			return err
		}
	}
	if err := d.save(tx, c.Time); err != nil {
		return err
	}
	if err := t.saveLogs(tx, c.RequestID, c.Time); err != nil {
		return err
	}
	return trails.Update(tx, t)
}

// startLogging delivers from its own record on.
func (s *Service) startLogging(c *service.Call, in *api.StartLoggingInput) (*api.StartLoggingOutput, error) {
	t, err := s.owned(c, c.Tx, *in.Name)
	if err != nil || t.Logging {
		return &api.StartLoggingOutput{}, err
	}
	t.Logging, t.Started = true, c.Time.UTC()
	return &api.StartLoggingOutput{}, s.save(c, c.Tx, t)
}

// stopLogging delivers up to its own record.
func (s *Service) stopLogging(c *service.Call, in *api.StopLoggingInput) (*api.StopLoggingOutput, error) {
	t, err := s.owned(c, c.Tx, *in.Name)
	if err != nil || !t.Logging {
		return &api.StopLoggingOutput{}, err
	}
	t.Logging, t.Stopped = false, c.Time.UTC()
	if err := s.end(c, t, time.Time{}); err != nil {
		return nil, err
	}
	return &api.StopLoggingOutput{}, trails.Update(c.Tx, t)
}

// deleteTrail removes the trail. What was recorded until then, its own record included, is still delivered.
func (s *Service) deleteTrail(c *service.Call, in *api.DeleteTrailInput) (*api.DeleteTrailOutput, error) {
	t, err := s.owned(c, c.Tx, *in.Name)
	if err != nil {
		return nil, err
	}
	if err := s.end(c, t, c.Time.UTC()); err != nil {
		return nil, err
	}
	return &api.DeleteTrailOutput{}, trails.Delete(c.Tx, trails.Key(t))
}

// end ends what the trail delivers with the record of the call. gone is when the trail was deleted, if it was.
func (s *Service) end(c *service.Call, t *Trail, gone time.Time) error {
	d, err := deliveryOf(c.Tx, t)
	if err != nil {
		return err
	}
	d.stop(c.RequestID)
	d.Last, d.Ended = t.Settings, gone
	if err := d.save(c.Tx, c.Time); err != nil {
		return err
	}
	return t.endLogs(c.Tx, c.RequestID, c.Time, gone)
}

func (s *Service) getTrailStatus(c *service.Call, in *api.GetTrailStatusInput) (*api.GetTrailStatusOutput, error) {
	t, err := s.visible(c, c.Tx, *in.Name)
	if err != nil {
		return nil, err
	}
	d, err := deliveryOf(c.Tx, t)
	if err != nil {
		return nil, err
	}
	out := &api.GetTrailStatusOutput{
		IsLogging: &t.Logging, StartLoggingTime: moment(t.Started), TimeLoggingStarted: clockText(t.Started), StopLoggingTime: moment(t.Stopped),
		TimeLoggingStopped: clockText(t.Stopped), LatestDeliveryTime: moment(d.Delivered), LatestDeliveryError: wire.Optional(d.failure()),
		LatestDigestDeliveryTime: moment(d.Digested), LatestDigestDeliveryError: wire.Optional(d.DigestErr), LatestDeliveryAttemptTime: clockText(d.Attempted),
		LatestDeliveryAttemptSucceeded: new(""), LatestNotificationTime: moment(d.Notified), LatestNotificationError: wire.Optional(d.NotifyErr),
		LatestNotificationAttemptTime: clockText(d.Notifying), LatestNotificationAttemptSucceeded: new(""),
	}
	logs, err := logsDeliveryOf(c.Tx, t)
	if err != nil {
		return nil, err
	}
	out.LatestCloudWatchLogsDeliveryTime, out.LatestCloudWatchLogsDeliveryError = moment(logs.Delivered), wire.Optional(logs.failure())
	if d.NotifyErr == "" {
		out.LatestNotificationAttemptSucceeded = out.LatestNotificationAttemptTime
	}
	if d.Error == "" {
		out.LatestDeliveryAttemptSucceeded = out.LatestDeliveryAttemptTime
	}
	return out, nil
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// clockText is the time as the old members of GetTrailStatus have it.
func clockText(t time.Time) *string {
	if t.IsZero() {
		return new("")
	}
	return new(t.UTC().Format("2006-01-02T15:04:05Z"))
}
