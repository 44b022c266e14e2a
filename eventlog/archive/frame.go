package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"vauban/store"
)

// ErrCorrupt says that a row of the archive is not what was written.
var ErrCorrupt = errors.New("archive: damaged row")

const (
	frameEvents = 32
	frameBytes  = 128 << 10 // a frame is closed when it has reached so many, before compression
	frameFormat = 1
	// maxFrame bounds a decompressed frame: one that is nearly full and gets the largest event.
	maxFrame = frameBytes + 2*store.MaxBody
)

// frames packs and unpacks events. Its codecs are shared by all goroutines.
type frames struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
	buf sync.Pool // *[]byte, for decompressed frames
}

func newFrames() (*frames, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2), zstd.WithEncoderCRC(true), zstd.WithWindowSize(256<<10))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxFrame))
	if err != nil {
		return nil, fmt.Errorf("set up decompression: %w", err)
	}
	return &frames{enc: enc, dec: dec}, nil
}

func (f *frames) close() {
	f.dec.Close()
	_ = f.enc.Close()
}

// appendEvent adds an event to a frame that starts at first.
func appendEvent(b []byte, first int64, e *store.Event) []byte {
	b = binary.AppendUvarint(b, uint64(e.Seq-first))
	b = binary.AppendVarint(b, e.Time.UnixMicro())
	b = binary.AppendUvarint(b, uint64(len(e.ID)))
	b = append(b, e.ID...)
	b = binary.AppendUvarint(b, uint64(len(e.Body)))
	return append(b, e.Body...)
}

// pack makes the frame rows of consecutive events.
func (f *frames) pack(events []store.Event) []Row {
	rows := make([]Row, 0, len(events)/frameEvents+1)
	var raw []byte
	for i := 0; i < len(events); {
		first := events[i].Seq
		raw = append(raw[:0], frameFormat)
		for n := 0; i < len(events) && n < frameEvents && len(raw) < frameBytes; n++ {
			raw = appendEvent(raw, first, &events[i])
			i++
		}
		rows = append(rows, Row{Key{0, first}, f.enc.EncodeAll(raw, make([]byte, 0, len(raw)/4))})
	}
	return rows
}

// unpack visits the events of a frame in order until fn returns false. IDs and bodies are copies only when fn makes them: view is valid
// during the call.
func (f *frames) unpack(row Row, fn func(view) bool) error {
	p, _ := f.buf.Get().(*[]byte)
	if p == nil {
		p = new([]byte)
	}
	defer f.buf.Put(p)
	raw, err := f.dec.DecodeAll(row.Value, (*p)[:0])
	if err != nil {
		return fmt.Errorf("%w: frame %d: %w", ErrCorrupt, row.B, err)
	}
	if cap(raw) <= 4*frameBytes {
		*p = raw
	}
	if err := eachEvent(raw, row.B, fn); err != nil {
		return fmt.Errorf("frame %d: %w", row.B, err)
	}
	return nil
}

// view is an event inside a decompressed frame.
type view struct {
	seq  int64
	time time.Time
	id   []byte
	body []byte
}

// event copies it out.
func (v view) event() store.Event {
	return store.Event{Seq: v.seq, ID: string(v.id), Time: v.time, Body: append([]byte(nil), v.body...)}
}

func eachEvent(raw []byte, first int64, fn func(view) bool) error {
	if len(raw) == 0 || raw[0] != frameFormat {
		return fmt.Errorf("%w: unknown format; written by a newer version of this program?", ErrCorrupt)
	}
	d := decoder{b: raw[1:]}
	for len(d.b) > 0 {
		v := view{seq: first + int64(d.uvarint()), time: time.UnixMicro(d.varint()).UTC(), id: d.bytes(), body: d.bytes()}
		if d.bad {
			return ErrCorrupt
		}
		if !fn(v) {
			return nil
		}
	}
	return nil
}

// decoder takes numbers and bytes off a slice. After anything that does not fit, bad is set and all it gives is zero.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) uint32() uint32 {
	if len(d.b) < 4 {
		d.fail()
		return 0
	}
	v := binary.BigEndian.Uint32(d.b)
	d.b = d.b[4:]
	return v
}

func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.fail()
		return nil
	}
	out := d.b[:n:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) fail() { d.b, d.bad = nil, true }
