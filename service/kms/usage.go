package kms

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	api "vauban/api/kms"
	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// Usage is when a key was used last, for what. It is derived from the log, and kept to the minute for each operation: of the uses in one minute that are alike
// the first is kept.
type Usage struct {
	Account   string    `json:"account"`
	Region    string    `json:"region"`
	Key       string    `json:"key"`
	Time      time.Time `json:"time"`
	Operation string    `json:"operation"`
	EventID   string    `json:"eventId"`
	RequestID string    `json:"requestId"`
}

var usages = &store.Table[Usage]{
	Name: "kms.usage",
	Key:  func(u *Usage) store.Key { return keyOf(u.Account, u.Region, u.Key) },
}

func (s *Service) usageOperations() []service.Row {
	return []service.Row{
		reads(s, api.OpGetKeyLastUsage, byID(func(in *api.GetKeyLastUsageInput) *string { return in.KeyId }), s.getKeyLastUsage),
	}
}

// lastUsage is the last use of a key, nil when there was none.
func lastUsage(tx store.Tx, k *Key) (*Usage, error) {
	u, err := usages.Get(tx, keyTable.Key(k))
	if store.IsAbsent(err) {
		return nil, nil
	}
	return u, err
}

func (s *Service) getKeyLastUsage(u *use, _ *api.GetKeyLastUsageInput) (*api.GetKeyLastUsageOutput, error) {
	k := u.key.Key
	last, err := lastUsage(u.Tx, k)
	if err != nil {
		return nil, err
	}
	out := &api.GetKeyLastUsageOutput{KeyId: &u.key.arn, KeyCreationDate: &k.Created, TrackingStartDate: &k.Created}
	if last != nil {
		out.KeyLastUsage = &api.KeyLastUsageData{
			Operation: &last.Operation, Timestamp: &last.Time, CloudTrailEventId: &last.EventID, KmsRequestId: &last.RequestID,
		}
	}
	return out, nil
}

// idleDays is for how many whole days the key has not been used.
func idleDays(tx store.Tx, k *Key, now time.Time) (int64, error) {
	since := k.Created
	last, err := lastUsage(tx, k)
	if last != nil {
		since = last.Time
	}
	return max(0, int64(now.Sub(since)/(24*time.Hour))), err
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// Consumers implements [service.Consuming].
func (s *Service) Consumers() []service.Consumer {
	return []service.Consumer{{Name: "kms.usage", Handle: noteUsages}}
}

// noteUsages derives from a batch of the log what keys were used for last.
func noteUsages(tx store.Tx, batch []*eventlog.Entry) error {
	latest := map[string]*Usage{}
	for _, e := range batch {
		if e.Source != api.API.EventSource || !isUse(e.Name) || bytes.Contains(e.Record, []byte(`"errorCode":`)) {
			continue
		}
		for _, r := range e.Resources {
			p := strings.SplitN(r.Name, ":", 6)
			if r.Type != typeKey || len(p) != 6 || p[4] != e.Account {
				continue // the other account of a shared event has one of its own
			}
			u := &Usage{Account: p[4], Region: p[3], Key: strings.TrimPrefix(p[5], "key/"), Time: e.Time.UTC(), Operation: e.Name, EventID: e.ID}
			if old := latest[r.Name]; old == nil || old.says(u) {
				u.RequestID = requestOf(e.Record)
				latest[r.Name] = u
			}
		}
	}
	for _, u := range latest {
		if err := u.save(tx); err != nil {
			return err
		}
	}
	return nil
}

// isUse says that the operation counts as a use of a key.
func isUse(operation string) bool {
	switch operation {
	case api.KeyLastUsageTrackingOperationDecrypt, api.KeyLastUsageTrackingOperationDeriveSharedSecret, api.KeyLastUsageTrackingOperationEncrypt,
		api.KeyLastUsageTrackingOperationGenerateDataKey, api.KeyLastUsageTrackingOperationGenerateDataKeyPair,
		api.KeyLastUsageTrackingOperationGenerateDataKeyPairWithoutPlaintext, api.KeyLastUsageTrackingOperationGenerateDataKeyWithoutPlaintext,
		api.KeyLastUsageTrackingOperationGenerateMac, api.KeyLastUsageTrackingOperationReEncrypt, api.KeyLastUsageTrackingOperationSign,
		api.KeyLastUsageTrackingOperationVerify, api.KeyLastUsageTrackingOperationVerifyMac:
		return true
	}
	return false
}

// says reports whether a use says something new after u.
func (u *Usage) says(next *Usage) bool {
	return next.Time.After(u.Time) && (next.Operation != u.Operation || !next.Time.Truncate(time.Minute).Equal(u.Time.Truncate(time.Minute)))
}

// save puts the use in the place of an older one. A key that was deleted meanwhile leaves nothing behind.
func (u *Usage) save(tx store.Tx) error {
	key := usages.Key(u)
	old, err := usages.Get(tx, key)
	if err == nil {
		if !old.says(u) {
			return nil
		}
		return usages.Update(tx, u)
	}
	if !store.IsAbsent(err) {
		return err
	}
	if lives, err := keyTable.Has(tx, key); err != nil || !lives {
		return err
	}
	return usages.Insert(tx, u)
}

// requestOf is the request ID in a record.
func requestOf(record []byte) string {
	var r struct {
		RequestID string `json:"requestID"`
	}
	if json.Unmarshal(record, &r) != nil {
		return ""
	}
	return r.RequestID
}
