package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vauban/gateway/sigv4"
)

const (
	testID     = "AKIAIOSFODNN7EXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	testBucket = "blobs"
)

// fake is a bucket in memory that checks signatures and bodies, and does wrong what a test has it do.
type fake struct {
	mu      sync.Mutex
	objects map[string]kept
	uploads map[string]*pending
	serial  int
	served  int  // requests
	opaque  bool // ETags of small objects are no MD5
	// fault sees every request before the bucket does, and reports whether it has answered it.
	fault func(w http.ResponseWriter, r *http.Request, n int) bool
}

type kept struct {
	body []byte
	etag string
	mark string
}

type pending struct {
	key, mark string
	parts     map[int][]byte
}

func startFake(t testing.TB) (*fake, *httptest.Server) {
	t.Helper()
	f := &fake{objects: map[string]kept{}, uploads: map[string]*pending{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, server
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.served++
	n, fault := f.served, f.fault
	f.mu.Unlock()
	if fault != nil && fault(w, r, n) {
		return
	}
	signed, problem := sigv4.Parse(r)
	if problem != nil {
		refuse(w, http.StatusForbidden, "AccessDenied")
		return
	}
	stream, problem := signed.VerifyStream(testSecret, time.Now(), nil, r.Body)
	if problem != nil || signed.AccessKeyID != testID {
		refuse(w, http.StatusForbidden, "SignatureDoesNotMatch")
		return
	}
	body, err := io.ReadAll(stream)
	if err != nil || r.ContentLength >= 0 && int64(len(body)) != r.ContentLength {
		refuse(w, http.StatusBadRequest, "IncompleteBody")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.serve(w, r, body)
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	q := r.URL.Query()
	switch id := q.Get("uploadId"); {
	case bucket != testBucket:
		refuse(w, http.StatusNotFound, "NoSuchBucket")
	case q.Has("uploads"):
		f.serial++
		id = "up/load+" + strconv.Itoa(f.serial) // needs escapes
		f.uploads[id] = &pending{key, r.Header.Get(markHeader), map[int][]byte{}}
		fmt.Fprintf(w, "<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>", id)
	case id != "" && (f.uploads[id] == nil || f.uploads[id].key != key):
		refuse(w, http.StatusNotFound, "NoSuchUpload")
	case id != "" && r.Method == http.MethodPut:
		number, _ := strconv.Atoi(q.Get("partNumber"))
		f.uploads[id].parts[number] = body
		w.Header().Set("ETag", etagOf(body))
	case id != "" && r.Method == http.MethodDelete:
		delete(f.uploads, id)
		w.WriteHeader(http.StatusNoContent)
	case id != "":
		f.complete(w, id, body)
	case key == "":
		f.list(w, q.Get("prefix"), q.Get("continuation-token"))
	case r.Method == http.MethodPut:
		etag := etagOf(body)
		if f.opaque {
			etag = `"` + strconv.Itoa(f.served) + `"`
		}
		f.objects[key] = kept{body, etag, ""}
		w.Header().Set("ETag", etag)
	case r.Method == http.MethodDelete:
		delete(f.objects, key)
		w.WriteHeader(http.StatusNoContent)
	default:
		f.get(w, r, key)
	}
}

func (f *fake) get(w http.ResponseWriter, r *http.Request, key string) {
	o, ok := f.objects[key]
	if !ok {
		refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	w.Header().Set("ETag", o.etag)
	if o.mark != "" {
		w.Header().Set(markHeader, o.mark)
	}
	http.ServeContent(w, r, "", time.Now(), bytes.NewReader(o.body)) // ranges and If-Match
}

func (f *fake) complete(w http.ResponseWriter, id string, body []byte) {
	var asked struct {
		Parts []part `xml:"Part"`
	}
	up := f.uploads[id]
	if err := xml.Unmarshal(body, &asked); err != nil || len(asked.Parts) != len(up.parts) {
		refuse(w, http.StatusBadRequest, "MalformedXML")
		return
	}
	var whole []byte
	for i, p := range asked.Parts {
		if p.Number != i+1 || p.ETag != etagOf(up.parts[p.Number]) {
			refuse(w, http.StatusBadRequest, "InvalidPart")
			return
		}
		whole = append(whole, up.parts[p.Number]...)
	}
	f.objects[up.key] = kept{whole, etagOf(whole), up.mark}
	delete(f.uploads, id)
	fmt.Fprint(w, "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")
}

// list gives pages of two keys.
func (f *fake) list(w http.ResponseWriter, prefix, token string) {
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(f.objects)), func(k string) bool { return !strings.HasPrefix(k, prefix) || k <= token })
	more := len(keys) > 2
	keys = keys[:min(len(keys), 2)]
	fmt.Fprintf(w, "<ListBucketResult><IsTruncated>%v</IsTruncated>", more)
	for _, k := range keys {
		fmt.Fprintf(w, "<Contents><Key>%s</Key><Size>%d</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>", k, len(f.objects[k].body))
	}
	if more {
		fmt.Fprintf(w, "<NextContinuationToken>%s</NextContinuationToken>", keys[1])
	}
	fmt.Fprint(w, "</ListBucketResult>")
}

// setFault has the requests from now on, counted from 1, go through the fault.
func (f *fake) setFault(fault func(w http.ResponseWriter, r *http.Request, n int) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault, f.served = fault, 0
}

func (f *fake) requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.served
}

func (f *fake) pendingUploads() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.uploads)
}

func etagOf(b []byte) string {
	sum := md5.Sum(b)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>words</Message></Error>", code)
}

// cut breaks the connection after some bytes of the answer.
func cut(w http.ResponseWriter, start string) {
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = buf.WriteString(start)
	_ = buf.Flush()
	conn.Close()
}
