package s3

import (
	"time"

	"vauban/store"
)

// Version is a version of an object, or a delete marker.
type Version struct {
	Bucket  string    `json:"bucket"` // its ID
	Key     string    `json:"key"`
	ID      string    `json:"id"`  // nullID of what was stored without versioning
	Seq     uint64    `json:"seq"` // order of the versions of a key
	Created time.Time `json:"created"`
	Ceased  time.Time `json:"ceased,omitzero"`  // when it became an older version
	Marker  bool      `json:"marker,omitempty"` // a delete marker, which has nothing of what follows

	Size    int64             `json:"size"`
	ETag    string            `json:"etag,omitempty"` // without quotes
	Class   string            `json:"class,omitempty"`
	Content content           `json:"content,omitzero"`
	Sums    checksums         `json:"sums,omitzero"`
	Head    headers           `json:"head,omitzero"`
	Meta    map[string]string `json:"meta,omitempty"`
	Tags    []tag             `json:"tags,omitempty"`
	Lock    lock              `json:"lock,omitzero"`
	Replica replicaState      `json:"replica,omitzero"`
}

// headers are those that an object was stored with and is answered with.
type headers struct {
	Type        string    `json:"type,omitempty"`
	Encoding    string    `json:"encoding,omitempty"`
	Disposition string    `json:"disposition,omitempty"`
	Language    string    `json:"language,omitempty"`
	Cache       string    `json:"cache,omitempty"`
	Expires     time.Time `json:"expires,omitzero"`
	Redirect    string    `json:"redirect,omitempty"`
}

// content says where the bytes are and how they are sealed.
type content struct {
	ID    string  `json:"id,omitempty"`    // of the bytes, and of all that belongs to them
	Small bool    `json:"small,omitempty"` // in a document of the table smalls, else one blob or several
	Parts int     `json:"parts,omitempty"` // of a multipart upload, listed in the table manifests; 0 for one blob
	Seal  sealing `json:"seal,omitzero"`
}

// lock is an object's retention and legal hold.
type lock struct {
	Mode  string    `json:"mode,omitempty"`
	Until time.Time `json:"until,omitzero"`
	Hold  bool      `json:"hold,omitempty"`
	Held  bool      `json:"held,omitempty"` // a legal hold has been set, or taken off
}

const nullID = "null"

// currents are the current versions, those that a listing shows. A key whose newest version is a delete marker has none.
var currents = &store.Table[Version]{
	Name:   "s3.current",
	Key:    func(v *Version) store.Key { return store.K(v.Bucket, v.Key) },
	Unique: map[string]func(*Version) store.Key{"content": byContent},
}

// versions are all others, the newest of a key first.
var versions = &store.Table[Version]{
	Name: "s3.version",
	Key:  func(v *Version) store.Key { return olderKey(v.Bucket, v.Key, v.Seq) },
	Unique: map[string]func(*Version) store.Key{
		"content": byContent,
		"null": func(v *Version) store.Key {
			if v.ID != nullID {
				return nil
			}
			return store.K(v.Bucket, v.Key)
		},
	},
}

func olderKey(bucket, key string, seq uint64) store.Key { return store.K(bucket, key, ^seq) }

// byContent finds the version that blobs belong to.
func byContent(v *Version) store.Key {
	if v.Content.ID == "" || v.Content.Small {
		return nil
	}
	return store.K(v.Content.ID)
}

// small is the bytes of a small object, sealed.
type small struct {
	ID     string `json:"id"` // of the content
	Sealed []byte `json:"sealed"`
}

var smalls = &store.Table[small]{
	Name: "s3.small",
	Key:  func(s *small) store.Key { return store.K(s.ID) },
}
