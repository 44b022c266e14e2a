// Package pki gives a server TLS from its first start: a certificate authority of its own, made once and kept in the data
// directory, and server certificates that it issues and renews by itself while the server runs.
//
// Clients trust the authority through its bundle, ca.pem (AWS_CA_BUNDLE, SSL_CERT_FILE, curl --cacert). The authority is
// constrained to names that are this server's business (see constraints.go), so that its key, should it leak, is of no use
// against other sites. The key lies in ca.key with mode 0600; keys of server certificates exist in memory only.
//
// The certificate of the authority is renewed with the same key and the same name: clients that hold an older ca.pem go on
// trusting the server until that copy expires, or until the server takes a name that the copy does not permit.
//
// The package must not serve anything and knows no protocol. Start reading at [Open].
package pki
