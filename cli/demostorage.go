package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vauban/engine/treeproof"
)

// storage is the third act: an object under a key that the reader needs as well, and a trail that whoever holds a file of it can check.
func (t *teller) storage(ctx context.Context, admin person, account string) error {
	t.title("7. An object, and whose key it is under")
	t.say("The administrator makes a key and puts an object under it. Nils may read the bucket. That is not enough: he must be allowed to use the key, too.")
	key, bucket, nils, err := t.payroll(ctx, admin, account)
	if err != nil {
		return err
	}
	read := func(what, code, contains string) expectation {
		return expectation{who: nils, what: what, service: "s3", action: "GetObject", object: &object{path: "/" + bucket + "/salaries.csv"}, code: code, contains: contains}
	}
	if _, err := t.expect(ctx, read("reads the object: nothing lets him decrypt it", "AccessDenied", "is not authorized to perform: kms:Decrypt")); err != nil {
		return err
	}
	if _, err := t.must(ctx, expectation{who: admin, what: "grants him the use of the key, for this object alone", service: "kms", action: "CreateGrant", input: map[string]any{
		"KeyId": key, "GranteePrincipal": "arn:aws:iam::" + account + ":user/nils", "Operations": []string{"Decrypt"},
		"Constraints": map[string]any{"EncryptionContextEquals": map[string]string{"aws:s3:arn": "arn:aws:s3:::" + bucket + "/salaries.csv"}},
	}}); err != nil {
		return err
	}
	if _, err := t.expect(ctx, read("reads it now", "", "")); err != nil {
		return err
	}
	if _, err := t.must(ctx, expectation{who: admin, what: "disables the key", service: "kms", action: "DisableKey", input: map[string]any{"KeyId": key}}); err != nil {
		return err
	}
	if _, err := t.expect(ctx, read("reads it again: the bytes are there, but nobody can open them", "KMS.DisabledException", "")); err != nil {
		return err
	}
	return t.unforgeable(ctx, admin, account)
}

