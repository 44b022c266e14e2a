package s3

import (
	"strings"
	"time"

	"reflect"
	"vauban/api/wire"
	"vauban/store"
)

// precondition is what must hold of the current version for a write to happen. Amazon S3 User Guide: "How to prevent object overwrites with conditional writes".
type precondition struct {
	absent bool   // If-None-Match: *
	etag   string // If-Match, "" for none
}

func writeConditions(match, noneMatch *string) (p precondition, err error) {
	if noneMatch != nil {
		if *noneMatch != "*" || match != nil {
			return p, unimplemented("If-None-Match")
		}
		p.absent = true
	}
	p.etag = wire.Text(match)
	return p, nil
}

func (p precondition) check(tx store.Tx, b *Bucket, key string) error {
	if p == (precondition{}) {
		return nil
	}
	current, err := versionOf(tx, b, key, nil)
	switch {
	case err != nil:
		return err
	case p.absent && current != nil:
		return preconditionFailed("If-None-Match")
	case p.etag == "":
		return nil
	case current == nil:
		return noSuchKey(key)
	case !matches(p.etag, current.ETag):
		return preconditionFailed("If-Match")
	}
	return nil
}

func preconditionFailed(condition string) *wire.Error {
	return errPrecondition.New("At least one of the pre-conditions you specified did not hold").With("Condition", condition)
}

// matches reports whether one of the entity tags in a header is the version's. Clients leave the quotes out at times.
func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.Trim(strings.TrimSpace(tag), `"`)
		if tag == "*" || tag == etag {
			return true
		}
	}
	return false
}

// readConditions are those of a read. RFC 9110, section 13.2.2: tags count before times.
type readConditions struct {
	match, noneMatch *string
	modified         *time.Time // If-Modified-Since
	unmodified       *time.Time // If-Unmodified-Since
}

func readConditionsIn(in any, prefix string) readConditions {
	return readConditions{member(in, prefix+"IfMatch"), member(in, prefix+"IfNoneMatch"), moment(in, prefix+"IfModifiedSince"), moment(in, prefix+"IfUnmodifiedSince")}
}

// failed names the condition that does not hold, and whether the answer is "not modified". It is "" when all hold.
func (r readConditions) failed(v *Version) (condition string, unchanged bool) {
	switch {
	case r.match != nil:
		if !matches(*r.match, v.ETag) {
			return "If-Match", false
		}
	case r.unmodified != nil && v.Created.After(*r.unmodified):
		return "If-Unmodified-Since", false
	}
	switch {
	case r.noneMatch != nil:
		if matches(*r.noneMatch, v.ETag) {
			return "If-None-Match", true
		}
	case r.modified != nil && !v.Created.After(*r.modified):
		return "If-Modified-Since", true
	}
	return "", false
}

func (r readConditions) check(v *Version) error {
	switch condition, unchanged := r.failed(v); {
	case condition == "":
		return nil
	case unchanged:
		return notModified(v)
	default:
		return preconditionFailed(condition)
	}
}

// unchangedMembers are the headers of an answer that says so.
type unchangedMembers struct {
	ETag         *string    `api:",header=ETag"`
	LastModified *time.Time `api:",header=Last-Modified"`
}

func notModified(v *Version) *wire.Error {
	shape := *errNotModified
	shape.Members = reflect.TypeFor[unchangedMembers]()
	return shape.New("Not Modified").With("ETag", *quoted(v.ETag)).With("LastModified", v.Created)
}
