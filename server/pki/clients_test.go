package pki

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestClients connects with the TLS stacks of the clients that matter: curl, openssl and Python's ssl as botocore uses it.
func TestClients(t *testing.T) {
	a := open(t, t.TempDir(), Options{Hostname: "builder-7", Names: []string{"vauban.example.com"}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{TLSConfig: a.TLSConfig(), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			io.WriteString(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
			return
		}
		io.WriteString(w, r.Proto)
	})}
	go server.Serve(tls.NewListener(l, server.TLSConfig))
	t.Cleanup(func() { server.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	leaf := filepath.Join(t.TempDir(), "leaf.der")
	if err := os.WriteFile(leaf, a.leaf.Load().Certificate[0], 0o600); err != nil {
		t.Fatal(err)
	}
	const pythonTLS = `
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT
for name in ("localhost", "127.0.0.1", "builder-7", "bucket.s3.localhost", "bucket.s3.vauban.example.com"):
    with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as s, context.wrap_socket(s, server_hostname=name) as t:
        assert t.version() == "TLSv1.3", t.version()
try:
    with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as s, context.wrap_socket(s, server_hostname="example.org"):
        sys.exit("example.org is accepted")
except ssl.SSLCertVerificationError:
    pass
`
	const pythonBotocore = `
import sys, botocore.session
session = botocore.session.Session()
session.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret")
sts = session.create_client("sts", "us-east-1", endpoint_url="https://127.0.0.1:" + sys.argv[2], verify=sys.argv[1])
assert sts.get_caller_identity()["Account"] == "111122223333"
`
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"curl", []string{"curl", "-sS", "--noproxy", "*", "--cacert", a.CAPath(), "https://127.0.0.1:" + port + "/proto"}, ""},
		{"curl s3", []string{"curl", "-sS", "--noproxy", "*", "--http1.1", "--cacert", a.CAPath(), "--resolve", "bucket.s3.localhost:" + port + ":127.0.0.1", "https://bucket.s3.localhost:" + port + "/proto"}, "HTTP/1.1"},
		{"openssl", []string{"openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", a.CAPath(), "-verify_hostname", "bucket.s3.localhost", leaf}, leaf + ": OK\n"},
		{"python", []string{"python3", "-c", pythonTLS, a.CAPath(), port}, ""},
		{"botocore", []string{"python3", "-c", pythonBotocore, a.CAPath(), port}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := exec.LookPath(test.args[0]); err != nil {
				t.Skipf("%s is not installed", test.args[0])
			}
			if test.name == "botocore" && exec.Command("python3", "-c", "import botocore").Run() != nil {
				t.Skip("botocore is not installed")
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, test.args[0], test.args[1:]...)
			cmd.Env = append(os.Environ(), "NO_PROXY=*", "no_proxy=*", "AWS_CONFIG_FILE=/dev/null")
			out, err := cmd.CombinedOutput()
			if err != nil || test.want != "" && string(out) != test.want {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
