package s3

import (
	"errors"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// versionWalk is a listing of all versions: of the keys in order, and of each key the newest first. The current versions and the older ones are
// in two tables, which it reads side by side.
type versionWalk struct {
	walk
	current, older cursor
}

// cursor reads one table a batch at a time.
type cursor struct {
	tx    store.Tx
	table *store.Table[summary]
	w     *walk
	after store.Key
	batch []entry
	ended bool
}

type entry struct {
	key string
	v   *summary
	at  store.Key
}

const versionBatch = 200

// peek is the next entry, nil at the end.
func (c *cursor) peek() (*entry, error) {
	if len(c.batch) == 0 && !c.ended {
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
	if len(c.batch) == 0 {
		return nil, nil
	}
	return &c.batch[0], nil
}

func (c *cursor) take() {
	c.after = c.batch[0].at
	c.batch = c.batch[1:]
}

// skip goes on behind a place.
func (c *cursor) skip(place store.Key) {
	for len(c.batch) > 0 && c.batch[0].at.Compare(place) <= 0 {
		c.batch = c.batch[1:]
	}
	if len(c.batch) == 0 {
		c.after = place
	}
}

func (c *cursor) fill() error {
	n, last := 0, c.after
	var failed error
	err := c.table.Skim(c.tx, below(c.w.bucket, c.w.prefix), c.after, separator(c.w.delimiter), func(k store.Key, load func() (*summary, error)) bool {
		if n == versionBatch {
			return false
		}
		n++
		e := entry{at: k}
		var bucket string
		if e.key, failed = keyIn(k, &bucket); failed == nil {
			e.v, failed = load()
		}
		c.batch = append(c.batch, e)
		last = k
		return failed == nil
	})
	c.after, c.ended = last, n < versionBatch
	if err == nil {
		err = failed
	}
	return err
}

// keyIn is the object's key in a key of either table.
func keyIn(k store.Key, bucket *string) (key string, err error) {
	if err = k.Parts(bucket, &key); err != nil {
		var seq uint64
		if err = k.Parts(bucket, &key, &seq); err != nil {
			err = errors.Join(errForeignKey, err)
		}
	}
	return key, err
}

// run calls visit for each group and version until it declines. For a group v is nil.
func (w *versionWalk) run(visit func(name string, v *summary, latest bool) bool) (more bool, err error) {
	newest := "" // key whose newest version has been seen
	seen := false
	for {
		a, err := w.current.peek()
		if err != nil {
			return false, err
		}
		b, err := w.older.peek()
		if err != nil {
			return false, err
		}
		from, e := &w.current, a
		if a == nil || b != nil && b.key < a.key {
			from, e = &w.older, b
		}
		if e == nil {
			return false, nil
		}
		if group := w.commonPrefix(e.key); group != "" {
			if !visit(group, nil, false) {
				return true, nil
			}
			place := behind(w.bucket, group)
			w.current.skip(place)
			w.older.skip(place)
			continue
		}
		latest := !seen || newest != e.key
		newest, seen = e.key, true
		if !visit(e.key, e.v, latest) {
			return true, nil
		}
		from.take()
	}
}

func (s *Service) listObjectVersions(c *service.Call, in *api.ListObjectVersionsInput) (*api.ListObjectVersionsOutput, error) {
	b := foundIn(c).bucket
	most, err := pageSize("max-keys", in.MaxKeys)
	if err != nil {
		return nil, err
	}
	encode, err := encoding(in.EncodingType)
	if err != nil {
		return nil, err
	}
	w := &versionWalk{walk: walk{bucket: b.ID, prefix: wire.Text(in.Prefix), delimiter: wire.Text(in.Delimiter), after: wire.Text(in.KeyMarker)}}
	skipLatest, err := w.begin(c.Tx, b, in)
	if err != nil {
		return nil, err
	}
	out := &api.ListObjectVersionsOutput{
		Name: &b.Name, Prefix: encode(w.prefix), KeyMarker: encode(w.after), VersionIdMarker: new(wire.Text(in.VersionIdMarker)), MaxKeys: new(int64(most)),
		Delimiter: encoded(encode, wire.Optional(w.delimiter)), EncodingType: in.EncodingType, IsTruncated: new(false),
	}
	if most == 0 {
		return out, nil
	}
	n := 0
	more, err := w.run(func(name string, v *summary, latest bool) bool {
		if n == most {
			return false
		}
		n++
		out.NextKeyMarker, out.NextVersionIdMarker = encode(name), nil
		if v == nil {
			out.CommonPrefixes = append(out.CommonPrefixes, api.CommonPrefix{Prefix: encode(name)})
			return true
		}
		out.NextVersionIdMarker = &v.ID
		s.showVersion(out, b, encode(name), v, latest && name != skipLatest)
		return true
	})
	if err != nil {
		return nil, err
	}
	if out.IsTruncated = &more; !more {
		out.NextKeyMarker, out.NextVersionIdMarker = nil, nil
	}
	return out, nil
}

func (s *Service) showVersion(out *api.ListObjectVersionsOutput, b *Bucket, key *string, v *summary, latest bool) {
	if v.Marker {
		out.DeleteMarkers = append(out.DeleteMarkers, api.DeleteMarkerEntry{Key: key, VersionId: &v.ID, IsLatest: &latest, LastModified: &v.Created, Owner: s.owner(b.Account)})
		return
	}
	o := api.ObjectVersion{
		Key: key, VersionId: &v.ID, IsLatest: &latest, LastModified: &v.Created, ETag: quoted(v.ETag), Size: &v.Size, StorageClass: v.class(), Owner: s.owner(b.Account),
	}
	if v.Sums.Algorithm != "" {
		o.ChecksumAlgorithm, o.ChecksumType = []string{v.Sums.Algorithm}, &v.Sums.Type
	}
	out.Versions = append(out.Versions, o)
}

// begin places both cursors behind the markers. It answers the key that the listing is in the middle of, whose newest version it has shown.
func (w *versionWalk) begin(tx store.Tx, b *Bucket, in *api.ListObjectVersionsInput) (inside string, err error) {
	w.current = cursor{tx: tx, table: currentSummaries, w: &w.walk}
	w.older = cursor{tx: tx, table: olderSummaries, w: &w.walk}
	id := wire.Text(in.VersionIdMarker)
	switch {
	case id != "" && w.after == "":
		return "", invalid("version-id-marker", id, "A version-id marker cannot be specified without a key marker.")
	case w.after == "":
		return "", nil
	case len(w.prefix) > maxKey || len(w.after) > maxKey:
		w.current.ended, w.older.ended = true, true
		return "", nil
	case strings.HasPrefix(w.after, w.prefix) && w.commonPrefix(w.after) == w.after:
		w.current.after = behind(w.bucket, w.after)
		w.older.after = w.current.after
		return "", nil
	case id == "":
		w.current.after, w.older.after = behindKey(w.bucket, w.after), behindKey(w.bucket, w.after)
		return "", nil
	}
	v, err := findVersion(tx, b, w.after, &id)
	if err == nil {
		w.current.after, w.older.after = store.K(w.bucket, w.after), olderKey(w.bucket, w.after, v.Seq)
		return w.after, nil
	}
	if !store.IsAbsent(err) {
		return "", err
	}
	if seq, ok := placeOf(id); ok { // deleted since
		w.current.after, w.older.after = store.K(w.bucket, w.after), olderKey(w.bucket, w.after, seq)
		return w.after, nil
	}
	return "", invalid("version-id-marker", id, "Invalid version id specified")
}
