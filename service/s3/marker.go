package s3

import (
	"reflect"
	"time"

	"vauban/api/wire"
)

// markerMembers are the headers of an answer about a delete marker.
type markerMembers struct {
	DeleteMarker *bool      `api:",header=x-amz-delete-marker"`
	VersionId    *string    `api:",header=x-amz-version-id"`
	LastModified *time.Time `api:",header=Last-Modified"`
}

// behindMarker is the answer to reading an object whose newest version is a delete marker.
func behindMarker(marker *Version) *wire.Error {
	shape := &wire.ErrorShape{Shape: "NoSuchKey", Code: "NoSuchKey", Status: 404, Members: reflect.TypeFor[markerMembers]()}
	return shape.New("The specified key does not exist.").With("Key", marker.Key).With("DeleteMarker", true).With("VersionId", marker.ID)
}

// markerRefused is the answer to reading a delete marker itself.
func markerRefused(marker *Version) *wire.Error {
	shape := *errMethodNotAllowed
	shape.Members = reflect.TypeFor[markerMembers]()
	return shape.New("The specified method is not allowed against this resource.").
		With("Method", "GET").With("ResourceType", "DeleteMarker").With("DeleteMarker", true).With("VersionId", marker.ID).With("LastModified", marker.Created)
}
