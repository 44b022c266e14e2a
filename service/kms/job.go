package kms

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	api "vauban/api/kms"
	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// Jobs implements [service.Working].
func (s *Service) Jobs() []service.Job {
	return []service.Job{
		{Name: "kms.appointments", Every: time.Minute, Run: s.keepAppointments},
		{Name: "kms.keystores", Every: time.Minute, Run: s.watchKeyStores},
	}
}

// keepAppointments deletes and rotates the keys for which it is time, each in a transaction of its own.
func (s *Service) keepAppointments(w *service.Work) error {
	for {
		var due []*Appointment
		err := s.Store.Read(w, func(tx store.Tx) error {
			page, err := appointments.List(tx, nil, nil, 100)
			due = page.Items
			return err
		})
		if err != nil {
			return fmt.Errorf("read the appointments of keys: %w", err)
		}
		for _, a := range due {
			if a.At.After(w.Time) {
				return nil
			}
			if err := s.keep(w, w.Check, a, w.Time); err != nil {
				return fmt.Errorf("keep the appointment of key %s: %w", a.Key, err)
			}
		}
		if len(due) == 0 {
			return nil
		}
	}
}

// keep does what is due to one key. An appointment that the key no longer has is dropped.
func (s *Service) keep(ctx context.Context, check func(store.Tx) error, a *Appointment, now time.Time) error {
	return s.Store.Write(ctx, func(tx store.Tx) error {
		if err := check(tx); err != nil {
			return err
		}
		k, err := keyTable.Get(tx, keyOf(a.Account, a.Region, a.Key))
		if store.IsAbsent(err) || err == nil && (k.due().IsZero() || !k.due().Equal(a.At)) {
			return forget(tx, appointments, appointments.Key(a))
		}
		if err != nil {
			return err
		}
		if k.expiredAt(now) {
			return s.expireMaterial(tx, k, now)
		}
		if k.State == api.KeyStatePendingDeletion {
			if err := s.remove(tx, k, now); err != nil {
				return err
			}
			return s.note(tx, k, "DeleteKey", now, nil)
		}
		return s.rotate(tx, k, api.RotationTypeAutomatic, now)
	})
}

// note records what happened to a key by itself: an event of the service, which nobody called. CloudTrail User Guide: "AWS service events".
func (s *Service) note(tx store.Tx, k *Key, name string, now time.Time, details map[string]any) error {
	id, err := newKeyID(s.Rand, false) // event IDs are UUIDs, too
	if err != nil {
		return err
	}
	arn := k.ARN()
	e := &eventlog.Entry{
		ID: id, Time: now, Account: k.Account, Region: k.Region, Name: name, Source: api.API.EventSource,
		Resources: []eventlog.Resource{{Type: typeKey, Name: k.ID}, {Type: typeKey, Name: arn}},
	}
	record := map[string]any{
		"eventVersion": "1.11", "userIdentity": map[string]string{"accountId": k.Account, "invokedBy": internal},
		"eventTime": now.UTC().Format(time.RFC3339), "eventSource": e.Source, "eventName": name, "awsRegion": k.Region,
		"sourceIPAddress": internal, "userAgent": internal, "requestParameters": nil, "responseElements": nil,
		"eventID": id, "readOnly": false, "eventType": "AwsServiceEvent", "managementEvent": true, "recipientAccountId": k.Account, "eventCategory": "Management",
		"resources": []map[string]string{{"accountId": k.Account, "type": typeKey, "ARN": arn}},
	}
	details = withKeyID(details, k.ID)
	record["serviceEventDetails"] = details
	if e.Record, err = json.Marshal(record); err != nil {
		return fmt.Errorf("write the record of %s: %w", name, err)
	}
	return eventlog.Append(tx, e)
}

// internal is from where CloudTrail says that a service's own events come.
const internal = "AWS Internal"

func withKeyID(details map[string]any, id string) map[string]any {
	out := map[string]any{"keyId": id}
	for k, v := range details {
		out[k] = v
	}
	return out
}
