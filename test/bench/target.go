package main

import (
	"crypto/tls"
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
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vauban/gateway/sigv4"
	"vauban/test/bench/process"
)

// target is a server process under measurement.
type target struct {
	*process.Process
	name   string
	quick  bool // the peer is slow: fewer calls
	client *http.Client
	queue  string // that a rule sends to, once there is one
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
	p, err := process.Vauban(binary, "--api", "https://127.0.0.1:0", "--log-level", "warn", "--caller-rate", "1000000", "--source-rate", "1000000")
	if err != nil {
		return nil, err
	}
	return &target{Process: p, name: "vauban", client: newClient(&tls.Config{RootCAs: p.CA, NextProtos: []string{"http/1.1"}})}, nil
}

func newClient(c *tls.Config) *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: c, MaxIdleConns: 512, MaxIdleConnsPerHost: 512, DisableCompression: true}}
}

func startMoto() (*target, error) {
	p, err := process.Moto()
	if err != nil {
		return nil, err
	}
	return &target{Process: p, name: "moto_server (http, no enforcement)", quick: true, client: newClient(nil)}, nil
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
	err = process.Await(15*time.Second, func() bool {
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
	r, err := http.NewRequest(http.MethodPost, t.URL+"/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", kind)
	if operation != "" {
		r.Header.Set("X-Amz-Target", operation)
	}
	signer := &sigv4.Signer{AccessKeyID: t.AccessKeyID, Secret: sigv4.SecretKey(t.SecretAccessKey), Region: "us-east-1", Service: service}
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
	before, err := t.CPU()
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
	last, err := t.CPU()
	for range 40 {
		if err != nil {
			return 0, err
		}
		time.Sleep(250 * time.Millisecond)
		var now time.Duration
		if now, err = t.CPU(); now-last <= 10*time.Millisecond {
			return now, err
		}
		last = now
	}
	return last, err
}
