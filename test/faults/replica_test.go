package faults

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"vauban/gateway/sigv4"
)

const (
	account   = "111122223333"
	adminKey  = "AKIAADMINADMINADMIN1"
	adminPass = "admin/secret"
	patience  = 3 * time.Minute // how long a condition may take to come true on a busy machine
)

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "vauban-faults-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "vauban"), "vauban")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return filepath.Join(dir, "vauban"), nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := build(); err == nil {
		_ = os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

// replica is one server process and a client of it.
type replica struct {
	t     *testing.T
	data  string
	log   string // path
	url   string
	cmd   *exec.Cmd
	ended chan struct{}
	http  *http.Client
	admin sigv4.Signer
}

// launch starts `vauban up` without waiting for it.
func launch(t *testing.T, data string, args ...string) *replica {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(data, "client.json"))
	out, err := os.CreateTemp(t.TempDir(), "log-*")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	r := &replica{t: t, data: data, log: out.Name(), ended: make(chan struct{})}
	r.admin = sigv4.Signer{AccessKeyID: adminKey, Secret: adminPass, Region: "us-east-1"}
	r.cmd = exec.Command(bin, append([]string{"up", "--data", data, "--api", "https://127.0.0.1:0", "--account", account,
		"--admin-access-key-id", adminKey, "--admin-secret-access-key", adminPass}, args...)...)
	r.cmd.Stdout, r.cmd.Stderr = out, out
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = r.cmd.Wait()
		close(r.ended)
	}()
	t.Cleanup(func() {
		r.kill()
		if t.Failed() {
			t.Logf("the end of the log of %s:\n%s", data, r.tail())
		}
	})
	return r
}

// start starts a server and waits until it is ready.
func start(t *testing.T, data string, args ...string) *replica {
	t.Helper()
	r := launch(t, data, args...)
	r.await()
	return r
}

// await waits until the server has said where it is, and is ready.
func (r *replica) await() {
	r.t.Helper()
	var client struct{ URL, CA string }
	eventually(r.t, "the server says where it is", func() bool {
		r.alive()
		b, err := os.ReadFile(filepath.Join(r.data, "client.json"))
		return err == nil && json.Unmarshal(b, &client) == nil
	})
	pem, err := os.ReadFile(client.CA)
	if err != nil {
		r.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, MaxIdleConnsPerHost: 128}
	r.t.Cleanup(transport.CloseIdleConnections)
	r.url, r.http = client.URL, &http.Client{Transport: transport, Timeout: patience}
	eventually(r.t, "the server is ready", func() bool { status, _ := r.ready(); return status == http.StatusOK })
}

// alive fails the test when the process has ended.
func (r *replica) alive() {
	r.t.Helper()
	select {
	case <-r.ended:
		r.t.Fatalf("the server ended by itself: %s\n%s", r.cmd.ProcessState, r.tail())
	default:
	}
}

// kill ends the process as kill -9 does.
func (r *replica) kill() {
	_ = r.cmd.Process.Signal(syscall.SIGKILL)
	<-r.ended
}

func (r *replica) tail() string {
	b, _ := os.ReadFile(r.log)
	return string(b[max(0, len(b)-4000):])
}

// ready asks for readiness: status, and the reason against it.
func (r *replica) ready() (status int, reason string) {
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/readyz", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := r.http.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	var answer struct{ Reason string }
	b, _ := io.ReadAll(res.Body)
	if err := json.Unmarshal(b, &answer); err != nil {
		r.t.Errorf("readiness: %v in %s", err, b)
	}
	return res.StatusCode, answer.Reason
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal(what)
		}
	}
}
