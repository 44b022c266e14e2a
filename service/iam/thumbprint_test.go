package iam

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
)

func TestThumbprint(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	got, err := thumbprint(t.Context(), s.URL+"/tenant", anywhere)
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
	if _, err := thumbprint(ctx, "https://"+l.Addr().String(), anywhere); err == nil {
		t.Error("a thumbprint of nobody")
	}
}

func anywhere(netip.Addr) bool { return true }

// TestThumbprintIsNotAskedEverywhere: the server is not a way to what only it can reach, whatever name leads there.
func TestThumbprintIsNotAskedEverywhere(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ConnState = func(net.Conn, http.ConnState) { asked.Add(1) }
	s.StartTLS()
	defer s.Close()
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1.2.3"} {
		if got, err := thumbprint(t.Context(), "https://"+host+":"+port, mayAsk); err == nil {
			t.Errorf("%s shows its certificate: %s", host, got)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("connected %d times", n)
	}
}

func TestMayAsk(t *testing.T) {
	for address, want := range map[string]bool{
		"192.0.2.1": true, "10.1.2.3": true, "172.16.0.1": true, "192.168.1.1": true, "100.64.0.1": true, "2001:db8::1": true, "fd12:3456::1": true, "::ffff:10.0.0.1": true, "64:ff9b::a00:1": true,
		"127.0.0.1": false, "127.255.0.9": false, "::1": false, "::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "0.0.0.0": false, "0.1.2.3": false, "::": false,
		"169.254.169.254": false, "169.254.170.2": false, "::ffff:169.254.169.254": false, "64:ff9b::a9fe:a9fe": false, "fe80::1": false, "fe80::1%eth0": false,
		"fd00:ec2::254": false, "fd20:ce::254": false, "100.100.100.200": false, "168.63.129.16": false, "192.0.0.192": false,
		"224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false,
	} {
		if got := mayAsk(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
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
