package s3

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	api "vauban/api/s3"
	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// logLine is a line that waits to be delivered. It is found twice when two accounts have the event of a call, and stored once.
type logLine struct {
	Bucket string    `json:"bucket"` // its ID: another bucket may get its name
	Name   string    `json:"name"`
	Time   time.Time `json:"time"`
	Call   string    `json:"call"` // request ID
	Text   string    `json:"text"`
}

var logLines = &store.Table[logLine]{
	Name: "s3.log-line",
	Key:  func(l *logLine) store.Key { return store.K(l.Bucket, l.Time, l.Call) },
}

const (
	logEvery    = 5 * time.Minute
	linesAtOnce = 5000               // in one log object
	linesKept   = 7 * 24 * time.Hour // while the target does not take them
	logService  = "logging.s3.amazonaws.com"
)

// Consumers implements [service.Consuming].
func (s *Service) Consumers() []service.Consumer {
	return []service.Consumer{{Name: "s3.access-log", Handle: s.noteCalls}}
}

// noteCalls makes lines of the events of calls on buckets that are logged. The deliveries themselves are left out: they would never end.
func (s *Service) noteCalls(tx store.Tx, batch []*eventlog.Entry) error {
	logged := map[string]*Bucket{} // nil: not logged
	for _, e := range batch {
		name := s.bucketIn(e)
		if name == "" || e.User == logService {
			continue
		}
		b, known := logged[name]
		if !known {
			var err error
			if b, err = loggedBucket(tx, name); err != nil {
				return err
			}
			logged[name] = b
		}
		if b == nil || e.Time.Before(b.Created) { // of a former bucket of that name
			continue
		}
		if err := noteCall(tx, b, e); err != nil {
			return err
		}
	}
	return nil
}

func noteCall(tx store.Tx, b *Bucket, e *eventlog.Entry) error {
	text, err := accessLine(b, e.Time, e.Record)
	if err != nil || text == "" {
		return err
	}
	call := e.ID
	if i := bytes.Index(e.Record, []byte(`"requestID":"`)); i >= 0 {
		call, _, _ = strings.Cut(string(e.Record[i+len(`"requestID":"`):]), `"`)
	}
	return logLines.Put(tx, &logLine{Bucket: b.ID, Name: b.Name, Time: e.Time, Call: call, Text: text})
}

// bucketIn is the bucket that an event of S3 is about, "" of others.
func (s *Service) bucketIn(e *eventlog.Entry) string {
	if e.Source != api.API.EventSource {
		return ""
	}
	for _, r := range e.Resources {
		if r.Type == bucketType {
			return strings.TrimPrefix(r.Name, s.bucketARN(""))
		}
	}
	return ""
}

// loggedBucket is the bucket if its calls are logged, else nil.
func loggedBucket(tx store.Tx, name string) (*Bucket, error) {
	b, err := buckets.Get(tx, store.K(name))
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l, err := loggingKind.in(tx, b)
	if l == nil {
		return nil, err
	}
	return b, err
}

// deliverLogs writes what waits into log objects, one after the other: a crash in between delivers lines again, and loses none.
func (s *Service) deliverLogs(w *service.Work) error {
	var after store.Key
	var failed error
	for {
		batch, err := s.waiting(w, after)
		if err != nil || len(batch.lines) == 0 {
			return firstOf(err, failed)
		}
		after = logLines.Key(batch.lines[len(batch.lines)-1])
		sent, err := s.deliver(w, batch)
		if err != nil {
			failed = firstOf(failed, err)
			sent = expired(batch.lines, w.Time)
		}
		if err := s.delivered(w, sent); err != nil {
			return err
		}
	}
}

func firstOf(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// logBatch are lines for one log object.
type logBatch struct {
	lines   []*logLine
	bucket  *Bucket // nil when it is gone
	logging *accessLogging
}

// waiting is the next batch: lines of one bucket and, where the keys say when the calls were, of one day.
func (s *Service) waiting(w *service.Work, after store.Key) (b logBatch, err error) {
	err = s.Store.Read(w, func(tx store.Tx) error {
		b = logBatch{}
		page, err := logLines.List(tx, nil, after, linesAtOnce)
		if err != nil || len(page.Items) == 0 {
			return err
		}
		first := page.Items[0]
		if b.bucket, err = buckets.Get(tx, store.K(first.Name)); err != nil && !store.IsAbsent(err) {
			return err
		}
		if b.bucket != nil && b.bucket.ID != first.Bucket {
			b.bucket = nil // the name is another's by now
		}
		if b.bucket != nil {
			if b.logging, err = loggingKind.in(tx, b.bucket); err != nil {
				return err
			}
		}
		for _, l := range page.Items {
			if l.Bucket != first.Bucket || b.logging != nil && b.logging.Form == byEventTime && !day(l.Time).Equal(day(first.Time)) {
				break
			}
			b.lines = append(b.lines, l)
		}
		return nil
	})
	return b, err
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// expired are lines that have waited too long.
func expired(lines []*logLine, now time.Time) []*logLine {
	n := 0
	for n < len(lines) && now.Sub(lines[n].Time) > linesKept {
		n++
	}
	return lines[:n]
}

// deliver puts one log object into the target as the logging service, which the target's policy must let in. It answers the lines that are done with.
func (s *Service) deliver(w *service.Work, b logBatch) ([]*logLine, error) {
	if b.logging == nil {
		return b.lines, nil // logging has ended
	}
	var text strings.Builder
	for _, l := range b.lines {
		text.WriteString(l.Text)
		text.WriteByte('\n')
	}
	key, err := s.logKey(w.Time, &b)
	if err != nil {
		return nil, err
	}
	in := &api.PutObjectInput{
		Bucket: &b.logging.Target, Key: &key, ContentType: new("text/plain"), ContentLength: new(int64(text.Len())),
		Body: io.NopCloser(strings.NewReader(text.String())),
	}
	as := service.AsService(logService, s.bucketARN(b.bucket.Name), b.bucket.Account)
	if _, err := w.Door.Call(w.Call(b.bucket.Account, b.bucket.Region), as, "s3", "PutObject", in); err != nil {
		return nil, fmt.Errorf("deliver the access log of bucket %s to %s: %w", b.bucket.Name, b.logging.Target, err)
	}
	return b.lines, nil
}

// logKey is the key of a log object. Amazon S3 User Guide: "Logging requests with server access logging", log object key format.
func (s *Service) logKey(now time.Time, b *logBatch) (string, error) {
	var unique [8]byte
	if _, err := io.ReadFull(s.Rand, unique[:]); err != nil {
		return "", fmt.Errorf("no randomness: %w", err)
	}
	const stamp = "2006-01-02-15-04-05"
	end := "-" + strings.ToUpper(hex.EncodeToString(unique[:]))
	now = now.UTC()
	if b.logging.Form == simplePrefix {
		return b.logging.Prefix + now.Format(stamp) + end, nil
	}
	if b.logging.Form == byEventTime {
		now = day(b.lines[0].Time)
	}
	return b.logging.Prefix + b.bucket.Account + "/" + b.bucket.Region + "/" + b.bucket.Name + "/" + now.Format("2006/01/02/") + now.Format(stamp) + end, nil
}

func (s *Service) delivered(w *service.Work, lines []*logLine) error {
	if len(lines) == 0 {
		return nil
	}
	return s.Store.Write(w, func(tx store.Tx) error {
		if err := w.Check(tx); err != nil {
			return err
		}
		for _, l := range lines {
			if err := logLines.Delete(tx, logLines.Key(l)); err != nil && !store.IsAbsent(err) {
				return err
			}
		}
		return nil
	})
}
