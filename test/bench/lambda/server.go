package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"vauban/gateway/sigv4"
	"vauban/test/bench/process"
)

// server is a process of the program, with the means to call it.
type server struct {
	*process.Process
	client *http.Client
}

// start runs the program on a data directory of its own, and returns when it takes calls.
func start(binary string) (*server, error) {
	p, err := process.Vauban(binary, "--api", "https://127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &server{p, &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.CA}, MaxIdleConnsPerHost: 64}}}, nil
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
	r, err := http.NewRequest(method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", kind)
	signer := &sigv4.Signer{AccessKeyID: s.AccessKeyID, Secret: sigv4.SecretKey(s.SecretAccessKey), Region: "us-east-1", Service: service}
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
