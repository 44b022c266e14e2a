// Package treeproof proves, without a server, that a record is in the log and that the log only grew: the log is a Merkle tree (RFC 6962), and whoever
// holds its verifier key, a signed head and a proof can check both. It must not read a store or sign for a server; package eventlog/tree builds the tree.
//
// The leaf of an entry is the CloudTrail record exactly as it is stored and delivered: the bytes of one element of "Records" in a log file, or the text of
// CloudTrailEvent in an answer of LookupEvents. Its eventID is among them. So a leaf's hash is that of the byte 0 and the record, which any tool can compute:
//
//	(printf '\0'; cat record.json) | sha256sum
//
// Formats are those that others read too: heads are C2SP tlog-checkpoint (a signed note), inclusion proofs C2SP tlog-proof with the record as extra data, consistency
// proofs the body of add-checkpoint in C2SP tlog-witness. Reading is strict: there is one way to write a proof, and everything else is refused.
//
// Start reading at [Inclusion] and [Consistency].
package treeproof
