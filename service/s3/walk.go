package s3

import (
	"errors"
	"strings"
	"time"

	"vauban/store"
)

// summary is what listings read of a version.
type summary struct {
	ID      string    `json:"id"`
	Seq     uint64    `json:"seq"`
	Created time.Time `json:"created"`
	Marker  bool      `json:"marker,omitempty"`
	Size    int64     `json:"size"`
	ETag    string    `json:"etag,omitempty"`
	Class   string    `json:"class,omitempty"`
	Sums    checksums `json:"sums,omitzero"`
}

// The tables of versions, read as summaries.
var (
	currentSummaries = &store.Table[summary]{Name: currents.Name}
	olderSummaries   = &store.Table[summary]{Name: versions.Name}
)

// walk is a listing of the current versions in the order of their keys as UTF-8 bytes.
type walk struct {
	bucket    string // ID
	prefix    string
	delimiter string
	after     string // strictly behind this key, or behind all keys below this common prefix
}

// below is the part of the store's keys that belongs to the keys of a bucket with the prefix.
func below(bucket, prefix string) store.Key {
	k := store.K(bucket, prefix)
	return k[:len(k)-1] // without the end of the text
}

// separator is the delimiter as it stands inside the store's keys. Delimiters with the bytes that are escaped there are searched for here, see grouped.
func separator(delimiter string) []byte {
	if delimiter == "" || strings.ContainsAny(delimiter, "\x00\x01\x02") {
		return nil
	}
	return []byte(delimiter)
}

// commonPrefix is the group of a key, "" when it is in none.
func (w *walk) commonPrefix(key string) string {
	if w.delimiter == "" {
		return ""
	}
	i := strings.Index(key[len(w.prefix):], w.delimiter)
	if i < 0 {
		return ""
	}
	return key[:len(w.prefix)+i+len(w.delimiter)]
}

// start is the key of the store that the walk goes on behind.
func (w *walk) start() store.Key {
	if w.after == "" {
		return nil
	}
	if strings.HasPrefix(w.after, w.prefix) && w.commonPrefix(w.after) == w.after {
		return behind(w.bucket, w.after)
	}
	return store.K(w.bucket, w.after)
}

// behind is a place behind all keys with the prefix: no UTF-8 has this byte.
func behind(bucket, prefix string) store.Key { return append(below(bucket, prefix), 0xff) }

var errForeignKey = errors.New("s3: a key of another form in the table of current versions")

// run calls visit for each key or group until it declines, and reports whether it did: there is more. For a group v is nil.
func (w *walk) run(tx store.Tx, visit func(name string, v *summary) (bool, error)) (more bool, err error) {
	if len(w.prefix) > maxKey || len(w.after) > maxKey {
		return false, nil
	}
	last := ""
	var failed error
	err = currentSummaries.Skim(tx, below(w.bucket, w.prefix), w.start(), separator(w.delimiter), func(k store.Key, load func() (*summary, error)) bool {
		var bucket, key string
		if failed = k.Parts(&bucket, &key); failed != nil {
			failed = errors.Join(errForeignKey, failed)
			return false
		}
		group := w.commonPrefix(key)
		if group != "" && group == last {
			return true
		}
		name, v := key, (*summary)(nil)
		if last = group; group != "" {
			name = group
		} else if v, failed = load(); failed != nil {
			return false
		}
		var took bool
		if took, failed = visit(name, v); failed != nil {
			return false
		}
		more = !took
		return took
	})
	if err == nil {
		err = failed
	}
	return more, err
}
