package sigv4

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawn is a request as rapid draws it, signed by header or query.
type drawn struct {
	r    *http.Request
	body []byte
}

func drawRequest(t *rapid.T, word *rapid.Generator[string]) drawn {
	service := rapid.SampledFrom([]string{"iam", "s3", "sts", "lambda"}).Draw(t, "service")
	path := ""
	for range rapid.IntRange(0, 4).Draw(t, "segments") {
		path += "/" + word.Draw(t, "segment")
	}
	query := url.Values{}
	for range rapid.IntRange(0, 4).Draw(t, "parameters") {
		query.Add(word.Draw(t, "key"), word.Draw(t, "value"))
	}
	u := &url.URL{Scheme: "https", Host: "localhost:4566", Path: path, RawQuery: strings.ReplaceAll(query.Encode(), "+", "%20")}
	r := &http.Request{Method: rapid.SampledFrom([]string{"GET", "PUT", "POST", "DELETE"}).Draw(t, "method"), URL: u, Host: u.Host, Header: http.Header{}}
	for i := range rapid.IntRange(0, 3).Draw(t, "headers") {
		r.Header.Add("X-Amz-Meta-"+string(rune('A'+i)), word.Draw(t, "header"))
	}
	body := []byte(word.Draw(t, "body"))
	k := testSigner(service)
	if rapid.Bool().Draw(t, "session") {
		k.SessionToken = "token" + word.Draw(t, "token")
	}
	var err error
	if rapid.Bool().Draw(t, "presigned") {
		hash := PayloadHash(body)
		if service == "s3" {
			hash = UnsignedPayload
		}
		err = k.Presign(r, hash, time.Hour, testNow)
	} else {
		err = k.Sign(r, PayloadHash(body), testNow)
	}
	if err != nil {
		t.Fatal(err)
	}
	return drawn{r, body}
}

// TestSignedIsVerified: what the signer signs, the verifier accepts, whatever the bytes.
func TestSignedIsVerified(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawRequest(t, rapid.StringOfN(rapid.RuneFrom([]rune("ab/.% &=+?#;:é$~世\"'(")), 0, 12, -1))
		for name := range d.r.Header { // a header value cannot hold what HTTP does not carry
			d.r.Header.Set(name, strings.TrimSpace(d.r.Header.Get(name)))
		}
		if p := verify(d.r, testNow, d.body); p != nil {
			t.Fatal(p)
		}
	})
}

// TestAnyBitCounts: one bit changed in anything that is signed, and the request is refused.
func TestAnyBitCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// No dots, slashes, spaces or escapes: of those, different spellings mean the same and are accepted.
		d := drawRequest(t, rapid.StringMatching(`[a-zA-Z0-9_~-]{1,10}`))
		unsignedBody := strings.Contains(d.r.URL.RawQuery, "%2Fs3%2F")
		parts := map[string]func(flip func(string) string){
			"method": func(flip func(string) string) { d.r.Method = flip(d.r.Method) },
			"host":   func(flip func(string) string) { d.r.Host = flip(d.r.Host) },
		}
		if path := d.r.URL.EscapedPath(); path != "" && path != "/" {
			parts["path"] = func(flip func(string) string) {
				i := strings.LastIndexByte(path, '/') + 1
				d.r.URL.RawPath = path[:i] + flip(path[i:])
			}
		}
		if !unsignedBody {
			parts["body"] = func(flip func(string) string) { d.body = []byte(flip(string(d.body))) }
		}
		for _, name := range slices.Sorted(maps.Keys(d.r.Header)) {
			if name == "Authorization" {
				parts[name] = func(flip func(string) string) {
					before, signature, _ := strings.Cut(d.r.Header.Get(name), "Signature=")
					d.r.Header.Set(name, before+"Signature="+flip(signature))
				}
				continue
			}
			parts[name] = func(flip func(string) string) { d.r.Header.Set(name, flip(d.r.Header.Get(name))) }
		}
		for i, pair := range strings.Split(d.r.URL.RawQuery, "&") {
			key, value, _ := strings.Cut(pair, "=")
			if key == "" || strings.Contains(value, "%") || key == "X-Amz-Security-Token" {
				continue
			}
			parts["query "+key] = func(flip func(string) string) {
				pairs := strings.Split(d.r.URL.RawQuery, "&")
				pairs[i] = key + "=" + flip(value)
				d.r.URL.RawQuery = strings.Join(pairs, "&")
			}
		}
		part := rapid.SampledFrom(slices.Sorted(maps.Keys(parts))).Draw(t, "part")
		before := ""
		parts[part](func(s string) string {
			before = s
			b := []byte(s)
			b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			return string(b)
		})
		if p := verify(d.r, testNow, d.body); p == nil {
			t.Fatalf("%s was changed from %q and is accepted", part, before)
		}
	})
}

// TestNothingMayBeAdded: a parameter or a further x-amz-* header that was not signed is refused.
func TestNothingMayBeAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawRequest(t, rapid.StringMatching(`[a-zA-Z0-9_~-]{1,10}`))
		if rapid.Bool().Draw(t, "header") {
			d.r.Header.Set("X-Amz-Acl", "public-read")
		} else if d.r.URL.RawQuery += "&acl"; strings.HasPrefix(d.r.URL.RawQuery, "&") {
			d.r.URL.RawQuery = "acl"
		}
		if p := verify(d.r, testNow, d.body); p == nil {
			t.Fatal("accepted")
		}
	})
}

// TestChunksRoundTrip: any cutting of any data into chunks is read back.
func TestChunksRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		payload := rapid.SampledFrom([]Payload{Chunked, ChunkedTrailer, ChunkedUnsignedTrailer}).Draw(rt, "payload")
		data := bytes.Repeat([]byte(rapid.StringN(1, 8, -1).Draw(rt, "data")), rapid.IntRange(0, 5000).Draw(rt, "times"))
		var header []string
		if payload.trailer() {
			header = []string{"X-Amz-Trailer", "x-amz-checksum-sha1"}
		}
		r, c := chunkedRequest(t, payload, len(data), header...)
		for rest := data; len(rest) > 0; {
			n := min(len(rest), rapid.IntRange(minChunk, 3*minChunk).Draw(rt, "size"))
			c.chunk(string(rest[:n]))
			rest = rest[n:]
		}
		c.chunk("")
		if payload.trailer() {
			c.trailers("x-amz-checksum-sha1:abc")
		} else {
			c.trailers()
		}
		got, _, err := readStream(r, &c.buf)
		if err != nil || !bytes.Equal(got, data) {
			rt.Fatalf("%d of %d bytes, %v", len(got), len(data), err)
		}
	})
}
