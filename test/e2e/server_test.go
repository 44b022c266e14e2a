package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "vauban-e2e-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "vauban")
	cmd := exec.Command("go", "build", "-o", bin, "vauban")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if cli := started.Load(); cli != nil {
		if err := cli.end(); err != nil {
			fmt.Fprintln(os.Stderr, "aws.py:", err)
		}
	}
	if bin, err := build(); err == nil {
		os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

func binary(t testing.TB) string {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// running is one server process.
type running struct {
	bin, data string
	url, ca   string
	account   string
	key       string
	secret    string
	cmd       *exec.Cmd
	log       *bytes.Buffer
	done      chan error
}

// start runs `vauban up` on a data directory and waits until it is ready.
func start(t testing.TB, data string, args ...string) *running {
	t.Helper()
	s := &running{bin: binary(t), data: data, log: &bytes.Buffer{}, done: make(chan error, 1)}
	os.Remove(filepath.Join(data, "client.json"))
	s.cmd = exec.Command(s.bin, append([]string{"up", "--data", data, "--api", "https://127.0.0.1:0"}, args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- s.cmd.Wait() }()
	t.Cleanup(func() { s.stop(t, syscall.SIGTERM) })
	s.await(t)
	return s
}

func (s *running) await(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for time.Now().Before(deadline) {
		select {
		case err := <-s.done:
			t.Fatalf("the server ended: %v\n%s", err, s.log)
		case <-time.After(10 * time.Millisecond):
		}
		var client struct{ URL, CA, Account string }
		if !read(filepath.Join(s.data, "client.json"), &client) {
			continue
		}
		var creds struct{ AccessKeyID, SecretAccessKey string }
		if !read(filepath.Join(s.data, "admin-credentials.json"), &creds) {
			t.Fatalf("the server left no credentials\n%s", s.log)
		}
		s.url, s.ca, s.account, s.key, s.secret = client.URL, client.CA, client.Account, creds.AccessKeyID, creds.SecretAccessKey
		return
	}
	t.Fatalf("the server is not ready after two minutes\n%s", s.log)
}

func read(path string, v any) bool {
	b, err := os.ReadFile(path)
	return err == nil && json.Unmarshal(b, v) == nil
}

// stop ends the process with the signal and waits for its end.
func (s *running) stop(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Signal(sig)
	select {
	case err := <-s.done:
		if sig == syscall.SIGTERM && err != nil {
			t.Errorf("the server did not end well: %v\n%s", err, s.log)
		}
	case <-time.After(2 * time.Minute):
		_ = s.cmd.Process.Kill()
		t.Errorf("the server did not end within two minutes\n%s", s.log)
	}
	s.done <- nil
}

// env is what `eval "$(vauban env)"` sets, for a client process.
func (s *running) env(t testing.TB) []string {
	t.Helper()
	out, err := exec.Command(s.bin, "env", "--data", s.data).Output()
	if err != nil {
		t.Fatalf("vauban env: %v", err)
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LANG=C.UTF-8"}
	for _, line := range strings.Split(string(out), "\n") {
		if kv, ok := strings.CutPrefix(line, "export "); ok {
			k, v, _ := strings.Cut(kv, "=")
			env = append(env, k+"="+strings.Trim(v, "'"))
		}
	}
	return env
}

// run runs a client program and returns its output; it fails the test when the program fails.
func run(t testing.TB, env []string, dir, name string, args ...string) string {
	t.Helper()
	out, err := try(env, dir, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func try(env []string, dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir = env, dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// need skips the test when a program is not installed.
func need(t testing.TB, name, hint string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("SKIP: %s is not installed (%s)", name, hint)
	}
	return path
}
