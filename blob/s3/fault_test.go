package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vauban/blob"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	faultKey = &blob.DataKey{3}
	before   = bytes.Repeat([]byte("before "), 40_000) // three windows
	after    = bytes.Repeat([]byte("after "), 100)
	large    = bytes.Repeat([]byte("large "), 3<<20) // three parts
)

// faulty is a store with one object, before, whose server does the fault from then on.
func faulty(t *testing.T, fault func(w http.ResponseWriter, r *http.Request, n int) bool) (*fake, *Store) {
	t.Helper()
	f, server := startFake(t)
	s := newStore(t, server.URL, "p/")
	if _, err := s.Put(t.Context(), "it", faultKey, bytes.NewReader(before)); err != nil {
		t.Fatal(err)
	}
	f.setFault(fault)
	return f, s
}

func wholeOf(s *Store) ([]byte, error) {
	o, err := s.Open(context.Background(), "it", faultKey)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	return io.ReadAll(o.Range(context.Background(), 0, o.Size()))
}

// has checks, with the fault gone, that the object is what it must be, and that no upload is left.
func has(t *testing.T, f *fake, s *Store, wanted []byte) {
	t.Helper()
	f.setFault(nil)
	if got, err := wholeOf(s); err != nil || !bytes.Equal(got, wanted) {
		t.Errorf("%d bytes, %v; want %d", len(got), err, len(wanted))
	}
	if n := f.pendingUploads(); n != 0 {
		t.Errorf("%d uploads are left", n)
	}
}

type operation struct {
	name string
	do   func(*Store) error
}

var operations = []operation{
	{"put", func(s *Store) error {
		_, err := s.Put(context.Background(), "it", faultKey, bytes.NewReader(after))
		return err
	}},
	{"put large", func(s *Store) error {
		_, err := s.Put(context.Background(), "it", faultKey, bytes.NewReader(large))
		return err
	}},
	{"read", func(s *Store) error {
		got, err := wholeOf(s)
		if err == nil && !bytes.Equal(got, before) {
			err = fmt.Errorf("%d wrong bytes", len(got))
		}
		return err
	}},
	{"list", func(s *Store) error { return s.List(context.Background(), func(blob.Info) error { return nil }) }},
	{"delete", func(s *Store) error { return s.Delete(context.Background(), "it") }},
}

func slowDown(w http.ResponseWriter) { refuse(w, http.StatusServiceUnavailable, "SlowDown") }

// TestSlowDown refuses every request a few times, which all survive, and then for ever.
func TestSlowDown(t *testing.T) {
	for _, op := range operations {
		t.Run(op.name, func(t *testing.T) {
			_, s := faulty(t, func(w http.ResponseWriter, _ *http.Request, n int) bool {
				if n%maxAttempts != 0 {
					slowDown(w)
				}
				return n%maxAttempts != 0
			})
			if err := op.do(s); err != nil {
				t.Errorf("three refusals are too many: %v", err)
			}
			f, s := faulty(t, func(w http.ResponseWriter, _ *http.Request, _ int) bool { slowDown(w); return true })
			if err := op.do(s); err == nil || !strings.Contains(err.Error(), "SlowDown") || f.requests() != maxAttempts {
				t.Errorf("%v after %d requests", err, f.requests())
			}
			has(t, f, s, before)
		})
	}
}

