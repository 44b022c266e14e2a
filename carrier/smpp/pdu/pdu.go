package pdu

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Command is a command_id (section 5.1.2.1).
type Command uint32

// The commands. A response has the highest bit of its request's set.
const (
	GenericNack     Command = 0x80000000
	BindReceiver    Command = 0x00000001
	BindTransmitter Command = 0x00000002
	SubmitSM        Command = 0x00000004
	DeliverSM       Command = 0x00000005
	Unbind          Command = 0x00000006
	BindTransceiver Command = 0x00000009
	EnquireLink     Command = 0x00000015

	response Command = 0x80000000
)

// Response is the command that answers c.
func (c Command) Response() Command { return c | response }

// IsResponse says whether c answers another command.
func (c Command) IsResponse() bool { return c&response != 0 }

// headerSize is the length of what stands before each body.
const headerSize = 16

// MaxSize bounds a unit: a message of 64 KiB in a parameter, and what stands around it.
const MaxSize = 1<<16 + 1<<10

// PDU is one unit. Body is nil for commands without one, for answers that leave it away, as failed ones may, and for commands that are
// not known here.
type PDU struct {
	Command  Command
	Status   Status
	Sequence uint32
	Body     Body
}

// Body is the content of a unit: *[Bind], *[BindResponse], *[Message] or *[MessageResponse].
type Body interface {
	append(w *writer)
	parse(r *reader)
}

// newBody is an empty body for a command, nil for one without.
func newBody(c Command) Body {
	switch c {
	case BindReceiver, BindTransmitter, BindTransceiver:
		return &Bind{}
	case BindReceiver.Response(), BindTransmitter.Response(), BindTransceiver.Response():
		return &BindResponse{}
	case SubmitSM, DeliverSM:
		return &Message{}
	case SubmitSM.Response(), DeliverSM.Response():
		return &MessageResponse{}
	}
	return nil
}

// ErrMalformed says that octets are no unit. The stream can be read on: its length was right.
var ErrMalformed = errors.New("malformed SMPP unit")

// ErrLength says that the length of a unit is not to be believed: the stream cannot be read on.
var ErrLength = errors.New("an SMPP unit cannot have this length")

// Append encodes p.
func Append(out []byte, p *PDU) ([]byte, error) {
	start := len(out)
	out = append(out, make([]byte, headerSize)...)
	w := &writer{out: out}
	if p.Body != nil {
		p.Body.append(w)
	}
	if w.err != nil {
		return nil, w.err
	}
	head := w.out[start:]
	if len(head) > MaxSize {
		return nil, fmt.Errorf("%w: %d octets", ErrLength, len(head))
	}
	binary.BigEndian.PutUint32(head, uint32(len(head)))
	binary.BigEndian.PutUint32(head[4:], uint32(p.Command))
	binary.BigEndian.PutUint32(head[8:], uint32(p.Status))
	binary.BigEndian.PutUint32(head[12:], p.Sequence)
	return w.out, nil
}

// Parse decodes one whole unit. With an error wrapping [ErrMalformed] the header is good and returned, for the answer.
func Parse(b []byte) (*PDU, error) {
	if len(b) < headerSize || uint64(binary.BigEndian.Uint32(b)) != uint64(len(b)) || len(b) > MaxSize {
		return nil, ErrLength
	}
	p := &PDU{
		Command: Command(binary.BigEndian.Uint32(b[4:])), Status: Status(binary.BigEndian.Uint32(b[8:])), Sequence: binary.BigEndian.Uint32(b[12:]),
	}
	body := newBody(p.Command)
	if body == nil || len(b) == headerSize && p.Command.IsResponse() {
		return p, nil
	}
	r := &reader{rest: b[headerSize:]}
	body.parse(r)
	if r.err == nil && len(r.rest) > 0 {
		r.fail("octets after the end")
	}
	if r.err != nil {
		return p, fmt.Errorf("%w: %w", ErrMalformed, r.err)
	}
	p.Body = body
	return p, nil
}

// Read reads one unit from a stream.
func Read(r io.Reader) (*PDU, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size < headerSize || size > MaxSize {
		return nil, fmt.Errorf("%w: %d octets", ErrLength, size)
	}
	b := make([]byte, size)
	copy(b, head[:])
	if _, err := io.ReadFull(r, b[4:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return Parse(b)
}
