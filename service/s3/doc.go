// Package s3 is S3: buckets, and objects whose bytes are always encrypted.
//
// Documents and bytes are apart. What is known of a version is a document: the current versions are in one table, which listings walk; all
// others, and delete markers, are in a second. Small objects are sealed into a document of their own; larger ones, and parts, are blobs under
// an ID that is never used twice. Bytes are durable before the transaction that names them, and are removed some time after the one that
// lets go of them; what a crash leaves is reclaimed.
//
// Each kind of configuration of a bucket is a document of its own (setting.go) with its operations in a file of its own; the bucket lists the kinds
// that it has, so that nothing is read for the many that have none. What they say to the operations on objects is in configured.go. Jobs act on
// them: expire.go ends what lifecycle rules say, accessdeliver.go writes access logs, inventory.go makes the reports that inventorydate.go says are due, requestmetrics.go counts requests. website.go says what websites show. Kinds of which
// a bucket has several are in named.go. replicate.go copies new versions to other buckets.
//
// Start reading at [Service] for the operations, version.go for what is stored, put.go and get.go for the way of the bytes, policy.go and
// publicaccess.go for who may do what.
//
// # Differences from AWS
//
//   - Storage classes are labels: all bytes are kept alike. The classes that have to be restored before they are read (GLACIER, DEEP_ARCHIVE)
//     and those of other services are refused.
//   - There are no access control lists: every bucket's owner owns all objects in it (BucketOwnerEnforced). Other ownership is refused; a list can be set
//     only to what it is, full control for the owner. Where the ownership controls are deleted, lists stay off.
//   - A bucket policy's resources must begin with the bucket's own ARN as it is, without wildcards in its name; accounts are named by their numbers or ARNs,
//     not by canonical user IDs; it is never refused for locking its author out: root of the owner's account can always manage it.
//   - SSE-C is not blocked in new buckets, as AWS does since April 2026; BlockedEncryptionTypes blocks it.
//   - Lifecycle transitions are refused. What rules end is also a data event (ExpireObject, CreateDeleteMarker, AbortUpload), in the commit that ends it.
//   - Notifications: the events of restores, replication, transitions and access control lists, which do not happen here, are refused. A Lambda function is
//     asked, by a dry run, whether it lets the bucket in; AWS looks at its policy alone.
//   - Replication is to buckets of the same installation, of any account and region. Replication Time Control, its metrics, replica modification sync and
//     existing objects are refused; changes of tags and locks after a version was made, and objects under SSE-C, are not replicated. A replica has the
//     version ID and the time of its source; in a bucket where somebody else writes too it may get an ID of its own. What is refused has failed at once.
//   - Request metrics come within seconds. A filter takes requests about one object; DeleteObjects counts only without a filter. Filters by access point are refused.
//   - Inventories are CSV, and the first comes at once; ORC and Parquet, IntelligentTieringAccessTier and ObjectAccessControlList are refused. The destination must exist.
//   - Websites have host names of their own and no path. A visitor may be signed for nothing. Redirects are absolute and carry no query.
//   - Analytics, Intelligent-Tiering, Requester Pays and acceleration are not built: reading them answers that nothing is set, setting them is refused.
//   - Access logs are made from the event log, within five minutes. Calls that never become events (wrong signatures, preflights) have no line; times, referer and
//     host ID are "-", and the request line is made of the operation. Deliveries themselves are not logged. A target that refuses gets its lines
//     later, for a week.
//   - An upload by a form is recorded as PutObject, with the authentication method HtmlForm.
//   - While ABAC is on, tags are refused by PutBucketTagging with MethodNotAllowed.
//   - A bucket key changes the encryption context of the data key, as in AWS; it does not save calls to KMS.
//   - Double encryption (aws:kms:dsse) and UpdateObjectEncryption are refused, and the checksums XXHASH3 and XXHASH128.
//   - MFA delete takes a call of root with a session that was made with MFA; the header x-amz-mfa is refused.
//   - Continuation tokens and version IDs have another form. Names in listings that ask for encoding-type=url have %20 for a space.
//   - A copy is answered when it is done, without keeping the connection busy meanwhile. A reader who needs more than ten minutes for a part of an object that
//     was replaced or deleted meanwhile is cut off.
//   - Of a key that is full of bytes 0 and 1 the length is counted twice.
//   - A region is not an endpoint here: a call that was signed for another region than the bucket's gets the answer of that region's endpoint.
package s3
