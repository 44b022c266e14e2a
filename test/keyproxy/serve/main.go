// Command serve is the key store proxy of package keyproxy as a program, to try external key stores out. It makes a certificate, a credential and keys, says
// what they are, and forgets them when it ends.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base32"
	"encoding/base64"
	"encoding/pem"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"

	"vauban/test/keyproxy"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9443", "host:port")
	ca := flag.String("ca", "keyproxy.pem", "file that the certificate is written to")
	flag.Parse()
	if err := serve(*listen, *ca); err != nil {
		log.Fatal(err)
	}
}

func serve(listen, ca string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return err
	}
	certificate, text, err := certify(host)
	if err != nil {
		return err
	}
	if err := os.WriteFile(ca, text, 0o644); err != nil {
		return err
	}
	p := &keyproxy.Proxy{Paths: []string{"/try/kms/xks/v1"}, AccessKeyID: base32.StdEncoding.EncodeToString(random(15)), Secret: base64.StdEncoding.EncodeToString(random(36)), Clock: time.Now}
	for _, id := range []string{"hsm-1", "hsm-2"} {
		p.Put(id, keyproxy.Key{Material: [32]byte(random(32))})
	}
	fmt.Printf("endpoint %s, path %s, keys hsm-1 and hsm-2\naccess key ID %s\nsecret %s\n", "https://"+listen, p.Paths[0], p.AccessKeyID, p.Secret)
	s := &http.Server{
		Addr: listen, Handler: logged(p), ReadHeaderTimeout: 5 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
	}
	return s.ListenAndServeTLS("", "")
}

// logged prints each request.
func logged(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(time.Now().UTC().Format(time.TimeOnly), r.Method, r.URL.Path)
		h.ServeHTTP(w, r)
	})
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails
	return b
}

// certify makes a certificate that vouches for itself.
func certify(host string) (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "key store proxy"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 1, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else {
		c.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), err
}
