package wire

import (
	"encoding/binary"
	"hash/crc32"
)

// EventStream is the media type of answers that are a stream of events. Smithy: "Amazon Event Stream Specification".
const EventStream = "application/vnd.amazon.eventstream"

// AppendEvent appends an event of a stream: its payload is JSON. Streams of the JSON protocols begin with [InitialResponse].
func AppendEvent(dst []byte, event string, payload []byte) []byte {
	return appendFrame(dst, payload, ":message-type", "event", ":event-type", event, ":content-type", "application/json")
}

// AppendException appends a modelled error, which ends a stream.
func AppendException(dst []byte, name string, payload []byte) []byte {
	return appendFrame(dst, payload, ":message-type", "exception", ":exception-type", name, ":content-type", "application/json")
}

// InitialResponse is the event that carries the members of an output beside its stream.
const InitialResponse = "initial-response"

// typeString marks a header's value as a text.
const typeString = 7

// appendFrame writes a message: its length, that of its headers, a checksum of both, headers, payload, and a checksum of all.
func appendFrame(dst, payload []byte, headers ...string) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, 12)...)
	for i := 0; i < len(headers); i += 2 {
		dst = append(dst, byte(len(headers[i])))
		dst = append(dst, headers[i]...)
		dst = append(dst, typeString)
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(headers[i+1])))
		dst = append(dst, headers[i+1]...)
	}
	frame := dst[start:]
	binary.BigEndian.PutUint32(frame, uint32(len(frame)+len(payload)+4))
	binary.BigEndian.PutUint32(frame[4:], uint32(len(frame)-12))
	binary.BigEndian.PutUint32(frame[8:], crc32.ChecksumIEEE(frame[:8]))
	dst = append(dst, payload...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}