// TestRefused gives answers that another attempt would not change.
func TestRefused(t *testing.T) {
	for _, test := range []struct {
		name, code string
		status     int
		is         error
	}{
		{"forbidden", "AccessDenied", http.StatusForbidden, nil},
		{"no bucket", "NoSuchBucket", http.StatusNotFound, nil},
		{"somebody else's 404", "", http.StatusNotFound, nil},
		{"no room", "StorageFull", http.StatusInsufficientStorage, blob.ErrFull},
		{"no quota", "QuotaExceeded", http.StatusForbidden, blob.ErrFull},
		{"redirect", "PermanentRedirect", http.StatusMovedPermanently, nil},
	} {
		for _, op := range operations {
			t.Run(test.name+"/"+op.name, func(t *testing.T) {
				f, s := faulty(t, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
					w.Header().Set("Location", "/elsewhere")
					refuse(w, test.status, test.code)
					return true
				})
				err := op.do(s)
				if err == nil || !strings.Contains(err.Error(), test.code) || f.requests() != 1 {
					t.Errorf("%v after %d requests", err, f.requests())
				}
				for _, known := range []error{blob.ErrFull, blob.ErrNotFound, blob.ErrCorrupt, blob.ErrChanged} {
					if errors.Is(err, known) != (known == test.is) {
						t.Errorf("%v: is %v: %v", err, known, errors.Is(err, known))
					}
				}
				has(t, f, s, before)
			})
		}
	}
}

// cutUpload breaks the connection in the middle of a body, if the request has one.
func cutUpload(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPut {
		return false
	}
	_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2)
	cut(w, "")
	return true
}

func TestUploadCut(t *testing.T) {
	for _, content := range [][]byte{after, large} {
		f, s := faulty(t, func(w http.ResponseWriter, r *http.Request, n int) bool { return n <= 3 && cutUpload(w, r) })
		if _, err := s.Put(t.Context(), "it", faultKey, bytes.NewReader(content)); err != nil {
			t.Errorf("an upload that is cut three times fails: %v", err)
		}
		has(t, f, s, content)
		f, s = faulty(t, func(w http.ResponseWriter, r *http.Request, _ int) bool { return cutUpload(w, r) })
		_, err := s.Put(t.Context(), "it", faultKey, bytes.NewReader(content))
		var lost *lostError
		if !errors.As(err, &lost) || errors.Is(err, io.EOF) {
			t.Errorf("an upload that is always cut: %v", err)
		}
		has(t, f, s, before)
	}
}

// TestDownloadCut breaks answers in several ways, the second one onwards, once and always: no wrong byte, no early end, no ErrCorrupt.
func TestDownloadCut(t *testing.T) {
	for name, broken := range map[string]func(w http.ResponseWriter){
		"nothing":     func(w http.ResponseWriter) { cut(w, "") },
		"half a head": func(w http.ResponseWriter) { cut(w, "HTTP/1.1 206 Partial Con") },
		"half a body": func(w http.ResponseWriter) {
			cut(w, "HTTP/1.1 206 Partial Content\r\nETag: x\r\nContent-Length: 1000\r\n\r\nabc")
		},
		"chunked": func(w http.ResponseWriter) {
			cut(w, "HTTP/1.1 206 Partial Content\r\nETag: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc")
		},
		"server error": func(w http.ResponseWriter) { refuse(w, http.StatusInternalServerError, "InternalError") },
		"gateway":      func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) },
	} {
		t.Run(name, func(t *testing.T) {
			f, s := faulty(t, func(w http.ResponseWriter, _ *http.Request, n int) bool {
				if n%2 == 0 {
					broken(w)
				}
				return n%2 == 0
			})
			got, err := wholeOf(s)
			if err != nil || !bytes.Equal(got, before) {
				t.Errorf("broken now and then: %d bytes, %v", len(got), err)
			}
			f.setFault(func(w http.ResponseWriter, _ *http.Request, n int) bool {
				if n > 2 {
					broken(w)
				}
				return n > 2
			})
			got, err = wholeOf(s)
			if err == nil || errors.Is(err, io.EOF) || errors.Is(err, blob.ErrCorrupt) || errors.Is(err, blob.ErrNotFound) || len(got) == 0 || !bytes.HasPrefix(before, got) {
				t.Errorf("broken for good: %d bytes, %v", len(got), err)
			}
		})
	}
}

