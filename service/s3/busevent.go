package s3

import (
	"strings"

	"vauban/service"
)

// busEvent is an event for EventBridge: its detail type and its detail. Amazon S3 User Guide: "Using EventBridge", "EventBridge event message
// structure".
func busEvent(c *service.Call, b *Bucket, event string, v *Version) (kind string, detail object) {
	about := object{"key": v.Key}
	if versioningOf(b) != "" {
		about["version-id"] = v.ID
	}
	detail = object{
		"version": "0", "event-version": "1.0", "bucket": object{"name": b.Name}, "object": about, "request-id": c.RequestID, "requester": notifier,
	}
	if c.Caller != nil {
		detail["requester"], detail["source-ip-address"] = c.Caller.Account, c.SourceIP.String()
		if c.Caller.ServiceName != "" {
			detail["requester"] = c.Caller.ServiceName
		}
	}
	switch event {
	case eventTagged, eventUntagged:
		about["etag"] = v.ETag
		if event == eventTagged {
			return "Object Tags Added", detail
		}
		return "Object Tags Deleted", detail
	case eventPut, eventPost, eventCopy, eventCompleted:
		about["size"], about["etag"], about["sequencer"] = v.Size, v.ETag, sequencer(v)
		detail["reason"] = map[string]string{
			eventPut: "PutObject", eventPost: "POST Object", eventCopy: "CopyObject", eventCompleted: "CompleteMultipartUpload",
		}[event]
		return "Object Created", detail
	}
	about["sequencer"] = sequencer(v)
	detail["reason"], detail["deletion-type"] = "DeleteObject", "Permanently Deleted"
	if strings.HasPrefix(event, "s3:LifecycleExpiration:") {
		detail["reason"] = "Lifecycle Expiration"
	}
	if strings.HasSuffix(event, ":DeleteMarkerCreated") {
		detail["deletion-type"] = "Delete Marker Created"
	}
	return "Object Deleted", detail
}
