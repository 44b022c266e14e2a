// Package s3control is S3 Control: what is set for a whole account, and the tags of buckets by their ARNs. The buckets, and Block Public Access
// that counts for them, are package s3's, which is reached through [Storage].
//
// Clients put the account before the endpoint's name (111122223333.s3-control…) and into the header x-amz-account-id; the header counts.
// Start reading at service.go.
//
// Differences from AWS: only Block Public Access and tags are built; everything else is answered as not built. Tags are of buckets only, because
// there are no access points, directory buckets or Storage Lens groups.
package s3control
