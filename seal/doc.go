// Package seal is the key hierarchy: a root key, which never enters the store, wraps a versioned [Ring] of keys, which the
// store keeps; the ring seals every secret that rests in the store and every token that clients carry.
//
// Start reading at [Open], then [Ring.Seal]. Root keys come from a [Source]: [File], [Passphrase], [Command] or [Ephemeral].
//
// This package must not log or print key material, must not know what it seals, and must not read the wall clock or the
// system's randomness other than through [Options].
//
// # Sealed values
//
// A sealed value is
//
//	format (1 byte) | key version (4 bytes) | nonce (24 bytes) | AES-256-GCM ciphertext and tag
//
// with the table and the key of its row as additional data, so that a value that is copied to another row, or another
// table, does not open there. A token is the same with a varint key version, a purpose instead of a row, and URL-safe base64.
//
// # Why XAES-256-GCM
//
// AES-GCM with random 96-bit nonces is sound for about 2^32 messages under one key (NIST SP 800-38D section 8.3), and a ring
// that seals session tokens would pass that without anybody noticing. Counting messages would need state that replicas
// share. So each message gets a key of its own, derived from the first half of a random 192-bit nonce as C2SP's
// XAES-256-GCM specifies, and AES-256-GCM runs under it with the other half: 2^80 messages under one version before
// a repeated nonce has a chance of 2^-32. No count, no state; the price is one AES key schedule a message.
//
// # Rotation
//
// [Ring.Rotate] adds a version; values sealed under older ones still open. The new version is stored first and used after
// [Options.Grace], so that every replica has read it before it meets a value sealed under it. [Ring.Rewrap] puts the same
// ring under another root key.
package seal
