package s3_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vauban/blob"
	"vauban/gateway/sigv4"
	"vauban/server"
	"vauban/service"
	"vauban/service/s3"
	"vauban/store"
)

// endpoint is a server with its files, behind a real connection.
type endpoint struct {
	*server.Server
	url, data string
}

func serve(t *testing.T) *endpoint {
	data := t.TempDir()
	s, err := server.Open(context.Background(), server.Config{Data: data, AdminAccessKeyID: "AKIAADMINADMINADMIN1", AdminSecretAccessKey: "admin/secret"})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		h.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &endpoint{s, h.URL, data}
}

// do answers the status and the body; err is that of a body that broke off.
func (e *endpoint) do(t *testing.T, method, path string, body []byte) (status int, got []byte, err error) {
	t.Helper()
	r, err := http.NewRequest(method, e.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	signer := &sigv4.Signer{AccessKeyID: "AKIAADMINADMINADMIN1", Secret: "admin/secret", Region: "us-east-1", Service: "s3"}
	if err := signer.Sign(r, sigv4.PayloadHash(body), time.Now()); err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	got, err = io.ReadAll(res.Body)
	return res.StatusCode, got, err
}

func (e *endpoint) must(t *testing.T, method, path string, body []byte) []byte {
	t.Helper()
	status, got, err := e.do(t, method, path, body)
	if err != nil || status >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, status, got, err)
	}
	return got
}

