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
	Made     string // by a transformer, as JSON; "" when there was none
	Failed   string // why the transformer could not

	Hidden []dataprotection.Span // sensitive parts of the message, in bytes
}

func (e *Event) place() place { return place{e.Time, e.Stream, e.N} }

// size is what AWS counts for an event. API reference: "PutLogEvents".
func (e *Event) size() int { return len(e.Message) + overhead }

const overhead = 26

// held is what a chunk counts for an event.
func (e *Event) held() int { return len(e.Message) + len(e.Made) + len(e.Failed) }

// text is what filters see: what the transformer has made where they want that and there is such a thing, else the message.
func (e *Event) text(made bool) string {
	if made && e.Made != "" {
		return e.Made
	}
	return e.Message
}

// codec packs events. An event is its time, number and time of arrival, each as the difference to the one before, and its message; where a transformer was at
// work also what it made of it, or why it could not; and where any has sensitive parts, a list of them. All together are compressed.
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

// pack writes events of one stream. Numbers and times of arrival are kept relative to base and ingested; guarded says that some have sensitive parts, made that a
// transformer was at work.
func (z *codec) pack(events []Event, base, ingested int64, guarded, made bool) []byte {
	n := 0
	for i := range events {
		n += events[i].held() + 16
	}
	plain := make([]byte, 0, n)
	var last Event
	last.N, last.Ingested = base, ingested
	for i := range events {
		e := &events[i]
		plain = binary.AppendVarint(plain, e.Time-last.Time)
		plain = binary.AppendVarint(plain, e.N-last.N)
		plain = binary.AppendVarint(plain, e.Ingested-last.Ingested)
		plain = appendText(plain, e.Message)
		if guarded {
			plain = appendSpans(plain, e.Hidden)
		}
		if made {
			plain = appendText(appendText(plain, e.Made), e.Failed)
		}
		last = *e
	}
	return z.enc.EncodeAll(plain, make([]byte, 0, len(plain)/4+64))
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// maxResult bounds the rows of a query, as JSON.
const maxResult = 2 * queryMemory

// expand uncompresses the result of a query.
func (z *codec) expand(packed []byte) ([]byte, error) { return z.rows.DecodeAll(packed, nil) }

var errChunk = errors.New("logs: a chunk of events is damaged")

// unpack calls fn with the events that pack has written, until it declines one. The event is good until the next; its texts stay good.
func (z *codec) unpack(packed []byte, stream, base, ingested int64, guarded, made bool, fn func(*Event) bool) error {
	plain, err := z.dec.DecodeAll(packed, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errChunk, err)
	}
	r := &packedReader{plain: plain, all: string(plain)}
	e := Event{Stream: stream, N: base, Ingested: ingested}
	for r.at < len(plain) {
		e.Time += r.number()
		e.N += r.number()
		e.Ingested += r.number()
		e.Message = r.text()
		if guarded && !r.bad {
			e.Hidden = r.spans(len(e.Message))
		}
		if made {
			e.Made, e.Failed = r.text(), r.text()
		}
		if r.bad {
			return errChunk
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

// packedReader reads what pack has written. Texts are parts of all.
type packedReader struct {
	plain []byte
	all   string
	at    int
	bad   bool
}

func (r *packedReader) number() int64 {
	v, n := binary.Varint(r.plain[r.at:])
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.at += n
	return v
}

func (r *packedReader) spans(length int) []dataprotection.Span {
	out, n := readSpans(r.plain[r.at:], length)
	if n < 0 {
		r.bad = true
		return nil
	}
	r.at += n
	return out
}

func (r *packedReader) text() string {
	length, n := binary.Uvarint(r.plain[r.at:])
	if r.bad || n <= 0 || length > uint64(len(r.plain)-r.at-n) {
		r.bad = true
		return ""
	}
	r.at += n + int(length)
	return r.all[r.at-int(length) : r.at]
}
