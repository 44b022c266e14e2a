// Package material is the cryptography of KMS keys: it makes key material of every key spec, keeps it as bytes, and encrypts, signs, authenticates and
// agrees with it.
//
// Start reading at [Key]; [spec.go] lists what each key spec can do.
//
// This package must not know the store, the wire, policies or key states: package kms does. It must not read a clock, and it takes randomness
// where it can be given: RSA key generation, hedged signatures and blinding use the system's, because Go's standard library no longer lets anybody
// else choose it.
//
// # Symmetric keys
//
// AES-GCM with random 96-bit nonces is sound for about 2^32 messages under one key (NIST SP 800-38D section 8.3), which one busy KMS key passes.
// So each message has a key of its own, derived from a random 192-bit nonce (package seal/xaes). A sealed message is
//
//	nonce (24 bytes) | AES-256-GCM ciphertext | tag (16 bytes)
//
// Whoever stores it adds which key sealed it, and binds that and the encryption context as additional data.
//
// # Differences from AWS
//
//   - ECDSA signatures over secp256k1 are deterministic (RFC 6979) and have a low s; those of AWS need not be. Verification accepts both.
//   - SM2 keys exist in AWS's China Regions only, and are refused as elsewhere.
package material