// files are the blobs of S3, and those of the tests that play another service.
func (e *endpoint) files(t *testing.T) (paths []string) {
	err := filepath.WalkDir(filepath.Join(e.data, "blobs", "objects"), func(path string, d os.DirEntry, err error) error {
		if name := filepath.Base(path); err == nil && !d.IsDir() && (strings.HasPrefix(name, "s3-") || strings.HasPrefix(name, "other-")) {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestFlippedBits: whichever bit of the stored bytes is flipped, a reader gets an error or a body that breaks off; never other bytes than were stored.
func TestFlippedBits(t *testing.T) {
	e := serve(t)
	content := make([]byte, 200_000)
	for i := range content {
		content[i] = byte(rand.Int())
	}
	e.must(t, "PUT", "/damage", nil)
	e.must(t, "PUT", "/damage/k", content)
	files := e.files(t)
	if len(files) != 1 {
		t.Fatalf("%d files", len(files))
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(whole, content[:64]) {
		t.Fatal("the bytes are stored as they are")
	}
	for _, at := range []int{0, 5, 20, 60, 100, 65_000, 70_000, 140_000, len(whole) - 30, len(whole) - 1} {
		bad := bytes.Clone(whole)
		bad[at] ^= 1 << (at % 8)
		if err := os.WriteFile(files[0], bad, 0o600); err != nil {
			t.Fatal(err)
		}
		status, got, err := e.do(t, "GET", "/damage/k", nil)
		switch {
		case status == http.StatusInternalServerError && strings.Contains(string(got), "<Code>InternalError</Code>"):
		case err != nil && bytes.HasPrefix(content, got) && len(got) < len(content):
		default:
			t.Errorf("byte %d: %d, %d bytes, %v", at, status, len(got), err)
		}
	}
	if err := os.WriteFile(files[0], whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := e.must(t, "GET", "/damage/k", nil); !bytes.Equal(got, content) {
		t.Error("the file is whole again, and the object is not")
	}
}

// TestReclaim: bytes that nothing names are removed, once they are old enough and no sooner; those of objects, of parts of uploads under way and of
// uploads that have only now come in stay. What was let go of is removed after a while.
func TestReclaim(t *testing.T) {
	e := serve(t)
	big := bytes.Repeat([]byte("0123456789"), 10_000)
	e.must(t, "PUT", "/reclaim", nil)
	e.must(t, "PUT", "/reclaim/kept", big)
	e.must(t, "PUT", "/reclaim/replaced", big)
	e.must(t, "PUT", "/reclaim/replaced", []byte("small"))
	upload := string(e.must(t, "POST", "/reclaim/parts?uploads", nil))
	_, upload, _ = strings.Cut(upload, "<UploadId>")
	upload, _, _ = strings.Cut(upload, "</UploadId>")
	e.must(t, "PUT", "/reclaim/parts?partNumber=1&uploadId="+upload, big)
	deps := e.Deps()
	put := func(id string) {
		if _, err := deps.Blobs.Put(t.Context(), id, &blob.DataKey{}, bytes.NewReader(big)); err != nil {
			t.Fatal(err)
		}
	}
	put("s3-" + strings.Repeat("a", 32))                  // cut between the bytes and the commit
	put("s3-" + upload + "-1-" + strings.Repeat("b", 16)) // another attempt at the part
	put("other-" + strings.Repeat("c", 32))               // of another service
	if n := len(e.files(t)); n != 6 {
		t.Fatalf("%d files", n)
	}
	run := func(at time.Time) {
		t.Helper()
		w := &service.Work{Context: t.Context(), Time: at, Check: func(store.Tx) error { return nil }}
		for _, job := range s3.New(deps, nil).Jobs() {
			if job.Name != "s3.gone" && job.Name != "s3.orphans" {
				continue
			}
			if err := job.Run(w); err != nil {
				t.Fatal(job.Name, err)
			}
		}
	}
	for _, step := range []struct {
		after time.Duration
		files int
	}{{time.Minute, 6}, {time.Hour, 5}, {25 * time.Hour, 3}} {
		run(time.Now().Add(step.after))
		if n := len(e.files(t)); n != step.files {
			t.Errorf("after %v: %d files, want %d", step.after, n, step.files)
		}
	}
	if got := e.must(t, "GET", "/reclaim/kept", nil); !bytes.Equal(got, big) {
		t.Error("an object is damaged")
	}
	if got := e.must(t, "GET", "/reclaim/parts?uploadId="+upload, nil); !strings.Contains(string(got), "<Size>100000</Size>") {
		t.Errorf("the part is gone: %s", got)
	}
}

// TestInterruptedUpload: an upload that breaks off leaves nothing that is seen, and what was there stays.
func TestInterruptedUpload(t *testing.T) {
	e := serve(t)
	e.must(t, "PUT", "/cut", nil)
	e.must(t, "PUT", "/cut/k", []byte("before"))
	whole := bytes.Repeat([]byte("x"), 300_000)
	r, err := http.NewRequest("PUT", e.url+"/cut/k", io.MultiReader(bytes.NewReader(whole[:200_000]), broken{}))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = int64(len(whole))
	signer := &sigv4.Signer{AccessKeyID: "AKIAADMINADMINADMIN1", Secret: "admin/secret", Region: "us-east-1", Service: "s3"}
	if err := signer.Sign(r, sigv4.PayloadHash(whole), time.Now()); err != nil {
		t.Fatal(err)
	}
	if res, err := http.DefaultClient.Do(r); err == nil {
		res.Body.Close()
		if res.StatusCode < 400 {
			t.Errorf("a cut upload answers %d", res.StatusCode)
		}
	}
	// The same, whole but with another payload than was signed.
	status, body, err := e.tampered(t, "/cut/k", whole)
	if err != nil || status != http.StatusBadRequest || !strings.Contains(string(body), "XAmzContentSHA256Mismatch") {
		t.Errorf("a body that is not the signed one: %d %s %v", status, body, err)
	}
	if got := e.must(t, "GET", "/cut/k", nil); string(got) != "before" {
		t.Errorf("the object became %d bytes", len(got))
	}
	if n := len(e.files(t)); n != 0 {
		t.Errorf("%d files left", n)
	}
}

func (e *endpoint) tampered(t *testing.T, path string, body []byte) (int, []byte, error) {
	r, err := http.NewRequest("PUT", e.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	signer := &sigv4.Signer{AccessKeyID: "AKIAADMINADMINADMIN1", Secret: "admin/secret", Region: "us-east-1", Service: "s3"}
	if err := signer.Sign(r, sigv4.PayloadHash([]byte("something else")), time.Now()); err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	return res.StatusCode, got, err
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, fmt.Errorf("the client is gone") }
