package sigv4

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

var chunkedPayloads = []Payload{Chunked, ChunkedTrailer, ChunkedUnsignedTrailer, ChunkedECDSA, ChunkedECDSATrailer}

// upload is a chunked request with its encoded body: 20,000 bytes in chunks of 8192, with a trailer where the form has one.
func upload(t testing.TB, payload Payload) (*http.Request, *chunkSigner, string) {
	t.Helper()
	data := strings.Repeat("0123456789", 2000)
	var header []string
	if payload.trailer() {
		header = []string{"X-Amz-Trailer", "x-amz-checksum-crc32"}
	}
	r, c := chunkedRequest(t, payload, len(data), header...)
	for rest := data; rest != ""; {
		n := min(8192, len(rest))
		c.chunk(rest[:n])
		rest = rest[n:]
	}
	c.chunk("")
	if payload.trailer() {
		c.trailers("x-amz-checksum-crc32:AAAAAA==")
	} else {
		c.trailers()
	}
	return r, c, data
}

// readStream verifies a streamed request and reads its payload.
func readStream(r *http.Request, body io.Reader) (payload []byte, trailer http.Header, err error) {
	s, p := Parse(r)
	if p != nil {
		return nil, nil, p
	}
	stream, p := s.VerifyStream(testSecret, testNow, nil, io.NopCloser(body))
	if p != nil {
		return nil, nil, p
	}
	payload, err = io.ReadAll(stream)
	return payload, stream.Trailer(), err
}

func TestChunkedForms(t *testing.T) {
	for _, payload := range chunkedPayloads {
		t.Run(payload.String(), func(t *testing.T) {
			r, c, data := upload(t, payload)
			for name, body := range map[string]io.Reader{
				"whole": bytes.NewReader(c.buf.Bytes()), "bytes": iotest.OneByteReader(bytes.NewReader(c.buf.Bytes())), "with EOF": iotest.DataErrReader(bytes.NewReader(c.buf.Bytes())),
			} {
				got, trailer, err := readStream(r, body)
				if err != nil || string(got) != data {
					t.Fatalf("%s: %d bytes, %v", name, len(got), err)
				}
				if want := payload.trailer(); want != (trailer.Get("X-Amz-Checksum-Crc32") == "AAAAAA==") {
					t.Errorf("%s: trailer %v", name, trailer)
				}
			}
			s, _ := Parse(r)
			stream, p := s.VerifyStream(testSecret, testNow, nil, io.NopCloser(bytes.NewReader(c.buf.Bytes())))
			if p != nil || stream.Length() != int64(len(data)) {
				t.Errorf("length %d, %v", stream.Length(), p)
			}
		})
	}
}

// TestChunkedTampering cuts the body at every place near a boundary and changes bytes of every part: nothing may pass.
func TestChunkedTampering(t *testing.T) {
	for _, payload := range chunkedPayloads {
		r, c, data := upload(t, payload)
		body := c.buf.Bytes()
		for i := range body {
			if i%97 != 0 && (i > 400 && i < len(body)-400) { // data in the middle is all alike
				continue
			}
			if got, _, err := readStream(r, bytes.NewReader(body[:i])); err == nil {
				t.Fatalf("%v cut at %d of %d: %d bytes accepted", payload, i, len(body), len(got))
			}
			if payload == ChunkedUnsignedTrailer || payload.trailer() && i > len(body)-400 && strings.ContainsAny(string(body[i]), "\r\n") {
				continue
			}
			changed := bytes.Clone(body)
			changed[i] ^= 1
			if got, _, err := readStream(r, bytes.NewReader(changed)); err == nil && string(got) != data {
				t.Fatalf("%v changed at %d of %d (%q): accepted", payload, i, len(body), body[i])
			}
		}
		if _, _, err := readStream(r, io.MultiReader(bytes.NewReader(body), strings.NewReader("x"))); err == nil {
			t.Errorf("%v: bytes behind the end are accepted", payload)
		}
	}
}

