package iam

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestThumbprint(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	got, err := thumbprint(t.Context(), s.URL+"/tenant")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(s.Certificate().Raw)
	if want := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("thumbprint %s, want %s", got, want)
	}
}

func TestThumbprintOfWhoDoesNotAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // takes connections and says nothing
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := thumbprint(ctx, "https://"+l.Addr().String()); err == nil {
		t.Error("a thumbprint of nobody")
	}
}

func TestCheckIssuer(t *testing.T) {
	for url, want := range map[string]bool{
		"https://idp.example.com":           true,
		"https://idp.example.com:8443/a/b/": true,
		"https://192.0.2.1/realms/main":     true,
		"http://idp.example.com":            false,
		"idp.example.com":                   false,
		"https://":                          false,
		"https://user@idp.example.com":      false,
		"https://idp.example.com?x=1":       false,
		"https://idp.example.com?":          false,
		"https://idp.example.com#x":         false,
		"https://idp.example.com/a b":       false,
		"https://idp.exämple.com":           false,
	} {
		if err := checkIssuer(url); (err == nil) != want {
			t.Errorf("%s: %v, want accepted: %v", url, err, want)
		}
	}
}
