package server

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"vauban/api/iam"
	"vauban/api/kms"
	"vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
)

// replicating is a server with a bucket that is replicated to another.
type replicating struct {
	*testing.T
	w    *service.Work
	root service.Identity
}

func (r *replicating) call(svc, operation string, in any) (any, error) {
	return r.w.Door.Call(r.w.Call("111122223333", "us-east-1"), r.root, svc, operation, in)
}

func (r *replicating) must(svc, operation string, in any) any {
	r.Helper()
	out, err := r.call(svc, operation, in)
	if err != nil {
		r.Fatalf("%s: %v", operation, err)
	}
	return out
}

func (r *replicating) put(key, body string, more func(*s3.PutObjectInput)) (version string) {
	r.Helper()
	in := &s3.PutObjectInput{Bucket: new("source"), Key: &key, Body: io.NopCloser(strings.NewReader(body))}
	if more != nil {
		more(in)
	}
	return *r.must("s3", "PutObject", in).(*s3.PutObjectOutput).VersionId
}

func (r *replicating) head(bucket, key, version string) *s3.HeadObjectOutput {
	out, err := r.call("s3", "HeadObject", &s3.HeadObjectInput{Bucket: &bucket, Key: &key, VersionId: &version, ChecksumMode: new(s3.ChecksumModeEnabled)})
	if err != nil {
		return &s3.HeadObjectOutput{}
	}
	return out.(*s3.HeadObjectOutput)
}

// settled waits until the replication of a version has come to an end.
func (r *replicating) settled(key, version string) string {
	r.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if status := wire.Text(r.head("source", key, version).ReplicationStatus); status != s3.ReplicationStatusPending {
			return status
		}
	}
	r.Fatalf("%s is still to be replicated", key)
	return ""
}

func (r *replicating) allow(actions string) {
	r.must("iam", "PutRolePolicy", &iam.PutRolePolicyInput{RoleName: new("copier"), PolicyName: new("p"),
		PolicyDocument: new(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + actions + `],"Resource":"*"}]}`)})
}

const copierMay = `"s3:GetObjectVersionForReplication","s3:GetObjectVersionTagging","s3:ReplicateObject","s3:ReplicateTags","s3:ReplicateDelete"`