// TestShortRange answers less than it announces in Content-Range, or another range.
func TestShortRange(t *testing.T) {
	for _, span := range []string{"bytes 0-99/1000", "bytes 1-3/1000", "bytes */3", "", "bytes 0-131071/999999"} {
		f, s := faulty(t, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("ETag", "x")
			w.Header().Set("Content-Range", span)
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, "abc")
			return true
		})
		_, err := s.Open(t.Context(), "it", faultKey)
		var lost *lostError
		if !errors.As(err, &lost) || f.requests() != maxAttempts {
			t.Errorf("%q: %v after %d requests", span, err, f.requests())
		}
	}
}

// TestLyingETag has the store say of bytes what they are not.
func TestLyingETag(t *testing.T) {
	lie := func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method == http.MethodPut {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("ETag", `"lie"`)
		}
		return r.Method == http.MethodPut
	}
	for _, content := range [][]byte{after, large} {
		f, s := faulty(t, lie)
		if _, err := s.Put(t.Context(), "it", faultKey, bytes.NewReader(content)); err == nil {
			t.Errorf("%d bytes that were not stored are acknowledged", len(content))
		}
		has(t, f, s, before)
	}
	f, s := faulty(t, nil)
	o, err := s.Open(t.Context(), "it", faultKey)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	f.mu.Lock()
	other := f.objects["p/it"]
	other.body = bytes.Clone(other.body)
	other.body[200_000] ^= 1
	f.objects["p/it"] = other // under the same ETag
	f.mu.Unlock()
	if got, err := io.ReadAll(o.Range(t.Context(), 0, o.Size())); !errors.Is(err, blob.ErrCorrupt) || !bytes.HasPrefix(before, got) {
		t.Errorf("other bytes under the ETag: %d, %v", len(got), err)
	}
	f.setFault(func(w http.ResponseWriter, r *http.Request, _ int) bool { // a store that ignores If-Match
		r.Header.Del("If-Match")
		body := make([]byte, 10)
		w.Header().Set("ETag", `"other"`)
		w.Header().Set("Content-Range", strings.Replace(r.Header.Get("Range"), "=", " ", 1)+"/999999")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(body)
		return true
	})
	if _, err := o.ReadAt(make([]byte, 10), 0); !errors.Is(err, blob.ErrChanged) {
		t.Errorf("another ETag: %v, want ErrChanged", err)
	}
}

// TestOpaqueETag is a store whose ETags are no MD5: an object is looked for, and acknowledged.
func TestOpaqueETag(t *testing.T) {
	f, s := faulty(t, nil)
	f.mu.Lock()
	f.opaque = true
	f.mu.Unlock()
	if _, err := s.Put(t.Context(), "it", faultKey, bytes.NewReader(after)); err != nil {
		t.Error(err)
	}
	if n := f.requests(); n != 2 {
		t.Errorf("%d requests, want a PutObject and a HeadObject", n)
	}
	has(t, f, s, after)
}

// TestComplete breaks the request that makes a multipart upload visible.
func TestComplete(t *testing.T) {
	completing := func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") }
	for _, test := range []struct {
		name   string
		answer func(f *fake, w http.ResponseWriter, r *http.Request, n int) bool // n counts completions
		want   []byte
	}{
		{"done, and the answer lost", func(f *fake, w http.ResponseWriter, r *http.Request, n int) bool {
			if n == 1 {
				body, _ := io.ReadAll(r.Body)
				f.mu.Lock()
				f.complete(discard{}, r.URL.Query().Get("uploadId"), body)
				f.mu.Unlock()
				cut(w, "")
			}
			return n == 1
		}, large},
		{"an error within a 200, once", func(_ *fake, w http.ResponseWriter, _ *http.Request, n int) bool {
			if n == 1 {
				refuse(w, http.StatusOK, "InternalError")
			}
			return n == 1
		}, large},
		{"an error within a 200", func(_ *fake, w http.ResponseWriter, _ *http.Request, _ int) bool {
			refuse(w, http.StatusOK, "AccessDenied")
			return true
		}, before},
		{"nothing within a 200", func(_ *fake, w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.WriteHeader(http.StatusOK)
			return true
		}, before},
		{"something else within a 200", func(_ *fake, w http.ResponseWriter, _ *http.Request, _ int) bool {
			_, _ = io.WriteString(w, "<html></html>")
			return true
		}, before},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, s := faulty(t, nil)
			n := 0 // one request at a time
			f.setFault(func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if !completing(r) {
					return false
				}
				n++
				return test.answer(f, w, r, n)
			})
			_, err := s.Put(t.Context(), "it", faultKey, bytes.NewReader(large))
			if (err == nil) != bytes.Equal(test.want, large) {
				t.Errorf("put: %v", err)
			}
			has(t, f, s, test.want)
		})
	}
}

