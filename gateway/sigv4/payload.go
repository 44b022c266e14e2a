package sigv4

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Payload is how the payload takes part in the signature: what x-amz-content-sha256 says.
type Payload uint8

// The forms of payload. Outside S3 it is always Hashed, with the hash of the body as received.
const (
	Hashed Payload = iota
	Unsigned
	Chunked                // STREAMING-AWS4-…-PAYLOAD: chunks with chained signatures
	ChunkedTrailer         // the same with a signed trailer
	ChunkedUnsignedTrailer // STREAMING-UNSIGNED-PAYLOAD-TRAILER
	ChunkedECDSA           // the twins of SigV4A
	ChunkedECDSATrailer
)

var payloadNames = [...]string{"", "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
	"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"}

// String returns the value of x-amz-content-sha256, "" for Hashed.
func (p Payload) String() string { return payloadNames[p] }

func (p Payload) chunked() bool { return p >= Chunked }

func (p Payload) trailer() bool {
	return p == ChunkedTrailer || p == ChunkedUnsignedTrailer || p == ChunkedECDSATrailer
}

func (p Payload) signed() bool { return p.chunked() && p != ChunkedUnsignedTrailer }

// setPayload reads x-amz-content-sha256. It means something to S3 only; for others it is one more signed header.
func (s *Signed) setPayload() *Problem {
	if !s.IsS3() {
		return nil
	}
	if values := s.r.Header["X-Amz-Content-Sha256"]; len(values) > 0 {
		s.claim = values[0]
		if len(values) > 1 {
			return s.badContentSHA256()
		}
	}
	switch {
	case s.claim == "" && s.Form == Query:
		s.Payload = Unsigned
		return nil
	case s.claim == "":
		return &Problem{Kind: MissingContentSHA256}
	case len(s.claim) == 2*sha256.Size:
		if _, err := hex.DecodeString(s.claim); err != nil {
			return s.badContentSHA256()
		}
		s.Payload, s.ContentSHA256 = Hashed, s.claim
		return nil
	}
	for i, name := range payloadNames {
		p := Payload(i)
		if p == Hashed || name != s.claim {
			continue
		}
		if ecdsa := p == ChunkedECDSA || p == ChunkedECDSATrailer; p.signed() && ecdsa != (s.Algorithm == ECDSA) {
			return s.badContentSHA256()
		}
		s.Payload = p
		return nil
	}
	return s.badContentSHA256()
}

func (s *Signed) badContentSHA256() *Problem {
	return &Problem{Kind: InvalidContentSHA256, text: textContentSHA, members: []Member{{"ArgumentName", "x-amz-content-sha256"}, {"ArgumentValue", s.claim}}}
}

// checkContent compares the hash of a payload with the one that was signed.
func (s *Signed) checkContent(sum [sha256.Size]byte) *Problem {
	var got [2 * sha256.Size]byte
	hex.Encode(got[:], sum[:])
	if subtle.ConstantTimeCompare(got[:], []byte(strings.ToLower(s.ContentSHA256))) == 1 {
		return nil
	}
	return &Problem{Kind: ContentSHA256Mismatch, members: []Member{{"ClientComputedContentSHA256", s.ContentSHA256}, {"S3ComputedContentSHA256", string(got[:])}}}
}

// Body is the payload of an S3 request: verified while it is read, and freed from aws-chunked encoding. A defect is answered
// by Read, as an error that is a *[Problem], at the latest in place of io.EOF.
type Body struct {
	io.Reader
	body    io.Closer
	length  int64
	trailer http.Header
}

// Close closes the body of the request.
func (b *Body) Close() error { return b.body.Close() }

// Length is the number of bytes of the payload that the request announces, -1 when it does not say.
func (b *Body) Length() int64 { return b.length }

// Trailer returns the trailing headers. It is complete when Read has answered io.EOF; without trailers it is nil.
func (b *Body) Trailer() http.Header { return b.trailer }

func (s *Signed) newBody(key *signingKey, body io.ReadCloser) (*Body, *Problem) {
	if body == nil {
		body = http.NoBody
	}
	b := &Body{Reader: body, body: body, length: s.r.ContentLength}
	switch {
	case s.Payload == Hashed:
		b.Reader = &hashReader{s: s, r: body, h: sha256.New()}
	case s.Payload.chunked():
		length, err := strconv.ParseInt(s.r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
		if err != nil || length < 0 {
			return nil, &Problem{Kind: MissingContentLength}
		}
		b.length = length
		b.Reader = &chunkReader{s: s, key: key, body: b, r: bufio.NewReaderSize(body, chunkBuffer), previous: s.signature, h: sha256.New()}
	}
	return b, nil
}

// hashReader verifies the hash of the whole payload at its end.
type hashReader struct {
	s   *Signed
	r   io.Reader
	h   hash.Hash
	err error
}

func (r *hashReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.r.Read(p)
	r.h.Write(p[:n])
	if errors.Is(err, io.EOF) {
		if problem := r.s.checkContent([sha256.Size]byte(r.h.Sum(nil))); problem != nil {
			err = problem
		}
	}
	r.err = err
	return n, err
}

// ContentEncoding returns the value of a Content-Encoding header without aws-chunked, which describes the transfer and not the object.
func ContentEncoding(value string) string {
	if !strings.Contains(strings.ToLower(value), "aws-chunked") {
		return value
	}
	var kept []string
	for coding := range strings.SplitSeq(value, ",") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "aws-chunked") {
			kept = append(kept, coding)
		}
	}
	return strings.Join(kept, ", ")
}
