package s3

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"vauban/eventlog"
	"vauban/store"
)

// What lifecycle rules do is recorded like what clients do, in the same commit. AWS shows it in access logs alone.
const (
	expireObject      = "ExpireObject"
	expireWithMarker  = "CreateDeleteMarker"
	expireUpload      = "AbortUpload"
	lifecycleRecorder = "s3.amazonaws.com"
)

// lifecycleNames are the operations of access logs. Amazon S3 User Guide: "Amazon S3 lifecycle and logging".
var lifecycleNames = map[string]string{expireObject: "S3.EXPIRE.OBJECT", expireWithMarker: "S3.CREATE.DELETEMARKER", expireUpload: "S3.DELETE.UPLOAD"}

// noteExpired records that a rule has ended a version, or has put a delete marker in front of an object.
func (s *Service) noteExpired(tx store.Tx, now time.Time, b *Bucket, key, version, rule string, marker bool) error {
	name := expireObject
	if marker {
		name = expireWithMarker
	}
	return s.noteLifecycle(tx, now, b, name, map[string]any{"bucketName": b.Name, "key": key, "versionId": version}, rule)
}

func (s *Service) noteLifecycle(tx store.Tx, now time.Time, b *Bucket, name string, parameters map[string]any, rule string) error {
	id, err := s.newUUID()
	if err != nil {
		return err
	}
	for k, v := range parameters {
		if v == "" {
			delete(parameters, k)
		}
	}
	arn := s.bucketARN(b.Name)
	record, err := json.Marshal(map[string]any{
		"eventVersion": "1.11", "userIdentity": map[string]any{"type": "AWSService", "invokedBy": lifecycleRecorder},
		"eventTime": now.UTC().Format(time.RFC3339), "eventSource": lifecycleRecorder, "eventName": name, "awsRegion": b.Region,
		"sourceIPAddress": lifecycleRecorder, "userAgent": lifecycleRecorder, "requestParameters": parameters, "responseElements": nil,
		"additionalEventData": map[string]any{"lifecycleRule": rule}, "requestID": id, "eventID": id, "readOnly": false,
		"resources": []map[string]any{{"ARN": arn, "accountId": b.Account, "type": bucketType}},
		"eventType": "AwsServiceEvent", "managementEvent": false, "recipientAccountId": b.Account, "eventCategory": "Data",
	})
	if err != nil {
		return err
	}
	return eventlog.Append(tx, &eventlog.Entry{
		ID: id, Time: now, Account: b.Account, Region: b.Region, Data: true, Name: name, Source: lifecycleRecorder,
		Resources: []eventlog.Resource{{Type: bucketType, Name: arn}}, Record: record,
	})
}

// newUUID is a random UUID, version 4 (RFC 9562).
func (s *Service) newUUID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("no randomness: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// lifecycleLine is the line of what a rule did, in the log of a bucket.
func lifecycleLine(b *Bucket, at time.Time, r *recorded, operation string) string {
	return strings.Join([]string{
		canonicalID(b.Account), b.Name, at.UTC().Format("[02/Jan/2006:15:04:05 -0700]"), "-", "AmazonS3", word(r.RequestID), operation,
		logKeyOf(r.RequestParameters.Key), `"-"`, "-", "-", "-", "-", "-", "-", `"-"`, `"-"`, word(r.RequestParameters.VersionID),
		"-", "-", "-", "-", "-", "-", "-", "-", word(r.AWSRegion),
	}, " ")
}
