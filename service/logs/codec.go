package logs

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"vauban/engine/dataprotection"
)

// Event is a log event.
type Event struct {
	Time     int64 // milliseconds, as the client says
	Ingested int64 // milliseconds
	Stream   int64
	N        int64 // in the stream
	Message  string

	Hidden []dataprotection.Span // sensitive parts of the message, in bytes
}

func (e *Event) place() place { return place{e.Time, e.Stream, e.N} }

// size is what AWS counts for an event. API reference: "PutLogEvents".
func (e *Event) size() int { return len(e.Message) + overhead }

const overhead = 26

// codec packs events. An event is its time, number and time of arrival, each as the difference to the one before, and its message; all together are compressed.
// Where any has sensitive parts, each has a list of them behind its message.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder

	rows *zstd.Decoder // of results, which may be larger
}

// maxUnpacked bounds the bytes of one chunk: those of a PutLogEvents, with the numbers of 10,000 events.
const maxUnpacked = 4 << 20

func newCodec() *codec {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2), zstd.WithEncoderCRC(false), zstd.WithWindowSize(256<<10))
	if err != nil {
		panic(err) // constant options
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxUnpacked))
	if err != nil {
		panic(err)
	}
	rows, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxResult))
	if err != nil {
		panic(err)
	}
	return &codec{enc, dec, rows}
}

// pack writes events of one stream. Numbers and times of arrival are kept relative to base and ingested; guarded says that some have sensitive parts.
func (z *codec) pack(events []Event, base, ingested int64, guarded bool) []byte {
	n := 0
	for i := range events {
		n += len(events[i].Message) + 12
	}
	plain := make([]byte, 0, n)
	var last Event
	last.N, last.Ingested = base, ingested
	for i := range events {
		e := &events[i]
		plain = binary.AppendVarint(plain, e.Time-last.Time)
		plain = binary.AppendVarint(plain, e.N-last.N)
		plain = binary.AppendVarint(plain, e.Ingested-last.Ingested)
		plain = binary.AppendUvarint(plain, uint64(len(e.Message)))
		plain = append(plain, e.Message...)
		if guarded {
			plain = appendSpans(plain, e.Hidden)
		}
		last = *e
	}
	return z.enc.EncodeAll(plain, make([]byte, 0, len(plain)/4+64))
}

// maxResult bounds the rows of a query, as JSON.
const maxResult = 2 * queryMemory

// expand uncompresses the result of a query.
func (z *codec) expand(packed []byte) ([]byte, error) { return z.rows.DecodeAll(packed, nil) }

var errChunk = errors.New("logs: a chunk of events is damaged")

// unpack calls fn with the events that pack has written, until it declines one. The event is good until the next; its message stays good.
func (z *codec) unpack(packed []byte, stream, base, ingested int64, guarded bool, fn func(*Event) bool) error {
	plain, err := z.dec.DecodeAll(packed, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errChunk, err)
	}
	text := string(plain) // messages are parts of it
	at := 0
	number := func() (v int64) {
		v, n := binary.Varint(plain[at:])
		if n <= 0 {
			err = errChunk
			return 0
		}
		at += n
		return v
	}
	e := Event{Stream: stream, N: base, Ingested: ingested}
	for at < len(plain) {
		e.Time += number()
		e.N += number()
		e.Ingested += number()
		length, n := binary.Uvarint(plain[at:])
		if err != nil || n <= 0 || length > uint64(len(plain)-at-n) {
			return errChunk
		}
		at += n
		e.Message = text[at : at+int(length)]
		at += int(length)
		if guarded {
			if e.Hidden, n = readSpans(plain[at:], len(e.Message)); n < 0 {
				return errChunk
			}
			at += n
		}
		if !fn(&e) {
			return nil
		}
	}
	return nil
}

// appendSpans writes spans: how many, and each as what lies before it and its length.
func appendSpans(b []byte, spans []dataprotection.Span) []byte {
	b = binary.AppendUvarint(b, uint64(len(spans)))
	last := 0
	for _, s := range spans {
		b = binary.AppendUvarint(b, uint64(s.Start-last))
		b = binary.AppendUvarint(b, uint64(s.End-s.Start))
		last = s.End
	}
	return b
}

// readSpans reads the spans of a message of that length, and says how many bytes they take; fewer than none when they are damaged.
func readSpans(b []byte, length int) ([]dataprotection.Span, int) {
	at, bad := 0, false
	number := func() int {
		v, n := binary.Uvarint(b[at:])
		if n <= 0 || v > uint64(length) {
			bad = true
			return 0
		}
		at += n
		return int(v)
	}
	var spans []dataprotection.Span
	last := 0
	for range number() {
		start := last + number()
		last = start + number()
		if bad || last > length {
			return nil, -1
		}
		spans = append(spans, dataprotection.Span{Start: start, End: last})
	}
	if bad {
		return nil, -1
	}
	return spans, at
}
