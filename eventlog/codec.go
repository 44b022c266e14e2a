package eventlog

import (
	"encoding/binary"
	"errors"
	"fmt"

	"vauban/store"
)

// MaxEntry bounds an encoded entry in bytes.
const MaxEntry = 4 << 20

// ErrEntry says that an entry cannot be recorded as it is.
var ErrEntry = errors.New("eventlog: bad entry")

// The body of an event is
//
//	format (1 byte) | flags (1 byte) | header length (uvarint) | header | record length (uvarint) | record | authz
//
// The header holds strings, each with its length (uvarint): account, region, name, source, user, access key ID, then type and name of each
// resource. Sequence number, ID and time are the event's own. Record and Authz are as they came.
const (
	bodyFormat   = 1
	flagData     = 1
	flagReadOnly = 2
)

// encode makes the store's event of an entry.
func encode(e *Entry) (store.Event, error) {
	switch {
	case e.ID == "" || len(e.ID) > 128:
		return store.Event{}, fmt.Errorf("%w: its ID has %d characters", ErrEntry, len(e.ID))
	case e.Time.IsZero():
		return store.Event{}, fmt.Errorf("%w: no time", ErrEntry)
	case e.Account == "":
		return store.Event{}, fmt.Errorf("%w: no account", ErrEntry)
	}
	header := headerSize(e)
	size := 2 + 2*binary.MaxVarintLen64 + header + len(e.Record) + len(e.Authz)
	if size > MaxEntry {
		return store.Event{}, fmt.Errorf("%w: %d bytes, at most %d are recorded", ErrEntry, size, MaxEntry)
	}
	b := make([]byte, 0, size)
	var flags byte
	if e.Data {
		flags |= flagData
	}
	if e.ReadOnly {
		flags |= flagReadOnly
	}
	b = append(b, bodyFormat, flags)
	b = binary.AppendUvarint(b, uint64(header))
	for _, s := range [...]string{e.Account, e.Region, e.Name, e.Source, e.User, e.AccessKeyID} {
		b = appendString(b, s)
	}
	for i := range e.Resources {
		b = appendString(b, e.Resources[i].Type)
		b = appendString(b, e.Resources[i].Name)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Record)))
	b = append(b, e.Record...)
	b = append(b, e.Authz...)
	return store.Event{ID: e.ID, Time: e.Time, Body: b}, nil
}

func encodeAll(entries []*Entry) ([]store.Event, error) {
	out := make([]store.Event, len(entries))
	for i, e := range entries {
		var err error
		if out[i], err = encode(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func headerSize(e *Entry) int {
	n := 0
	for _, s := range [...]string{e.Account, e.Region, e.Name, e.Source, e.User, e.AccessKeyID} {
		n += uvarintSize(len(s)) + len(s)
	}
	for i := range e.Resources {
		r := &e.Resources[i]
		n += uvarintSize(len(r.Type)) + len(r.Type) + uvarintSize(len(r.Name)) + len(r.Name)
	}
	return n
}

func uvarintSize(n int) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// ErrDecode says that an event's body is not an entry of a version that this program knows.
var ErrDecode = errors.New("eventlog: not an entry that this program can read")

// decode reads the entry of an event. Record and Authz share the event's body.
func decode(ev *store.Event) (*Entry, error) {
	bad := func() (*Entry, error) { return nil, fmt.Errorf("event %d: %w", ev.Seq, ErrDecode) }
	if len(ev.Body) < 2 || ev.Body[0] != bodyFormat {
		return bad()
	}
	flags := ev.Body[1]
	header, rest, ok := cutBytes(ev.Body[2:])
	if !ok {
		return bad()
	}
	record, authz, ok := cutBytes(rest)
	if !ok {
		return bad()
	}
	e := &Entry{Seq: ev.Seq, ID: ev.ID, Time: ev.Time, Data: flags&flagData != 0, ReadOnly: flags&flagReadOnly != 0}
	if len(record) > 0 {
		e.Record = record
	}
	if len(authz) > 0 {
		e.Authz = authz
	}
	s := string(header) // one copy that all strings share
	for _, dst := range [...]*string{&e.Account, &e.Region, &e.Name, &e.Source, &e.User, &e.AccessKeyID} {
		if *dst, s, ok = cutString(s); !ok {
			return bad()
		}
	}
	for s != "" {
		var r Resource
		if r.Type, s, ok = cutString(s); !ok {
			return bad()
		}
		if r.Name, s, ok = cutString(s); !ok {
			return bad()
		}
		e.Resources = append(e.Resources, r)
	}
	return e, nil
}

func cutBytes(b []byte) (first, rest []byte, ok bool) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)-k) {
		return nil, nil, false
	}
	end := k + int(n)
	return b[k:end:end], b[end:], true
}

// cutString is cutBytes for strings, of which encoding/binary reads no numbers.
func cutString(s string) (first, rest string, ok bool) {
	n, shift := uint64(0), 0
	for i := 0; i < len(s) && shift < 35; i++ {
		n |= uint64(s[i]&0x7f) << shift
		if s[i] < 0x80 {
			s = s[i+1:]
			if n > uint64(len(s)) {
				return "", "", false
			}
			return s[:n], s[n:], true
		}
		shift += 7
	}
	return "", "", false
}
