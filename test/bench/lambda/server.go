package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"vauban/gateway/sigv4"
)

// server is a process of the program, with the means to call it.
type server struct {
	binary, dir, url, account string
	cmd                       *exec.Cmd
	client                    *http.Client
	key                       struct{ AccessKeyID, SecretAccessKey string }
}

// start runs the program on a data directory of its own, and returns when it takes calls.
func start(binary string) (*server, error) {
	dir, err := os.MkdirTemp("", "vauban-bench-")
	if err != nil {
		return nil, err
	}
	s := &server{binary: binary, dir: dir, cmd: exec.Command(binary, "up", "--data", dir, "--api", "https://127.0.0.1:0")}
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var c struct{ URL, CA, Account string }
		if !read(filepath.Join(dir, "client.json"), &c) || !read(filepath.Join(dir, "admin-credentials.json"), &s.key) {
			continue
		}
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		s.url, s.account = c.URL, c.Account
		s.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, MaxIdleConnsPerHost: 64}}
		return s, nil
	}
	s.stop()
	return nil, fmt.Errorf("the server did not start")
}

func read(path string, v any) bool {
	b, err := os.ReadFile(path)
	return err == nil && json.Unmarshal(b, v) == nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

func escape(text string) string { return url.QueryEscape(text) }

// form sends a query request.
func (s *server) form(service, form string) ([]byte, error) {
	return s.send(service, "POST", "/", "application/x-www-form-urlencoded", []byte(form))
}

// call sends a call of Lambda.
func (s *server) call(method, path string, body []byte) ([]byte, error) {
	return s.send("lambda", method, path, "application/json", body)
}

func (s *server) send(service, method, path, kind string, body []byte) ([]byte, error) {
	r, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", kind)
	signer := &sigv4.Signer{AccessKeyID: s.key.AccessKeyID, Secret: sigv4.SecretKey(s.key.SecretAccessKey), Region: "us-east-1", Service: service}
	if err := signer.Sign(r, sigv4.PayloadHash(body), time.Now()); err != nil {
		return nil, err
	}
	res, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return nil, err
	case res.StatusCode >= 300 || res.Header.Get("X-Amz-Function-Error") != "":
		return nil, fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, out)
	}
	return out, nil
}

// invoke runs the function once, and returns how long its caller waited.
func (s *server) invoke() (time.Duration, error) {
	begin := time.Now()
	_, err := s.call("POST", "/2015-03-31/functions/bench/invocations", []byte(`{"n":1}`))
	return time.Since(begin), err
}
