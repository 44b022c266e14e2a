// Package xks speaks to an external key store proxy: the program, in the owner's hands, that stands before the HSM whose keys encrypt for KMS. The protocol is
// version 1 of the "AWS KMS External Key Store (XKS) Proxy API Specification": JSON over HTTPS, signed with Signature Version 4 under a key that the
// proxy and KMS share.
//
// Start reading at client.go; message.go has the requests and the answers, problem.go why a call failed.
//
// A call is one request: nothing is tried again here, and nothing outlives the time of the call. What a proxy answers is hostile until it has been
// checked: sizes, shapes and the integrity value are, before anybody sees it. This package knows neither the store nor KMS's errors.
package xks
