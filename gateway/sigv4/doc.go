// Package sigv4 verifies AWS Signature Version 4 on the server's side, in every form that clients send: the Authorization
// header, presigned query strings, S3's POST policies, streamed payloads in aws-chunked encoding with chained signatures and
// trailers, and the asymmetric SigV4A. A minimal [Signer] makes the header and query forms.
//
// It knows nothing of who owns a key: [Parse] says which access key a request claims, the caller looks the secret up, and
// [Signed.Verify] or [Signed.VerifyStream] proves the claim. It must not do I/O beyond reading the body that it is given, and
// reads no clock.
//
// A request without a signature is not special: Parse answers a [Problem] of kind [MissingAuthenticationToken], so that a caller
// that forgets to look refuses it, and one that serves unsigned operations can go on.
//
// Start reading at parse.go, then verify.go; canonical.go is the canonical request, chunk.go the streamed payload, problem.go the
// wording of refusals.
//
// # Differences from AWS
//
// The clock may differ by 15 minutes both ways for every service; some AWS services allow five. X-Amz-Expires of a presigned
// request is honoured everywhere except by sts, where, as in AWS, a presigned request lives 15 minutes whatever it says: tokens
// of EKS clusters depend on it. All x-amz-* headers must be signed for every service, not only for S3; the one exception is
// x-amz-security-token outside S3, which clients may add after signing.
//
// Sources: IAM User Guide "AWS Signature Version 4 for API requests" and "Troubleshoot signed requests"; S3 API Reference
// "Authenticating Requests (AWS Signature Version 4)" with its pages on query parameters, chunked uploads and trailing headers.
package sigv4
