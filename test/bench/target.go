package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"vauban/gateway/sigv4"
)

// target is a server process under measurement.
type target struct {
	name        string
	quick       bool // the peer is slow: fewer calls
	cmd         *exec.Cmd
	dir         string
	url         string
	client      *http.Client
	key, secret string
	queue       string // that a rule sends to, once there is one
}

func form(action string, params ...string) string {
	v := url.Values{"Action": {action}, "Version": {"2010-05-08"}}
	if action == "GetCallerIdentity" {
		v.Set("Version", "2011-06-15")
	}
	for i := 0; i+1 < len(params); i += 2 {
		v.Set(params[i], params[i+1])
	}
	return v.Encode()
}

func startVauban(binary string) (*target, error) {
	dir, err := os.MkdirTemp("", "vauban-bench-")
	if err != nil {
		return nil, err
	}
	t := &target{name: "vauban", dir: dir, cmd: exec.Command(binary, "up", "--data", dir, "--api", "https://127.0.0.1:0", "--log-level", "warn", "--caller-rate", "1000000", "--source-rate", "1000000")}
	t.cmd.Stderr = os.Stderr
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	var client struct{ URL, CA string }
	var creds struct{ AccessKeyID, SecretAccessKey string }
	if err := await(15*time.Second, func() bool {
		return readJSON(filepath.Join(dir, "client.json"), &client) && readJSON(filepath.Join(dir, "admin-credentials.json"), &creds)
	}); err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(client.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	t.url, t.key, t.secret = client.URL, creds.AccessKeyID, creds.SecretAccessKey
	t.client = newClient(&tls.Config{RootCAs: pool, NextProtos: []string{"http/1.1"}})
	return t, nil
}

func newClient(c *tls.Config) *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: c, MaxIdleConns: 512, MaxIdleConnsPerHost: 512, DisableCompression: true}}
}

// startMoto starts the peer: an emulator that stores policies and does not enforce them by default.
func startMoto() (*target, error) {
	path, err := exec.LookPath("moto_server")
	if err != nil {
		return nil, errors.New("moto_server is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	t := &target{name: "moto_server (http, no enforcement)", quick: true, url: "http://" + addr.String(), key: "AKIAIOSFODNN7EXAMPLE", secret: "secret",
		client: newClient(nil), cmd: exec.Command(path, "-H", "127.0.0.1", "-p", strconv.Itoa(addr.Port))}
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	if err := await(30*time.Second, func() bool { return t.call("sts", form("GetCallerIdentity")) == nil }); err != nil {
		t.stop()
		return nil, fmt.Errorf("moto_server does not start: %w", err)
	}
	return t, nil
}

func (t *target) stop() {
	_ = t.cmd.Process.Signal(syscall.SIGTERM)
	_ = t.cmd.Wait()
	if t.dir != "" {
		os.RemoveAll(t.dir)
	}
}

func timeStart(binary string, ephemeral bool) (time.Duration, error) {
	dir, err := os.MkdirTemp("", "vauban-bench-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	addr := l.Addr().String()
	l.Close()
	args := []string{"up", "--log-level", "warn", "--data", filepath.Join(dir, "data"), "--api", "https://" + addr}
	scheme := "https://"
	if ephemeral {
		args = []string{"up", "--log-level", "warn", "--ephemeral", "--account", "111122223333", "--admin-access-key-id", "AKIAIOSFODNN7EXAMPLE", "--admin-secret-access-key", "secret", "--api", "http://" + addr}
		scheme = "http://"
	}
	start := time.Now()
	cmd := exec.Command(binary, args...)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	client := newClient(&tls.Config{InsecureSkipVerify: true}) // only asks whether it is ready
	err = await(15*time.Second, func() bool {
		res, err := client.Get(scheme + addr + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return time.Since(start), err
}

func (t *target) call(service, body string) error {
	_, err := t.ask(service, body)
	return err
}

// ask sends a form, or a JSON document of a service that speaks JSON: "Operation {…}".
func (t *target) ask(service, body string) ([]byte, error) {
	kind, operation := "application/x-www-form-urlencoded; charset=utf-8", ""
	if name, document, ok := strings.Cut(body, " "); ok && strings.HasPrefix(document, "{") {
		kind, operation, body = "application/x-amz-json-1.1", jsonTargets[service]+"."+name, document
	}
	r, err := http.NewRequest(http.MethodPost, t.url+"/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", kind)
	if operation != "" {
		r.Header.Set("X-Amz-Target", operation)
	}
	signer := &sigv4.Signer{AccessKeyID: t.key, Secret: sigv4.SecretKey(t.secret), Region: "us-east-1", Service: service}
	if err := signer.Sign(r, sigv4.PayloadHash([]byte(body)), time.Now()); err != nil {
		return nil, err
	}
	res, err := t.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d %s", res.StatusCode, b[:min(len(b), 300)])
	}
	return b, err
}

// jsonTargets begin the X-Amz-Target of the services that speak JSON.
var jsonTargets = map[string]string{"kms": "TrentService"}

// result is one measurement.
type result struct {
	rate, cpu     float64 // calls a second; µs of the server's CPU a call
	p50, p99      time.Duration
	calls, failed int
}

// load calls from all connections, count times or for the duration, and measures the server's CPU meanwhile and until its background
// work for these calls has settled.
func (t *target) load(service string, body func(int) string, count int, d time.Duration, connections int) (*result, error) {
	var next, failed atomic.Int64
	var firstErr atomic.Pointer[error]
	took := make([][]time.Duration, connections)
	before, err := t.cpu()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	var all sync.WaitGroup
	for c := range connections {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if count > 0 && i >= count || count == 0 && time.Since(start) > d {
					return
				}
				at := time.Now()
				if err := t.call(service, body(i)); err != nil {
					failed.Add(1)
					firstErr.CompareAndSwap(nil, &err)
				}
				took[c] = append(took[c], time.Since(at))
			}
		})
	}
	all.Wait()
	elapsed := time.Since(start)
	after, err := t.settled()
	if err != nil {
		return nil, err
	}
	times := slices.Concat(took...)
	slices.Sort(times)
	if len(times) == 0 {
		return nil, errors.New("no call was made")
	}
	if e := firstErr.Load(); e != nil {
		fmt.Println("first failure:", *e)
	}
	return &result{rate: float64(len(times)) / elapsed.Seconds(), cpu: float64((after - before).Microseconds()) / float64(len(times)),
		p50: times[len(times)/2].Round(10 * time.Microsecond), p99: times[len(times)*99/100].Round(10 * time.Microsecond), calls: len(times), failed: int(failed.Load())}, nil
}

// settled waits until the server uses no more CPU than an idle one, so that relaying and indexing are counted.
func (t *target) settled() (time.Duration, error) {
	last, err := t.cpu()
	for range 40 {
		if err != nil {
			return 0, err
		}
		time.Sleep(250 * time.Millisecond)
		var now time.Duration
		if now, err = t.cpu(); now-last <= 10*time.Millisecond {
			return now, err
		}
		last = now
	}
	return last, err
}

// cpu is the user and system time of the process. proc_pid_stat(5): fields 14 and 15, in ticks of 10 ms.
func (t *target) cpu() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", t.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, err := strconv.Atoi(f[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

func (t *target) rss() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", t.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(b))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

func await(d time.Duration, ok func() bool) error {
	for deadline := time.Now().Add(d); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return nil
		}
	}
	return fmt.Errorf("nothing after %s", d)
}

func readJSON(path string, v any) bool {
	b, err := os.ReadFile(path)
	return err == nil && json.Unmarshal(b, v) == nil
}
