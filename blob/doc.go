// Package blob keeps the bytes of objects, encrypted. [Store] is the interface; blob/fs is the driver for a directory,
// blob/s3 the one for a bucket; blob/blobtest is the suite that every driver passes.
//
// Start reading at [Store], then [Encrypt] and [Open], which are the format: drivers only move sealed bytes.
//
// This package must not know what an object is, who may read it or where its data key comes from: the caller keeps the key
// (wrapped) beside its metadata.
//
// # Format
//
//	header:  magic "VBLB" | version (1 byte) | 3 zero bytes | salt (32 bytes)
//	chunks:  64 KiB of plaintext each, the last one shorter, never empty; each with its 16-byte tag
//	trailer: the size of the plaintext (8 bytes, big-endian), sealed, with its tag
//
// The AES-256-GCM key of a file is derived from the data key, the salt and the object ID (HKDF-SHA-256), so that one data key may serve
// many objects and rewrites, and a file under another object's name does not open. The nonce of a chunk is its counter and
// a flag: 0 for a chunk, 1 for the last chunk, 2 for the trailer (the STREAM construction of Hoang, Reyhanitabar, Rogaway and
// Vizár). A chunk that is moved, repeated, left out or altered does not open. Reading starts with the trailer: its size must be the file's, so that a
// file cut or grown at any place is refused before a byte of it is given out.
//
// What the format cannot see is an older file of the same object under the same data key: give each version of an object its own ID.
package blob
