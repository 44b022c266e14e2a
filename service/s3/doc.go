// Package s3 is S3: buckets, and objects whose bytes are always encrypted.
//
// Documents and bytes are apart. What is known of a version is a document: the current versions are in one table, which listings walk; all
// others, and delete markers, are in a second. Small objects are sealed into a document of their own; larger ones, and parts, are blobs under
// an ID that is never used twice. Bytes are durable before the transaction that names them, and are removed some time after the one that
// lets go of them; what a crash leaves is reclaimed.
//
// Start reading at [Service] for the operations, version.go for what is stored, put.go and get.go for the way of the bytes.
//
// # Differences from AWS
//
//   - Storage classes are labels: all bytes are kept alike. The classes that have to be restored before they are read (GLACIER, DEEP_ARCHIVE)
//     and those of other services are refused.
//   - There are no access control lists: every bucket's owner owns all objects in it (BucketOwnerEnforced).
//   - A bucket key changes the encryption context of the data key, as in AWS; it does not save calls to KMS.
//   - Double encryption (aws:kms:dsse) is refused.
//   - A region is not an endpoint here: a call that was signed for another region than the bucket's gets the answer of that region's endpoint.
package s3
