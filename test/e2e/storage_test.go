package e2e

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// folder makes files of several sizes, among them names that clients have to escape, and one that is sent in parts.
func folder(t *testing.T) string {
	dir := t.TempDir()
	for name, size := range map[string]int{
		"empty": 0, "small": 10, "page/16k": 16 << 10, "page/16k+1": 16<<10 + 1, "ä b+c&d%.txt": 1000, "deep/er/and deeper/1M": 1 << 20, "large": 20 << 20,
	} {
		b := make([]byte, size)
		if _, err := rand.Read(b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		// S3 tells a time without its fraction: a file of the second in which it is sent would be newer than its object, and a sync would send it again.
		if old := time.Now().Add(-time.Hour); os.Chtimes(path, old, old) != nil {
			t.Fatal("its time does not change:", path)
		}
	}
	return dir
}

// sameFiles compares two folders.
func sameFiles(t *testing.T, want, got string) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(want, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		rel, _ := filepath.Rel(want, path)
		a, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(filepath.Join(got, rel))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s came back with %d bytes of %d: %v", rel, len(b), len(a), err)
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("%d files: %v", n, err)
	}
}

// TestStorageCLI moves files in and out with aws s3.
func TestStorageCLI(t *testing.T) {
	a := newAWS(t)
	files := folder(t)
	s3 := func(args ...string) string {
		t.Helper()
		return a.text(append([]string{"s3"}, args...)...)
	}
	s3("mb", "s3://cli-files")
	s3("sync", "--no-progress", files, "s3://cli-files/in")
	if out := s3("sync", "--no-progress", files, "s3://cli-files/in"); strings.Contains(out, "upload:") {
		t.Errorf("a second sync sends again:\n%s", out)
	}
	if out := s3("ls", "s3://cli-files/in/"); !strings.Contains(out, "PRE deep/") || !strings.Contains(out, "20971520 large") {
		t.Errorf("ls:\n%s", out)
	}
	s3("cp", "--no-progress", "--recursive", "s3://cli-files/in", "s3://cli-files/copied")
	s3("mv", "--no-progress", "s3://cli-files/copied/large", "s3://cli-files/copied/moved")
	s3("mv", "--no-progress", "s3://cli-files/copied/moved", "s3://cli-files/copied/large")
	back := t.TempDir()
	s3("cp", "--no-progress", "--recursive", "s3://cli-files/copied", back)
	sameFiles(t, files, back)
	if err := os.Remove(filepath.Join(files, "small")); err != nil {
		t.Fatal(err)
	}
	s3("sync", "--no-progress", "--delete", files, "s3://cli-files/in")
	a.fails("404", "s3api", "head-object", "--bucket", "cli-files", "--key", "in/small")
	a.fails("BucketNotEmpty", "s3api", "delete-bucket", "--bucket", "cli-files")
	s3("rb", "--force", "s3://cli-files")
	a.fails("NoSuchBucket", "s3api", "list-objects-v2", "--bucket", "cli-files")
}

// TestStorageRclone syncs with rclone, checks by checksum, and by reading everything back.
func TestStorageRclone(t *testing.T) {
	rclone := need(t, "rclone", "apt-get install rclone")
	s := start(t, t.TempDir())
	files, back := folder(t), t.TempDir()
	env := slices.DeleteFunc(s.env(t), func(kv string) bool { return strings.HasPrefix(kv, "AWS_CA_BUNDLE=") }) // which rclone's own transport does not take
	env = append(env, "RCLONE_CONFIG_V_TYPE=s3", "RCLONE_CONFIG_V_PROVIDER=Other", "RCLONE_CONFIG_V_ENV_AUTH=true", "RCLONE_CONFIG_V_REGION=us-east-1",
		"RCLONE_CONFIG_V_ENDPOINT="+s.url, "RCLONE_CA_CERT="+s.ca, "RCLONE_S3_UPLOAD_CUTOFF=5M", "RCLONE_S3_CHUNK_SIZE=5M", "RCLONE_CONFIG=/dev/null")
	for _, args := range [][]string{
		{"mkdir", "v:rclone-files"}, {"sync", files, "v:rclone-files/in"}, {"check", files, "v:rclone-files/in"}, {"check", "--download", files, "v:rclone-files/in"},
		{"copy", "v:rclone-files/in", "v:rclone-files/copied"}, {"sync", "v:rclone-files/copied", back}, {"purge", "v:rclone-files"},
	} {
		run(t, env, "", rclone, args...)
	}
	sameFiles(t, files, back)
}

