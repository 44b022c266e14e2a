package sigv4

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Limits of aws-chunked bodies.
const (
	chunkBuffer   = 4 << 10
	maxChunkLine  = 512     // bytes of a chunk header
	maxTrailer    = 4 << 10 // bytes of a trailer line; chunkBuffer bounds it too
	maxTrailers   = 16
	minChunk      = 8192 // bytes of every chunk but the last
	maxBlankLines = 3    // that some clients send before the trailer's signature
)

// chunkReader decodes and verifies aws-chunked: "hex-size;chunk-signature=…\r\n data \r\n", a chunk of size 0, trailers.
// Each signature covers the one before, beginning with the request's own. (S3 API Reference, "Signature Calculations for the
// Authorization Header: Transferring Payload in Multiple Chunks", and the same "Including trailing headers".)
type chunkReader struct {
	s        *Signed
	key      *signingKey
	body     *Body
	r        *bufio.Reader
	previous string // signature
	h        hash.Hash

	signature string // of the chunk being read
	remaining int64  // bytes of it
	number    int    // of chunks begun
	short     int64  // size of a chunk below the minimum, which must be the last; 0 when there is none
	total     int64  // decoded bytes announced by the chunk headers so far
	err       error
}

func (c *chunkReader) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	for c.remaining == 0 {
		if c.err = c.next(); c.err != nil {
			return 0, c.err
		}
	}
	if int64(len(p)) > c.remaining {
		p = p[:c.remaining]
	}
	n, err := c.r.Read(p)
	if c.s.Payload.signed() {
		c.h.Write(p[:n])
	}
	c.remaining -= int64(n)
	if err != nil {
		c.err = incomplete(err)
	} else if c.remaining == 0 {
		c.err = c.closeChunk()
	}
	if c.err != nil {
		return 0, c.err
	}
	return n, nil
}

// next begins a chunk, or ends the body with io.EOF.
func (c *chunkReader) next() error {
	size, err := c.readHeader()
	if err != nil {
		return err
	}
	c.number++
	if size == 0 {
		return c.finish()
	}
	if c.short > 0 {
		return &Problem{Kind: InvalidChunkSize, members: []Member{{"Chunk", strconv.Itoa(c.number)}, {"BadChunkSize", strconv.FormatInt(c.short, 10)}}}
	}
	if size < minChunk {
		c.short = size
	}
	if size > c.body.length-c.total {
		return &Problem{Kind: IncompleteBody}
	}
	c.total += size
	c.remaining = size
	c.h.Reset()
	return nil
}

// readHeader reads "size[;chunk-signature=…]\r\n".
func (c *chunkReader) readHeader() (size int64, err error) {
	line, err := c.readLine(maxChunkLine)
	if err != nil {
		return 0, err
	}
	digits, extension, extended := strings.Cut(line, ";")
	n, err := strconv.ParseUint(digits, 16, 63)
	if err != nil {
		return 0, &Problem{Kind: IncompleteBody}
	}
	if !c.s.Payload.signed() {
		if extended {
			return 0, &Problem{Kind: IncompleteBody}
		}
		return int64(n), nil
	}
	signature, ok := strings.CutPrefix(extension, "chunk-signature=")
	if !ok {
		return 0, &Problem{Kind: IncompleteBody}
	}
	c.signature = trimPadding(signature)
	return int64(n), nil
}

// trimPadding removes the asterisks that bring a SigV4A signature, whose length varies, to a fixed size.
func trimPadding(signature string) string { return strings.TrimRight(signature, "*") }

// closeChunk reads the line end behind the data and verifies the signature.
func (c *chunkReader) closeChunk() error {
	line, err := c.readLine(2)
	if err != nil {
		return err
	}
	if line != "" {
		return &Problem{Kind: IncompleteBody}
	}
	return c.verifyChunk()
}

func (c *chunkReader) verifyChunk() error {
	if !c.s.Payload.signed() {
		return nil
	}
	b := c.begin("-PAYLOAD")
	b = append(b, emptyHash...)
	b = append(b, '\n')
	var sum [sha256.Size]byte
	b = hex.AppendEncode(b, c.h.Sum(sum[:0]))
	return c.verify(b, c.signature)
}