// payroll makes the key, the bucket with the object, and nils, who may read buckets.
func (t *teller) payroll(ctx context.Context, admin person, account string) (key, bucket string, nils person, err error) {
	call := func(e expectation) *reply {
		if err != nil {
			return &reply{texts: map[string]string{}}
		}
		e.who = admin
		var r *reply
		if r, err = t.must(ctx, e); err != nil {
			return &reply{texts: map[string]string{}}
		}
		return r
	}
	bucket = "payroll-" + account
	key = call(expectation{what: "makes a key", service: "kms", action: "CreateKey", input: map[string]any{"Description": "payroll"}}).texts["Arn"]
	call(expectation{what: "makes a bucket", service: "s3", action: "CreateBucket", object: &object{method: http.MethodPut, path: "/" + bucket}})
	call(expectation{what: "puts an object into it, under the key", service: "s3", action: "PutObject", object: &object{
		method: http.MethodPut, path: "/" + bucket + "/salaries.csv", body: "dana,5200\nnils,4900\n",
		header: http.Header{"X-Amz-Server-Side-Encryption": {"aws:kms"}, "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": {key}},
	}})
	call(expectation{what: "makes the user nils", service: "iam", action: "CreateUser", params: map[string]string{"UserName": "nils"}})
	call(expectation{what: "lets him read the bucket", service: "iam", action: "PutUserPolicy", params: map[string]string{"UserName": "nils", "PolicyName": "read",
		"PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::` + bucket + `","arn:aws:s3:::` + bucket + `/*"]}]}`}})
	made := call(expectation{what: "makes his access key", service: "iam", action: "CreateAccessKey", params: map[string]string{"UserName": "nils"}}).texts
	return key, bucket, person{name: "nils", key: made["AccessKeyId"], secret: made["SecretAccessKey"]}, err
}

// unforgeable delivers the trail into a bucket, and proves an event of it: to whoever holds the log's public key, without this server.
func (t *teller) unforgeable(ctx context.Context, admin person, account string) error {
	t.title("8. A trail that nobody can forge")
	t.say("A trail delivers what happens into a bucket: compressed log files, and digest files that are signed and refer to the one before. `aws cloudtrail validate-logs` checks them.")
	bucket := "trail-" + account
	if err := t.makeTrail(ctx, admin, account, bucket); err != nil {
		return err
	}
	delivered, eventID, err := t.await(ctx, admin, bucket, "StartLogging", time.Now())
	if err != nil {
		return err
	}
	t.say("The log is also a Merkle tree. Its signed head, kept elsewhere, binds all that was logged before; a proof shows that a delivered record is in it. Checking needs the public key and no server:")
	r, err := t.must(ctx, expectation{who: admin, what: "asks for the signed head", service: "vauban", action: "GetTreeHead", input: map[string]any{}})
	if err != nil {
		return err
	}
	key, err := treeproof.ParseKey(r.texts["VerifierKey"])
	if err != nil {
		return err
	}
	proof, err := t.prove(ctx, admin, eventID)
	if err != nil {
		return err
	}
	t.check(proof, delivered, key, eventID)
	return nil
}

func (t *teller) makeTrail(ctx context.Context, admin person, account, bucket string) error {
	trail := "arn:aws:cloudtrail:us-east-1:" + account + ":trail/all"
	condition := `"Condition":{"StringEquals":{"aws:SourceArn":"` + trail + `"`
	policy := `{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::` + bucket + `",` + condition + `}}},` +
		`{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::` + bucket + `/AWSLogs/` + account + `/*",` +
		condition + `,"s3:x-amz-acl":"bucket-owner-full-control"}}}]}`
	for _, e := range []expectation{
		{what: "makes a bucket for it", service: "s3", action: "CreateBucket", object: &object{method: http.MethodPut, path: "/" + bucket}},
		{what: "makes the trail: CloudTrail may not write there", service: "cloudtrail", action: "CreateTrail",
			input: map[string]any{"Name": "all", "S3BucketName": bucket, "EnableLogFileValidation": true, "IsMultiRegionTrail": true}, code: "InsufficientS3BucketPolicyException"},
		{what: "lets CloudTrail write, for this trail alone", service: "s3", action: "PutBucketPolicy", object: &object{method: http.MethodPut, path: "/" + bucket + "?policy", body: policy}},
		{what: "makes the trail", service: "cloudtrail", action: "CreateTrail",
			input: map[string]any{"Name": "all", "S3BucketName": bucket, "EnableLogFileValidation": true, "IsMultiRegionTrail": true}},
		{what: "starts it", service: "cloudtrail", action: "StartLogging", input: map[string]any{"Name": "all"}},
	} {
		e.who = admin
		if _, err := t.must(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// arrival bounds the wait for what is delivered.
const arrival = 30 * time.Second

// await waits until a log file with the event, which happened at start, is in the bucket, and returns the file, unpacked, and the event's ID.
func (t *teller) await(ctx context.Context, admin person, bucket, name string, start time.Time) (file []byte, eventID string, err error) {
	seen := map[string]bool{}
	for {
		list, err := t.client.rest(ctx, admin, &object{path: "/" + bucket + "?list-type=2&prefix=AWSLogs"})
		if err != nil {
			return nil, "", err
		}
		for _, key := range keysOf(list.body) {
			if seen[key] || !strings.Contains(key, "/CloudTrail/") || !strings.HasSuffix(key, ".json.gz") {
				continue
			}
			seen[key] = true
			if file, eventID, err = t.logFile(ctx, admin, bucket, key, name); err != nil {
				return nil, "", err
			}
			if eventID != "" {
				t.expected++
				fmt.Fprintf(t.out, "  %s after %s a log file with it is in the bucket: %s\n", styleGood.Render("✓"), time.Since(start).Round(10*time.Millisecond), styleDim.Render(key))
				return file, eventID, nil
			}
		}
		if time.Since(start) > arrival {
			return nil, "", fmt.Errorf("no log file with %s has arrived within %s", name, arrival)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return nil, "", err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// keysOf are the keys of a listing.
func keysOf(listing []byte) []string {
	var keys []string
	for rest := string(listing); ; {
		_, after, ok := strings.Cut(rest, "<Key>")
		if !ok {
			return keys
		}
		key, more, _ := strings.Cut(after, "</Key>")
		if name, err := url.QueryUnescape(key); err == nil {
			keys = append(keys, name)
		}
		rest = more
	}
}

// logFile reads a log file and looks for the newest event of a name.
func (t *teller) logFile(ctx context.Context, admin person, bucket, key, name string) (file []byte, eventID string, err error) {
	r, err := t.client.rest(ctx, admin, &object{path: "/" + bucket + "/" + key})
	if err != nil {
		return nil, "", err
	}
	z, err := gzip.NewReader(bytes.NewReader(r.body))
	if err == nil {
		file, err = io.ReadAll(io.LimitReader(z, 16<<20))
	}
	if err != nil {
		return nil, "", fmt.Errorf("unpack %s: %w", key, err)
	}
	var log struct {
		Records []struct{ EventName, EventID string }
	}
	if err := json.Unmarshal(file, &log); err != nil {
		return nil, "", fmt.Errorf("read %s: %w", key, err)
	}
	for _, r := range slices.Backward(log.Records) {
		if r.EventName == name {
			return file, r.EventID, nil
		}
	}
	return nil, "", nil
}

// prove asks for a proof until the tree has the event: it follows the log by a moment.
func (t *teller) prove(ctx context.Context, admin person, eventID string) (*treeproof.Inclusion, error) {
	for start := time.Now(); ; {
		r, err := t.client.json(ctx, admin, "vauban", "ProveEvent", map[string]any{"EventId": eventID})
		if err != nil {
			return nil, err
		}
		if r.code == "" {
			t.expected++
			fmt.Fprintf(t.out, "  %s %s asks for a proof of StartLogging %s  %s\n", styleGood.Render("✓"), styleWho.Render(admin.name), styleDim.Render("vauban:ProveEvent"), styleGood.Render("allowed"))
			return treeproof.ParseInclusion([]byte(r.texts["Proof"]))
		}
		if time.Since(start) > arrival {
			return nil, errors.New("the event is not in the tree: " + r.message)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// check verifies the proof, holds the delivered record against it, and then a record of which one letter was changed.
func (t *teller) check(proof *treeproof.Inclusion, delivered []byte, key *treeproof.Key, eventID string) {
	say := func(held bool, what string) {
		t.expected++
		mark := styleGood.Render("✓")
		if !held {
			t.failed++
			mark = styleBad.Render("✗")
		}
		fmt.Fprintf(t.out, "  %s %s\n", mark, what)
	}
	head, err := proof.Verify(key)
	say(err == nil, "the proof holds under the public key")
	if err != nil {
		return
	}
	record, err := treeproof.Delivered(delivered, eventID)
	say(err == nil && treeproof.SameButSpaces(record, proof.Record), fmt.Sprintf("the delivered record is the one that was logged, among %d", head.Size))
	forged := *proof
	forged.Record = bytes.Replace(slices.Clone(proof.Record), []byte("StartLogging"), []byte("StopLogging!"), 1)
	_, err = forged.Verify(key)
	say(err != nil, "the same record with another name is refused")
}