// TestStorageKilled: a server that is killed in the middle of an upload shows, when it is back, what was there before, and all of it; an upload in parts goes on.
func TestStorageKilled(t *testing.T) {
	a := newAWS(t)
	file := filepath.Join(folder(t), "large")
	a.ok("s3api", "create-bucket", "--bucket", "killed")
	before := filepath.Join(t.TempDir(), "before")
	if err := os.WriteFile(before, bytes.Repeat([]byte("before"), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	a.ok("s3api", "put-object", "--bucket", "killed", "--key", "k", "--body", before)
	upload := a.ok("s3api", "create-multipart-upload", "--bucket", "killed", "--key", "parts")["UploadId"].(string)
	part := a.ok("s3api", "upload-part", "--bucket", "killed", "--key", "parts", "--upload-id", upload, "--part-number", "1", "--body", file)["ETag"].(string)

	for _, path := range []string{"/killed/k", "/killed/parts?partNumber=2&uploadId=" + upload} {
		slow, w := io.Pipe()
		sent := make(chan error, 1)
		go func() { sent <- put(t, a.s, path, slow) }()
		if _, err := w.Write(make([]byte, 3<<20)); err != nil { // the server has taken most of it
			t.Fatal(err)
		}
		a.s.stop(t, syscall.SIGKILL)
		_ = w.CloseWithError(io.ErrClosedPipe)
		if err := <-sent; err == nil {
			t.Error("an upload to a killed server succeeded")
		}
		a.s = start(t, a.s.data)
		a.env = a.s.env(t)
	}
	back := filepath.Join(t.TempDir(), "back")
	a.ok("s3api", "get-object", "--bucket", "killed", "--key", "k", back)
	same(t, before, back)
	list := a.ok("s3api", "list-parts", "--bucket", "killed", "--key", "parts", "--upload-id", upload)
	if parts := list["Parts"].([]any); len(parts) != 1 {
		t.Errorf("parts: %v", parts)
	}
	a.ok("s3api", "complete-multipart-upload", "--bucket", "killed", "--key", "parts", "--upload-id", upload,
		"--multipart-upload", `{"Parts":[{"PartNumber":1,"ETag":"`+strings.Trim(part, `"`)+`"}]}`)
	a.ok("s3api", "get-object", "--bucket", "killed", "--key", "parts", back)
	same(t, file, back)
}

func same(t *testing.T, want, got string) {
	t.Helper()
	a, err1 := os.ReadFile(want)
	b, err2 := os.ReadFile(got)
	if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Errorf("%d bytes of %d came back: %v %v", len(b), len(a), err1, err2)
	}
}

// put sends 4 MiB that come from r.
func put(t *testing.T, s *running, path string, r io.Reader) error {
	req, err := http.NewRequest(http.MethodPut, s.url+path, r)
	if err != nil {
		return err
	}
	req.ContentLength = 4 << 20
	req.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	creds := aws.Credentials{AccessKeyID: s.key, SecretAccessKey: s.secret}
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, req, "UNSIGNED-PAYLOAD", "s3", "us-east-1", time.Now()); err != nil {
		return err
	}
	pem, err := os.ReadFile(s.ca)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return io.ErrUnexpectedEOF
	}
	return nil
}
