package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// trailPolicy is the bucket policy that the CloudTrail User Guide asks for, for a trail of the account.
func trailPolicy(bucket, prefix, account, trail string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Sid":"AWSCloudTrailAclCheck20150319","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl",
		 "Resource":"arn:aws:s3:::%[1]s","Condition":{"StringEquals":{"aws:SourceArn":"%[4]s"}}},
		{"Sid":"AWSCloudTrailWrite20150319","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject",
		 "Resource":"arn:aws:s3:::%[1]s/%[2]sAWSLogs/%[3]s/*","Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceArn":"%[4]s"}}}]}`,
		bucket, prefix, account, trail)
}

// trailed is a server whose trail delivers every second, and a client of it.
type trailed struct {
	*awsCLI
	bucket, trail string
	began         time.Time
}

// newTrail makes a bucket and a trail that logs.
func newTrail(t *testing.T, options ...string) *trailed {
	need(t, "aws", "apt-get install awscli")
	s := start(t, t.TempDir(), "--trail-every=200ms", "--digest-every=2s")
	a := &trailed{awsCLI: &awsCLI{t: t, s: s, env: s.env(t)}, bucket: "audit-logs", began: time.Now().Add(-time.Minute)}
	a.trail = "arn:aws:cloudtrail:us-east-1:" + s.account + ":trail/audit"
	a.ok("s3api", "create-bucket", "--bucket", a.bucket)
	create := append([]string{"cloudtrail", "create-trail", "--name", "audit", "--s3-bucket-name", a.bucket, "--enable-log-file-validation"}, options...)
	a.fails("InsufficientS3BucketPolicyException", create...)
	a.ok("s3api", "put-bucket-policy", "--bucket", a.bucket, "--policy", trailPolicy(a.bucket, "", s.account, a.trail))
	a.ok(create...)
	a.ok("cloudtrail", "start-logging", "--name", "audit")
	return a
}

// keys are the bucket's objects whose key holds the text, in order.
func (a *trailed) keys(part string) []string {
	a.t.Helper()
	var out []string
	list, _ := dig(a.ok("s3api", "list-objects-v2", "--bucket", a.bucket), "Contents").([]any)
	for _, o := range list {
		if key, _ := dig(o, "Key").(string); strings.Contains(key, part) && !strings.HasSuffix(key, "/") {
			out = append(out, key)
		}
	}
	return out
}

// await waits until as many digests are there.
func (a *trailed) await(digests int) []string {
	a.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); {
		if keys := a.keys("/CloudTrail-Digest/"); len(keys) >= digests {
			return keys
		}
	}
	a.t.Fatalf("no %d digests: %v\n%s", digests, a.ok("cloudtrail", "get-trail-status", "--name", "audit"), a.s.log)
	return nil
}

// validate runs the stock validator over all that was delivered.
func (a *trailed) validate() string {
	a.t.Helper()
	out := a.s.stock(a.t, a.env, "", "cloudtrail", "validate-logs", "--trail-arn", a.trail,
		"--start-time", a.began.UTC().Format(time.RFC3339), "--end-time", time.Now().Add(time.Minute).UTC().Format(time.RFC3339), "--verbose")
	if out.Status != 0 && !strings.Contains(out.String(), "INVALID") {
		a.t.Fatalf("validate-logs: status %d\n%s", out.Status, out)
	}
	return out.String()
}

// get is an object's content, and its metadata as options that put it back.
func (a *trailed) get(key string) (content []byte, metadata string) {
	a.t.Helper()
	path := filepath.Join(a.t.TempDir(), "object")
	head := a.ok("s3api", "get-object", "--bucket", a.bucket, "--key", key, path)
	b, err := os.ReadFile(path)
	if err != nil {
		a.t.Fatal(err)
	}
	var m []string
	all, _ := dig(head, "Metadata").(map[string]any)
	for k, v := range all {
		m = append(m, fmt.Sprintf("%s=%s", k, v))
	}
	slices.Sort(m)
	return b, strings.Join(m, ",")
}

func (a *trailed) put(key string, content []byte, metadata string) {
	a.t.Helper()
	path := filepath.Join(a.t.TempDir(), "object")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		a.t.Fatal(err)
	}
	args := []string{"s3api", "put-object", "--bucket", a.bucket, "--key", key, "--body", path}
	if metadata != "" {
		args = append(args, "--metadata", metadata)
	}
	a.ok(args...)
}

func unpacked(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func packed(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestValidateLogs: the stock validator finds what is delivered valid, and every tampering with it.
func TestValidateLogs(t *testing.T) {
	a := newTrail(t)
	a.ok("iam", "create-user", "--user-name", "mallory")
	a.await(2)
	a.ok("iam", "delete-user", "--user-name", "mallory")
	a.await(4)
	a.ok("cloudtrail", "stop-logging", "--name", "audit")
	digests := a.settled()
	logs := a.keys("/CloudTrail/")
	if len(logs) < 2 {
		t.Fatalf("%d log files", len(logs))
	}
	if out := a.validate(); strings.Contains(out, "INVALID") || !strings.Contains(out, "digest files valid") || !strings.Contains(out, "log files valid") {
		t.Fatalf("untouched:\n%s", out)
	}
	all := ""
	dir := t.TempDir()
	a.text("s3", "sync", "--quiet", "s3://"+a.bucket, dir)
	for key, content := range contents(t, dir) {
		if strings.Contains(key, "/CloudTrail/") {
			all += content
		}
	}
	for _, name := range []string{"StartLogging", "CreateUser", "DeleteUser", "StopLogging"} {
		if strings.Count(all, `"eventName":"`+name+`"`) != 1 {
			t.Errorf("%s is delivered %d times", name, strings.Count(all, `"eventName":"`+name+`"`))
		}
	}
	first, _ := a.get(logs[0])
	second, _ := a.get(logs[1])
	middle := digests[len(digests)/2]
	digest, metadata := a.get(middle)
	other, otherMeta := a.get(digests[len(digests)/2-1])
	remove := func(key string) func() {
		return func() { a.ok("s3api", "delete-object", "--bucket", a.bucket, "--key", key) }
	}
	tests := []struct {
		name   string
		tamper func()
		want   string
		repair func()
	}{
		{"a log altered", func() {
			a.put(logs[0], packed(t, bytes.Replace(unpacked(t, first), []byte("eventName"), []byte("eventNane"), 1)), "")
		},
			logs[0] + "\tINVALID: hash value doesn't match", func() { a.put(logs[0], first, "") }},
		{"a log cut off", func() { a.put(logs[0], first[:len(first)/2], "") }, logs[0] + "\tINVALID: hash value doesn't match", func() { a.put(logs[0], first, "") }},
		{"a log deleted", remove(logs[0]), logs[0] + "\tINVALID: not found", func() { a.put(logs[0], first, "") }},
		{"logs exchanged", func() { a.put(logs[0], second, ""); a.put(logs[1], first, "") },
			logs[1] + "\tINVALID: hash value doesn't match", func() { a.put(logs[0], first, ""); a.put(logs[1], second, "") }},
		{"a digest altered", func() {
			a.put(middle, packed(t, bytes.Replace(unpacked(t, digest), []byte(`"logFiles":[`), []byte(`"logFiles": [`), 1)), metadata)
		}, middle + "\tINVALID: signature verification failed", func() { a.put(middle, digest, metadata) }},
		{"a digest cut off", func() { a.put(middle, digest[:len(digest)/2], metadata) }, middle + "\tINVALID: invalid format", func() { a.put(middle, digest, metadata) }},
		{"a digest deleted", remove(middle), middle + "\tINVALID: not found", func() { a.put(middle, digest, metadata) }},
		{"a digest in another's place", func() { a.put(middle, other, otherMeta) }, middle + "\tINVALID: has been moved from its original location",
			func() { a.put(middle, digest, metadata) }},
		{"another signature", func() { a.put(middle, digest, otherMeta) }, middle + "\tINVALID: signature verification failed", func() { a.put(middle, digest, metadata) }},
	}
	for _, tt := range tests {
		tt.tamper()
		if out := a.validate(); !strings.Contains(out, tt.want) {
			t.Errorf("%s is not found:\n%s", tt.name, out)
		}
		tt.repair()
	}
	if out := a.validate(); strings.Contains(out, "INVALID") {
		t.Errorf("repaired:\n%s", out)
	}
}

// TestTrailOfObjects: what is written to one bucket, and nothing else, in files that are encrypted with the trail's key and valid.
func TestTrailOfObjects(t *testing.T) {
	a := newTrail(t)
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%[1]s:root"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:DescribeKey","Resource":"*"},
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:GenerateDataKey*","Resource":"*","Condition":{
			"StringEquals":{"aws:SourceArn":"%[2]s","kms:EncryptionContext:aws:cloudtrail:arn":"%[2]s"}}}]}`, a.s.account, a.trail)
	key, _ := dig(a.ok("kms", "create-key"), "KeyMetadata", "KeyId").(string)
	a.fails("InsufficientEncryptionPolicyException", "cloudtrail", "update-trail", "--name", "audit", "--kms-key-id", key)
	a.ok("kms", "put-key-policy", "--key-id", key, "--policy-name", "default", "--policy", policy)
	arn, _ := dig(a.ok("cloudtrail", "update-trail", "--name", "audit", "--kms-key-id", key), "KmsKeyId").(string)
	a.ok("cloudtrail", "put-event-selectors", "--trail-name", "audit", "--advanced-event-selectors", `[{"Name":"files","FieldSelectors":[
		{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},
		{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::files/"]},{"Field":"readOnly","Equals":["false"]}]},
		{"Name":"the end","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"readOnly","Equals":["false"]}]}]`)
	a.ok("s3api", "create-bucket", "--bucket", "files")
	body := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(body, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	a.ok("s3api", "put-object", "--bucket", "files", "--key", "report.txt", "--body", body)
	a.ok("s3api", "get-object", "--bucket", "files", "--key", "report.txt", body+".back")
	a.ok("cloudtrail", "stop-logging", "--name", "audit")
	a.settled()
	dir, all, object := t.TempDir(), "", ""
	a.text("s3", "sync", "--quiet", "s3://"+a.bucket, dir)
	for name, content := range contents(t, dir) {
		if strings.Contains(name, "/CloudTrail/") {
			all += content
			if strings.Contains(content, `"eventName":"PutObject"`) {
				object = name
			}
		}
	}
	if n := strings.Count(all, `"eventName":"PutObject"`); n != 1 || !strings.Contains(all, "arn:aws:s3:::files/report.txt") {
		t.Errorf("the written object is delivered %d times:\n%.4000s", n, all)
	}
	if strings.Contains(all, `"eventName":"GetObject"`) {
		t.Error("a read of the object is delivered")
	}
	head := a.ok("s3api", "head-object", "--bucket", a.bucket, "--key", object)
	if dig(head, "ServerSideEncryption") != "aws:kms" || dig(head, "SSEKMSKeyId") != arn {
		t.Errorf("%s is encrypted with %v, want %s", object, head, arn)
	}
	if out := a.validate(); strings.Contains(out, "INVALID") || !strings.Contains(out, "log files valid") {
		t.Errorf("validate-logs:\n%s", out)
	}
}

// settled waits until a digest lists the file with the end of logging, and returns all digests.
func (a *trailed) settled() []string {
	a.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); {
		dir := a.t.TempDir()
		a.text("s3", "sync", "--quiet", "s3://"+a.bucket, dir)
		last, listed := "", ""
		for key, content := range contents(a.t, dir) {
			switch {
			case strings.Contains(key, "/CloudTrail-Digest/"):
				listed += content
			case strings.Contains(content, `"eventName":"StopLogging"`):
				last = key
			}
		}
		if last != "" && strings.Contains(listed, last) {
			return a.keys("/CloudTrail-Digest/")
		}
	}
	a.t.Fatalf("the last digest does not come\n%s", a.s.log)
	return nil
}

// contents are the unpacked files of a directory, by their keys.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".gz") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		key, err := filepath.Rel(dir, path)
		out[key] = string(unpacked(t, b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