// discard is an answer that gets lost.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

// TestBeginOnce has an upload's beginning lost: to begin another would leave the first for ever.
func TestBeginOnce(t *testing.T) {
	f, s := faulty(t, func(w http.ResponseWriter, _ *http.Request, _ int) bool { cut(w, ""); return true })
	if _, err := s.Put(t.Context(), "it", faultKey, bytes.NewReader(large)); err == nil || f.requests() != 1 {
		t.Errorf("%v after %d requests", err, f.requests())
	}
	has(t, f, s, before)
}

// TestHanging has a store that never answers: the caller's end and the attempt's bound both end it.
func TestHanging(t *testing.T) {
	for _, op := range []string{"put", "open", "delete", "list"} {
		ctx, cancel := context.WithCancel(t.Context())
		f, s := faulty(t, func(_ http.ResponseWriter, r *http.Request, _ int) bool {
			cancel()
			_, _ = io.Copy(io.Discard, r.Body) // the server notices the client's end only when it has the body
			<-r.Context().Done()
			return true
		})
		run := func(ctx context.Context) (err error) {
			switch op {
			case "put":
				_, err = s.Put(ctx, "it", faultKey, bytes.NewReader(after))
			case "open":
				_, err = s.Open(ctx, "it", faultKey)
			case "delete":
				err = s.Delete(ctx, "it")
			case "list":
				err = s.List(ctx, func(blob.Info) error { return nil })
			}
			return err
		}
		if err := run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that it was canceled", op, err)
		}
		s.timeout = 20 * time.Millisecond
		var lost *lostError
		if err := run(t.Context()); !errors.As(err, &lost) {
			t.Errorf("%s without a bound of the caller's: %v", op, err)
		}
		n := f.requests()
		if n < 2 {
			t.Errorf("%s: %d requests", op, n)
		}
	}
}

// TestEndlessList has listings that do not come to an end.
func TestEndlessList(t *testing.T) {
	for _, next := range []string{"", "same"} {
		_, s := faulty(t, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			fmt.Fprintf(w, "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>%s</NextContinuationToken></ListBucketResult>", next)
			return true
		})
		if err := s.List(t.Context(), func(blob.Info) error { return nil }); err == nil {
			t.Errorf("token %q: the listing ends well", next)
		}
	}
}

// TestOnePart checks that an upload holds one part.
func TestOnePart(t *testing.T) {
	f, s := faulty(t, nil)
	u := &upload{s: s, ctx: t.Context(), key: "p/it"}
	for range 100 {
		if _, err := u.Write(large[:300_001]); err != nil {
			t.Fatal(err)
		}
		if cap(u.buf) > partSize {
			t.Fatalf("%d bytes are held", cap(u.buf))
		}
	}
	u.abort()
	has(t, f, s, before)
}

// FuzzExtent looks for ranges that are none.
func FuzzExtent(f *testing.F) {
	for _, span := range []string{"bytes 0-9/10", "bytes 5-4/10", "bytes 0-10/10", "bytes */10", "bytes -1-2/10", "bytes 0-9/*"} {
		f.Add(span)
	}
	f.Fuzz(func(t *testing.T, span string) {
		first, last, size, ok := extent(&answer{status: http.StatusPartialContent, header: http.Header{"Content-Range": {span}}})
		if ok && (first < 0 || last < first || size <= last) {
			t.Errorf("%q: %d to %d of %d", span, first, last, size)
		}
	})
}
