// Package keyproxy is an external key store proxy with its keys in memory, for tests and for trying the feature out: it verifies signatures by itself,
// encrypts with AES-GCM as "AWS KMS External Key Store (XKS) Proxy API Specification" says, keeps what it was asked, and fails where a test wants it to. It is no
// server for production: nothing of it outlives the process.
//
// Start reading at proxy.go; signature.go verifies, fault.go fails.
package keyproxy
