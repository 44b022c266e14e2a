package s3

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vauban/blob"
	"vauban/blob/blobtest"
)

// newStore makes a store that does not wait between attempts.
func newStore(t testing.TB, endpoint, prefix string) *Store {
	t.Helper()
	s, err := New(Config{Endpoint: endpoint, Bucket: testBucket, Prefix: prefix, AccessKeyID: testID, Secret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	s.pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// driver gives the suite a way to the sealed bytes that is not the reader under test.
func driver(s *Store) blobtest.Driver {
	return blobtest.Driver{Store: s, Forgets: true,
		Raw: func(t testing.TB, id string) []byte {
			a, err := s.do(t.Context(), call{method: http.MethodGet, key: s.prefix + id, limit: 64 << 20})
			if err != nil {
				t.Fatal(err)
			}
			return a.body
		},
		SetRaw: func(t testing.TB, id string, b []byte) {
			if _, err := s.do(t.Context(), call{method: http.MethodPut, key: s.prefix + id, body: b}); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func TestConformance(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blobtest.Driver {
		f, server := startFake(t)
		d := driver(newStore(t, server.URL, "some/prefix_"))
		d.Leftovers = func(testing.TB) int { return f.pendingUploads() }
		return d
	})
}

// TestPeer is the suite, and objects of several parts, against a server that others wrote.
func TestPeer(t *testing.T) {
	endpoint := startPeer(t)
	blobtest.Run(t, func(t *testing.T) blobtest.Driver {
		s := newStore(t, endpoint, strings.ToLower(strings.NewReplacer("/", "-", "#", "-").Replace(t.Name()))+"/")
		d := driver(s)
		d.Leftovers = func(t testing.TB) int {
			a, err := s.do(t.Context(), call{method: http.MethodGet, query: url.Values{"uploads": {""}}, limit: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			return bytes.Count(a.body, []byte("<UploadId>"))
		}
		return d
	})
	t.Run("Parts", func(t *testing.T) { parts(t, newStore(t, endpoint, "parts/")) })
	t.Run("Abort", func(t *testing.T) {
		s := newStore(t, endpoint, "abort/")
		key := &blob.DataKey{1}
		source := io.MultiReader(bytes.NewReader(make([]byte, 2*partSize)), cutSource{})
		if _, err := s.Put(t.Context(), "big", key, source); err == nil {
			t.Fatal("a source that breaks is stored")
		}
		a, err := s.do(t.Context(), call{method: http.MethodGet, query: url.Values{"uploads": {""}}, limit: 1 << 20})
		if err != nil || !bytes.Contains(a.body, []byte("ListMultipartUploadsResult")) || bytes.Contains(a.body, []byte("<UploadId>")) {
			t.Errorf("an upload is left: %v", err)
		}
	})
}

// cutSource is a source that breaks.
type cutSource struct{}

func (cutSource) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestParts(t *testing.T) {
	f, server := startFake(t)
	parts(t, newStore(t, server.URL, ""))
	if n := f.pendingUploads(); n != 0 {
		t.Errorf("%d uploads are left", n)
	}
}

// parts stores objects around the sizes at which parts begin and end.
func parts(t *testing.T, s *Store) {
	key := &blob.DataKey{2}
	// Sealed, the first is one part exactly; the next one has a byte in the second part.
	edge := partSize - int(blob.SealedSize(partSize)-partSize)
	if n := blob.SealedSize(int64(edge)); n != partSize {
		t.Fatalf("%d bytes are sealed in %d, not in a part", edge, n)
	}
	for _, n := range []int{edge, edge + 1, 2*partSize + 12345} {
		b := bytes.Repeat([]byte("0123456789abcdef!"), n/17+1)[:n]
		if size, err := s.Put(t.Context(), "parts", key, bytes.NewReader(b)); err != nil || size != int64(n) {
			t.Fatalf("put %d: %d, %v", n, size, err)
		}
		o, err := s.Open(t.Context(), "parts", key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(o.Range(t.Context(), 0, o.Size()))
		if err != nil || !bytes.Equal(got, b) {
			t.Errorf("%d bytes: %d are read, %v", n, len(got), err)
		}
		at := make([]byte, 1000)
		if _, err := o.ReadAt(at, int64(n)-2000); err != nil || !bytes.Equal(at, b[n-2000:n-1000]) {
			t.Errorf("%d bytes: near the end: %v", n, err)
		}
		o.Close()
	}
}

// startPeer starts moto's server and makes the bucket with a signed request.
func startPeer(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skip("SKIPPED: the driver is not shown against a foreign S3 server: moto_server is not installed (pip install 'moto[server]')")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	cmd := exec.Command(path, "-H", "127.0.0.1", "-p", strconv.Itoa(addr.Port))
	if err := cmd.Start(); err != nil {
		t.Skipf("SKIPPED: moto_server does not start: %v", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := <-exited; err != nil {
			t.Logf("moto_server: %v", err)
		}
	})
	endpoint := "http://" + addr.String()
	s := newStore(t, endpoint, "")
	s.pause = pause
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		_, err := s.do(ctx, call{method: http.MethodPut})
		if err == nil {
			return endpoint
		}
		select {
		case err := <-exited:
			exited <- err
			t.Skipf("SKIPPED: moto_server ends at once: %v", err)
		default:
		}
		if ctx.Err() != nil {
			t.Skipf("SKIPPED: moto_server makes no bucket within a minute: %v", err)
		}
	}
}

func TestConfig(t *testing.T) {
	good := Config{Bucket: "my-bucket", AccessKeyID: testID, Secret: testSecret, Prefix: "a/b_"}
	s, err := New(good)
	if err != nil || s.base.String() != "https://s3.us-east-1.amazonaws.com/my-bucket" {
		t.Fatalf("%v, %v", s, err)
	}
	for name, change := range map[string]func(*Config){
		"no bucket":      func(c *Config) { c.Bucket = "" },
		"bucket's name":  func(c *Config) { c.Bucket = "a/../b" },
		"no key":         func(c *Config) { c.AccessKeyID = "" },
		"no secret":      func(c *Config) { c.Secret = "" },
		"scheme":         func(c *Config) { c.Endpoint = "ftp://host" },
		"no scheme":      func(c *Config) { c.Endpoint = "host:9000" },
		"slash first":    func(c *Config) { c.Prefix = "/a" },
		"parent":         func(c *Config) { c.Prefix = "../a/" },
		"twice a slash":  func(c *Config) { c.Prefix = "a//" },
		"user in it":     func(c *Config) { c.Endpoint = "https://me:pw@host" },
		"query in it":    func(c *Config) { c.Endpoint = "https://host?x=1" },
		"unprintable":    func(c *Config) { c.Prefix = "a\n" },
		"too long":       func(c *Config) { c.Prefix = strings.Repeat("a", 600) },
		"not a location": func(c *Config) { c.Endpoint = "https://%zz" },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