func TestChunkedDefects(t *testing.T) {
	type build func(c *chunkSigner)
	data := func(parts ...string) build {
		return func(c *chunkSigner) {
			for _, p := range parts {
				c.chunk(p)
			}
			c.chunk("")
		}
	}
	big := strings.Repeat("x", 8192)
	const crc = "x-amz-checksum-crc32"
	for _, test := range []struct {
		name     string
		payload  Payload
		length   int
		announce string
		build    build
		kind     Kind
	}{
		{"small last chunk", Chunked, 8195, "", func(c *chunkSigner) { data(big, "abc")(c); c.trailers() }, 0},
		{"empty", Chunked, 0, "", func(c *chunkSigner) { data()(c); c.trailers() }, 0},
		{"empty unsigned", ChunkedUnsignedTrailer, 0, "", func(c *chunkSigner) { data()(c); c.trailers() }, 0},
		{"small chunk inside", Chunked, 6, "", func(c *chunkSigner) { data("abc", "def")(c); c.trailers() }, InvalidChunkSize},
		{"small chunk inside unsigned", ChunkedUnsignedTrailer, 6, "", func(c *chunkSigner) { data("abc", "def")(c); c.trailers() }, InvalidChunkSize},
		{"more than announced", Chunked, 2, "", func(c *chunkSigner) { data("abc")(c); c.trailers() }, IncompleteBody},
		{"less than announced", Chunked, 4, "", func(c *chunkSigner) { data("abc")(c); c.trailers() }, IncompleteBody},
		{"huge size", ChunkedUnsignedTrailer, 4, "", func(c *chunkSigner) { c.buf.WriteString("ffffffffffffffff\r\nabcd\r\n") }, IncompleteBody},
		{"no size", ChunkedUnsignedTrailer, 4, "", func(c *chunkSigner) { c.buf.WriteString("\r\nabcd\r\n") }, IncompleteBody},
		{"negative size", ChunkedUnsignedTrailer, 4, "", func(c *chunkSigner) { c.buf.WriteString("-4\r\nabcd\r\n") }, IncompleteBody},
		{"endless header", Chunked, 4, "", func(c *chunkSigner) { c.buf.WriteString(strings.Repeat("0", 100_000)) }, IncompleteBody},
		{"long header", Chunked, 4, "", func(c *chunkSigner) { c.buf.WriteString("4;chunk-signature=" + strings.Repeat("0", 600) + "\r\n") }, IncompleteBody},
		{"no chunk signature", Chunked, 4, "", func(c *chunkSigner) { c.buf.WriteString("4\r\nabcd\r\n0\r\n\r\n") }, IncompleteBody},
		{"signature in an unsigned chunk", ChunkedUnsignedTrailer, 4, "", func(c *chunkSigner) { c.buf.WriteString("4;chunk-signature=00\r\nabcd\r\n0\r\n\r\n") }, IncompleteBody},
		{"longer than its size", ChunkedUnsignedTrailer, 3, "", func(c *chunkSigner) { c.buf.WriteString("3\r\nabcd\r\n0\r\n\r\n") }, IncompleteBody},
		{"trailer not announced", ChunkedUnsignedTrailer, 3, "", func(c *chunkSigner) { data("abc")(c); c.trailers(crc + ":AA==") }, MalformedTrailer},
		{"trailer not sent", ChunkedUnsignedTrailer, 3, crc, func(c *chunkSigner) { data("abc")(c); c.trailers() }, MalformedTrailer},
		{"other trailer", ChunkedUnsignedTrailer, 3, crc, func(c *chunkSigner) { data("abc")(c); c.trailers("x-amz-checksum-sha1:AA==") }, MalformedTrailer},
		{"trailer twice", ChunkedUnsignedTrailer, 3, crc, func(c *chunkSigner) { data("abc")(c); c.trailers(crc+":AA==", crc+":AB==") }, MalformedTrailer},
		{"trailer without colon", ChunkedUnsignedTrailer, 3, crc, func(c *chunkSigner) { data("abc")(c); c.trailers(crc) }, MalformedTrailer},
		{"trailer without name", ChunkedUnsignedTrailer, 3, crc, func(c *chunkSigner) { data("abc")(c); c.trailers(":AA==") }, MalformedTrailer},
		{"trailer in the form without", Chunked, 3, crc, func(c *chunkSigner) { data("abc")(c); c.trailers(crc + ":AA==") }, MalformedTrailer},
		{"trailer not signed", ChunkedTrailer, 3, crc, func(c *chunkSigner) { data("abc")(c); c.buf.WriteString(crc + ":AA==\r\n\r\n\r\n\r\n\r\n") }, MalformedTrailer},
		{"blank lines before the trailer's signature", ChunkedTrailer, 3, crc, func(c *chunkSigner) {
			data("abc")(c)
			c.trailers(crc + ":AA==")
			b := strings.Replace(c.buf.String(), "\r\nx-amz-trailer", "\n\r\n\r\nx-amz-trailer", 1)
			c.buf.Reset()
			c.buf.WriteString(b)
		}, 0},
		{"two trailers", ChunkedTrailer, 3, "x-a, x-b", func(c *chunkSigner) { data("abc")(c); c.trailers("x-a:1", "x-b:2") }, 0},
		{"many trailers", ChunkedUnsignedTrailer, 3, crc, func(c *chunkSigner) {
			data("abc")(c)
			for i := range 30 {
				c.buf.WriteString(strings.Repeat("a", i+1) + ":1\r\n")
			}
			c.trailers()
		}, MalformedTrailer},
	} {
		t.Run(test.name, func(t *testing.T) {
			var header []string
			if test.announce != "" {
				header = []string{"X-Amz-Trailer", test.announce}
			}
			r, c := chunkedRequest(t, test.payload, test.length, header...)
			test.build(c)
			_, _, err := readStream(r, bytes.NewReader(c.buf.Bytes()))
			var p *Problem
			if errors.As(err, &p) != (test.kind != 0) || p != nil && p.Kind != test.kind || p == nil && err != nil {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestChunkSizeMembers(t *testing.T) {
	r, c := chunkedRequest(t, Chunked, 5)
	c.chunk("hel")
	c.chunk("lo")
	c.chunk("")
	c.trailers()
	_, _, err := readStream(r, &c.buf)
	var p *Problem
	if !errors.As(err, &p) {
		t.Fatal(err)
	}
	want := Answer{Code: "InvalidChunkSizeError", Status: 403, Message: "Only the last chunk is allowed to have a size less than 8192 bytes", Members: []Member{{"Chunk", "2"}, {"BadChunkSize", "3"}}}
	if diff := cmp.Diff(want, p.In(FamilyS3)); diff != "" {
		t.Error(diff)
	}
}

func TestDecodedLengthIsRequired(t *testing.T) {
	for _, value := range []string{"", "-1", "many"} {
		r := signedRequest(t, "s3", http.MethodPut, "http://b.s3.localhost/k", Chunked.String(), "X-Amz-Decoded-Content-Length", value)
		s, p := Parse(r)
		if p != nil {
			t.Fatal(p)
		}
		if _, p := s.VerifyStream(testSecret, testNow, nil, http.NoBody); p == nil || p.Kind != MissingContentLength {
			t.Errorf("%q: %v", value, p)
		}
	}
}

func TestPayloadOfTheOtherAlgorithm(t *testing.T) {
	r := signedRequest(t, "s3", http.MethodPut, "http://b.s3.localhost/k", ChunkedECDSA.String())
	if _, p := Parse(r); p == nil || p.Kind != InvalidContentSHA256 {
		t.Errorf("got %v", p)
	}
	r = signedRequest(t, "s3", http.MethodPut, "http://b.s3.localhost/k", "GIBBERISH")
	_, p := Parse(r)
	want := Answer{Code: "InvalidArgument", Status: 400, Message: textContentSHA, Members: []Member{{"ArgumentName", "x-amz-content-sha256"}, {"ArgumentValue", "GIBBERISH"}}}
	if p == nil {
		t.Fatal("accepted")
	}
	if diff := cmp.Diff(want, p.In(FamilyS3)); diff != "" {
		t.Error(diff)
	}
}

func TestHashedStream(t *testing.T) {
	body := strings.Repeat("payload", 1000)
	r := signedRequest(t, "s3", http.MethodPut, "http://b.s3.localhost/k", PayloadHash([]byte(body)))
	got, _, err := readStream(r, iotest.HalfReader(strings.NewReader(body)))
	if err != nil || string(got) != body {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	for _, other := range []string{body[1:], body + "x", ""} {
		_, _, err := readStream(r, strings.NewReader(other))
		var p *Problem
		if !errors.As(err, &p) || p.Kind != ContentSHA256Mismatch || p.In(FamilyS3).Code != "XAmzContentSHA256Mismatch" {
			t.Errorf("%d bytes: %v", len(other), err)
		}
	}
	broken := errors.New("connection reset")
	if _, _, err := readStream(r, iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	r, c, _ := upload(t, Chunked)
	if _, _, err := readStream(r, io.MultiReader(bytes.NewReader(c.buf.Bytes()[:100]), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestContentEncoding(t *testing.T) {
	for value, want := range map[string]string{"": "", "gzip": "gzip", "aws-chunked": "", "aws-chunked,gzip": "gzip", "gzip, AWS-Chunked , br": "gzip, br"} {
		if got := ContentEncoding(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