// begin starts the string to sign of a chunk or trailer.
func (c *chunkReader) begin(suffix string) []byte {
	b := append(make([]byte, 0, 512), c.s.Algorithm.String()...)
	b = append(b, suffix...)
	b = c.s.appendTimeAndScope(b)
	b = append(b, c.previous...)
	return append(b, '\n')
}

func (c *chunkReader) verify(toSign []byte, signature string) error {
	if !c.s.signatureIs(c.key, toSign, signature) {
		return &Problem{Kind: SignatureDoesNotMatch, stringToSign: string(toSign),
			members: []Member{{"AWSAccessKeyId", c.s.AccessKeyID}, {"StringToSign", string(toSign)}, {"SignatureProvided", signature}}}
	}
	c.previous = signature
	return nil
}

// finish verifies the last chunk and the trailer, and that the body ends there with as many bytes as announced.
func (c *chunkReader) finish() error {
	c.h.Reset()
	if err := c.verifyChunk(); err != nil {
		return err
	}
	if err := c.readTrailer(); err != nil {
		return err
	}
	if c.total != c.body.length {
		return &Problem{Kind: IncompleteBody}
	}
	if _, err := c.r.ReadByte(); !errors.Is(err, io.EOF) {
		if err != nil {
			return err
		}
		return &Problem{Kind: IncompleteBody}
	}
	return io.EOF
}

const trailerSignature = "x-amz-trailer-signature"

// readTrailer reads "name:value" lines to a blank line.
func (c *chunkReader) readTrailer() error {
	trailer, signature, blanks := http.Header{}, "", 0
	var lines []string
	for {
		line, err := c.readLine(maxTrailer)
		if err != nil {
			return err
		}
		if line == "" {
			awaited := c.s.Payload.trailer() && c.s.Payload.signed() && signature == ""
			if blanks++; awaited && blanks <= maxBlankLines {
				continue
			}
			break
		}
		name, value, ok := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		if value = strings.TrimSpace(value); !ok || !isHeaderName(name) || signature != "" || len(lines) == maxTrailers {
			return &Problem{Kind: MalformedTrailer}
		}
		if name == trailerSignature {
			signature = trimPadding(value)
			continue
		}
		if trailer.Values(name) != nil {
			return &Problem{Kind: MalformedTrailer}
		}
		trailer.Set(name, value)
		lines = append(lines, name+":"+value+"\n")
	}
	if !c.announced(trailer) || (signature != "") != (c.s.Payload.trailer() && c.s.Payload.signed()) {
		return &Problem{Kind: MalformedTrailer}
	}
	if signature != "" {
		slices.Sort(lines)
		sum := sha256.Sum256([]byte(strings.Join(lines, "")))
		if err := c.verify(hex.AppendEncode(c.begin("-TRAILER"), sum[:]), signature); err != nil {
			return err
		}
	}
	if len(trailer) > 0 {
		c.body.trailer = trailer
	}
	return nil
}

// announced reports whether the trailers are exactly those of the X-Amz-Trailer header.
func (c *chunkReader) announced(trailer http.Header) bool {
	n := 0
	if c.s.Payload.trailer() {
		for _, list := range c.s.r.Header["X-Amz-Trailer"] {
			for name := range strings.SplitSeq(list, ",") {
				if name = strings.TrimSpace(name); name == "" {
					continue
				}
				if trailer.Values(name) == nil {
					return false
				}
				n++
			}
		}
	}
	return n == len(trailer)
}

// readLine reads to a line feed and returns the line without its end.
func (c *chunkReader) readLine(limit int) (string, error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return "", incomplete(err)
	}
	if len(line) > limit+2 || err != nil {
		return "", &Problem{Kind: IncompleteBody}
	}
	return string(bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'})), nil
}

// incomplete turns the end of the input into a Problem; other errors of reading stay what they are.
func incomplete(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Problem{Kind: IncompleteBody}
	}
	return err
}
