// Package s3 keeps objects in a bucket of a store that speaks the S3 protocol: AWS, or any compatible one. An object is one key, the prefix
// and the ID.
//
// An object of up to 8 MiB is one PutObject, a longer one a multipart upload in parts of 8 MiB, so that a Put holds one part whatever the
// size; both appear whole or not at all. The body of every request is hashed and the hash signed, over TLS too: the store refuses what was
// altered on the way. Reading asks for ranges, more at a time the longer the reading goes straight on, up to 1 MiB, and pins them
// to the ETag that [Store.Open] saw.
//
// This package only moves sealed bytes; the format is blob's. Start reading at [Store.Put] and [Store.do], which is every request.
//
// # Limits
//
//   - The store does not keep the former bytes of an object that was replaced or deleted: who has it open gets [blob.ErrChanged], never a
//     mixture. This is the one thing in which the driver is excepted from blobtest (Driver.Forgets).
//   - A Put that answers an error because the connection was lost may have been stored: whole, but unacknowledged.
//   - An object has at most 10,000 parts, 78 GiB sealed.
//   - A failed upload is aborted. What a crash leaves is invisible but takes room: give the bucket a lifecycle rule with
//     AbortIncompleteMultipartUpload.
//   - ETags are not the MD5 of the bytes everywhere (KMS encryption, multipart). When a small object's is not, a HeadObject follows the PutObject,
//     and a Put of the same ID in between makes it an error. What the store returns
//     instead of the bytes that it took does not open: [blob.ErrCorrupt].
//   - Requests are path-style; redirects are not followed, because the signature does not hold elsewhere: give the bucket's own region.
//   - A request is tried up to four times, each within Config.Timeout. The context of Range ends a reading between requests, Close during one.
//   - The store needs read-after-write consistency of single keys and of listings, as S3 has it.
//   - Neither encryption of the bucket with a customer's key, object lock nor requester-pays is asked for.
//
// Sources: Amazon S3 User Guide "Uploading and copying objects using multipart upload", "Amazon S3 multipart upload limits" and
// "Best practices design patterns: optimizing Amazon S3 performance"; S3 API Reference "CompleteMultipartUpload" (the error within a 200),
// "GetObject", "ListObjectsV2" and "Error responses".
package s3