func newReplicating(t *testing.T) *replicating {
	s, err := Open(t.Context(), Config{Account: "111122223333"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r := &replicating{T: t, w: &service.Work{Context: t.Context(), Time: s.state.cfg.Clock(), Partition: "aws", Door: s.gateway.Door()}}
	r.root = service.AsRole("", service.Caller{Kind: policy.Root, Account: "111122223333", ARN: "arn:aws:iam::111122223333:root", UserID: "111122223333"})
	r.must("iam", "CreateRole", &iam.CreateRoleInput{RoleName: new("copier"), AssumeRolePolicyDocument: new(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	for _, name := range []string{"source", "replicas"} {
		r.must("s3", "CreateBucket", &s3.CreateBucketInput{Bucket: &name})
		r.must("s3", "PutBucketVersioning", &s3.PutBucketVersioningInput{Bucket: &name, VersioningConfiguration: &s3.VersioningConfiguration{Status: new("Enabled")}})
	}
	return r
}

func (r *replicating) configure(rules ...s3.ReplicationRule) error {
	_, err := r.call("s3", "PutBucketReplication", &s3.PutBucketReplicationInput{Bucket: new("source"), ReplicationConfiguration: &s3.ReplicationConfiguration{
		Role: new("arn:aws:iam::111122223333:role/copier"), Rules: rules,
	}})
	return err
}

func replicationRule(more func(*s3.ReplicationRule)) s3.ReplicationRule {
	r := s3.ReplicationRule{
		ID: new("all"), Status: new("Enabled"), Priority: new(int64(1)), Filter: &s3.ReplicationRuleFilter{Prefix: new("in/")},
		DeleteMarkerReplication: &s3.DeleteMarkerReplication{Status: new("Enabled")}, Destination: &s3.Destination{Bucket: new("arn:aws:s3:::replicas")},
	}
	if more != nil {
		more(&r)
	}
	return r
}

// TestReplication: new versions are copied as the bucket's role, with their IDs, tags and metadata; what the role may not has failed; what no rule is
// about stays where it is.
func TestReplication(t *testing.T) {
	r := newReplicating(t)
	key := r.must("kms", "CreateKey", &kms.CreateKeyInput{}).(*kms.CreateKeyOutput).KeyMetadata.Arn
	r.allow(copierMay + `,"kms:Decrypt","kms:GenerateDataKey"`)
	if err := r.configure(replicationRule(func(r *s3.ReplicationRule) {
		r.Destination.StorageClass = new("STANDARD_IA")
		r.Destination.EncryptionConfiguration = &s3.EncryptionConfiguration{ReplicaKmsKeyID: key}
		r.SourceSelectionCriteria = &s3.SourceSelectionCriteria{SseKmsEncryptedObjects: &s3.SseKmsEncryptedObjects{Status: new("Enabled")}}
	})); err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat("large ", 10_000)
	first := r.put("in/a", large, func(in *s3.PutObjectInput) {
		in.Tagging, in.Metadata, in.ContentType = new("team=red"), map[string]string{"by": "us"}, new("text/plain")
	})
	sealed := r.put("in/sealed", "x", func(in *s3.PutObjectInput) { in.ServerSideEncryption = new("aws:kms") })
	outside := r.put("out/a", "x", nil)
	second := r.put("in/a", "second", nil)
	for _, v := range [][2]string{{"in/a", first}, {"in/sealed", sealed}, {"in/a", second}} {
		if got := r.settled(v[0], v[1]); got != s3.ReplicationStatusCompleted {
			t.Errorf("%s: %s", v[0], got)
		}
	}
	was, is := r.head("source", "in/a", first), r.head("replicas", "in/a", first)
	if wire.Text(is.ReplicationStatus) != "REPLICA" || *is.ETag != *was.ETag || *is.TagCount != 1 || is.Metadata["by"] != "us" || *is.ContentType != "text/plain" ||
		!is.LastModified.Equal(*was.LastModified) || *is.StorageClass != "STANDARD_IA" || *is.ChecksumCRC64NVME != *was.ChecksumCRC64NVME {
		t.Errorf("the replica is %+v", is)
	}
	body := r.must("s3", "GetObject", &s3.GetObjectInput{Bucket: new("replicas"), Key: new("in/a"), VersionId: &first}).(*s3.GetObjectOutput).Body
	if b, err := io.ReadAll(body); err != nil || string(b) != large {
		t.Errorf("%d bytes of %d came back: %v", len(b), len(large), err)
	}
	if now := r.must("s3", "HeadObject", &s3.HeadObjectInput{Bucket: new("replicas"), Key: new("in/a")}).(*s3.HeadObjectOutput); *now.VersionId != second {
		t.Errorf("the newest replica is %s, want %s", *now.VersionId, second)
	}
	if is := r.head("replicas", "in/sealed", sealed); wire.Text(is.ServerSideEncryption) != "aws:kms" || wire.Text(is.SSEKMSKeyId) != *key {
		t.Errorf("the replica of an object under KMS is %+v", is)
	}
	if v := r.head("source", "out/a", outside); v.ReplicationStatus != nil {
		t.Errorf("what no rule is about is %s", *v.ReplicationStatus)
	}

	marker := *r.must("s3", "DeleteObject", &s3.DeleteObjectInput{Bucket: new("source"), Key: new("in/a")}).(*s3.DeleteObjectOutput).VersionId
	gone := func() bool {
		list := r.must("s3", "ListObjectVersions", &s3.ListObjectVersionsInput{Bucket: new("replicas"), Prefix: new("in/a")}).(*s3.ListObjectVersionsOutput)
		return len(list.DeleteMarkers) == 1 && *list.DeleteMarkers[0].VersionId == marker && len(list.Versions) == 2
	}
	for end := time.Now().Add(2 * time.Minute); !gone(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the delete marker was not replicated")
		}
	}

	r.allow(`"s3:GetObjectVersionForReplication"`)
	if got := r.settled("in/b", r.put("in/b", "x", nil)); got != s3.ReplicationStatusFailed {
		t.Errorf("a replica that the role may not write: %s", got)
	}
	var e *wire.Error
	if _, err := r.call("s3", "PutBucketVersioning", &s3.PutBucketVersioningInput{Bucket: new("source"), VersioningConfiguration: &s3.VersioningConfiguration{Status: new("Suspended")}}); !errors.As(err, &e) || e.Shape.Code != "InvalidBucketState" {
		t.Errorf("versioning of a replicated bucket was suspended: %v", err)
	}
}

// TestReplicationRefused: what a configuration asks for is there, or the configuration is refused.
func TestReplicationRefused(t *testing.T) {
	r := newReplicating(t)
	r.must("s3", "CreateBucket", &s3.CreateBucketInput{Bucket: new("plain")})
	enabled := new("Enabled")
	for name, c := range map[string]struct {
		change func(*s3.ReplicationRule)
		code   string
	}{
		"no such bucket":     {func(r *s3.ReplicationRule) { r.Destination.Bucket = new("arn:aws:s3:::none") }, "InvalidRequest"},
		"not versioned":      {func(r *s3.ReplicationRule) { r.Destination.Bucket = new("arn:aws:s3:::plain") }, "InvalidRequest"},
		"itself":             {func(r *s3.ReplicationRule) { r.Destination.Bucket = new("arn:aws:s3:::source") }, "InvalidRequest"},
		"no ARN":             {func(r *s3.ReplicationRule) { r.Destination.Bucket = new("replicas") }, "InvalidArgument"},
		"another owner":      {func(r *s3.ReplicationRule) { r.Destination.Account = new("999999999999") }, "InvalidRequest"},
		"no word of markers": {func(r *s3.ReplicationRule) { r.DeleteMarkerReplication = nil }, "InvalidRequest"},
		"markers by tag": {func(r *s3.ReplicationRule) {
			r.Filter = &s3.ReplicationRuleFilter{Tag: &s3.Tag{Key: new("k"), Value: new("v")}}
		}, "InvalidRequest"},
		"prefix twice": {func(r *s3.ReplicationRule) { r.Prefix = new("in/") }, "MalformedXML"},
		"KMS without key": {func(r *s3.ReplicationRule) {
			r.SourceSelectionCriteria = &s3.SourceSelectionCriteria{SseKmsEncryptedObjects: &s3.SseKmsEncryptedObjects{Status: enabled}}
		}, "InvalidRequest"},
		"time control": {func(r *s3.ReplicationRule) {
			r.Destination.ReplicationTime = &s3.ReplicationTime{Status: enabled, Time: &s3.ReplicationTimeValue{Minutes: new(int64(15))}}
		}, "NotImplemented"},
		"metrics": {func(r *s3.ReplicationRule) { r.Destination.Metrics = &s3.Metrics{Status: enabled} }, "NotImplemented"},
		"existing objects": {func(r *s3.ReplicationRule) {
			r.ExistingObjectReplication = &s3.ExistingObjectReplication{Status: enabled}
		}, "NotImplemented"},
		"modifications": {func(r *s3.ReplicationRule) {
			r.SourceSelectionCriteria = &s3.SourceSelectionCriteria{ReplicaModifications: &s3.ReplicaModifications{Status: enabled}}
		}, "NotImplemented"},
		"an archive": {func(r *s3.ReplicationRule) { r.Destination.StorageClass = new("GLACIER") }, "NotImplemented"},
	} {
		var e *wire.Error
		if err := r.configure(replicationRule(c.change)); !errors.As(err, &e) || e.Shape.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	var e *wire.Error
	if err := r.configure(replicationRule(nil), replicationRule(func(r *s3.ReplicationRule) { r.ID = new("other") })); !errors.As(err, &e) || e.Shape.Code != "InvalidRequest" {
		t.Errorf("two rules of one priority: %v", err)
	}
	if err := r.configure(replicationRule(nil)); err != nil {
		t.Error(err)
	}
}
