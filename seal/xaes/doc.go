// Package xaes is XAES-256-GCM as https://c2sp.org/XAES-256-GCM defines it: authenticated encryption whose 192-bit nonces can be random for as
// many messages as anybody sends under one key. Package seal says why it is needed.
//
// This package must not choose nonces: callers pass them, from their own source of randomness. Start reading at [New].
package xaes
