package faults

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vauban/gateway/sigv4"
)

const trailBucket = "audit-logs"

// object performs a signed call of S3.
func (r *replica) object(method, path, query, body string) (int, []byte) {
	r.t.Helper()
	status, b, err := r.tryObject(method, path, query, body)
	if err != nil {
		r.t.Fatal(err)
	}
	return status, b
}

// tryObject is object, of a server that may be killed meanwhile.
func (r *replica) tryObject(method, path, query, body string) (int, []byte, error) {
	u := r.url + path
	if query != "" {
		u += "?" + query
	}
	req, err := http.NewRequest(method, u, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	who := r.admin
	who.Service = "s3"
	hash := sigv4.PayloadHash([]byte(body))
	req.Header.Set("X-Amz-Content-Sha256", hash)
	req.Header.Set("Accept-Encoding", "identity") // as it is stored
	if err := who.Sign(req, hash, time.Now()); err != nil {
		return 0, nil, err
	}
	res, err := r.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, b, err
}

func (r *replica) mustObject(method, path, query, body string) []byte {
	r.t.Helper()
	status, b := r.object(method, path, query, body)
	if status/100 != 2 {
		r.t.Fatalf("%s %s?%s: %d %s", method, path, query, status, b)
	}
	return b
}

// trail performs a call of CloudTrail and returns its answer.
func (r *replica) trail(operation string, in any) map[string]any {
	r.t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		r.t.Fatal(err)
	}
	who := r.admin
	who.Service = "cloudtrail"
	a, err := r.send(who, "application/x-amz-json-1.1", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."+operation, string(b))
	if err != nil || a.status != http.StatusOK {
		r.t.Fatalf("%s: %v %d %s", operation, err, a.status, a.body)
	}
	out := map[string]any{}
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// makeBucket makes the trail's bucket, with the policy that CloudTrail needs.
func (r *replica) makeBucket() {
	r.t.Helper()
	r.mustObject(http.MethodPut, "/"+trailBucket, "", "")
	r.mustObject(http.MethodPut, "/"+trailBucket, "policy", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::%[1]s"},
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::%[1]s/AWSLogs/%[2]s/*"}]}`, trailBucket, account))
}

// makeTrail makes a trail that logs all that is written.
func (r *replica) makeTrail() {
	r.t.Helper()
	r.makeBucket()
	r.trail("CreateTrail", map[string]any{"Name": "audit", "S3BucketName": trailBucket, "EnableLogFileValidation": true})
	r.trail("PutEventSelectors", map[string]any{"TrailName": "audit", "EventSelectors": []map[string]any{{"ReadWriteType": "WriteOnly"}}})
	r.trail("StartLogging", map[string]any{"Name": "audit"})
}

// objects are the bucket's keys that hold the part, in order.
func (r *replica) objects(part string) (keys []string) {
	r.t.Helper()
	for token := ""; ; {
		query := url.Values{"list-type": {"2"}}
		if token != "" {
			query.Set("continuation-token", token)
		}
		var list struct {
			Contents []struct{ Key string }
			Next     string `xml:"NextContinuationToken"`
		}
		if err := xml.Unmarshal(r.mustObject(http.MethodGet, "/"+trailBucket, query.Encode(), ""), &list); err != nil {
			r.t.Fatal(err)
		}
		for _, o := range list.Contents {
			if strings.Contains(o.Key, part) && strings.HasSuffix(o.Key, ".gz") {
				keys = append(keys, o.Key)
			}
		}
		if token = list.Next; token == "" {
			return keys
		}
	}
}

// file is the content of an object before compression. Half a file fails the test.
func (r *replica) file(key string) []byte {
	r.t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(r.mustObject(http.MethodGet, "/"+trailBucket+"/"+key, "", "")))
	if err != nil {
		r.t.Fatalf("%s: %v", key, err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		r.t.Fatalf("%s: %v", key, err)
	}
	return b
}

// delivered counts how often each user's creation is in the log files; files that were read before are not read again.
func (r *replica) delivered(read map[string]bool, count map[string]int) map[string]int {
	r.t.Helper()
	for _, key := range r.objects("/CloudTrail/") {
		if read[key] {
			continue
		}
		read[key] = true
		var f struct {
			Records []struct {
				EventName         string
				ErrorCode         string
				RequestParameters struct{ UserName string }
			}
		}
		if err := json.Unmarshal(r.file(key), &f); err != nil {
			r.t.Fatalf("%s: %v", key, err)
		}
		for _, e := range f.Records {
			if e.EventName == "CreateUser" && e.ErrorCode == "" {
				count[e.RequestParameters.UserName]++
			}
		}
	}
	return count
}

// TestKillDuringDelivery: the process is killed again and again while users are made and a trail delivers. In the end each user's creation
// is in exactly one file, every file is whole, and the chain of digests is unbroken and lists all files.
func TestKillDuringDelivery(t *testing.T) {
	data := t.TempDir()
	every := []string{"--trail-every=100ms", "--digest-every=1s"}
	r := start(t, data, every...)
	r.makeTrail()
	users := map[string]bool{}
	for round := range 5 {
		for i := 0; ; i++ {
			name := fmt.Sprintf("user-%d-%d", round, i)
			a, err := r.call(r.admin, "iam", "CreateUser", "UserName", name)
			if err != nil || a.status != http.StatusOK {
				t.Fatalf("CreateUser: %v %d %s", err, a.status, a.body)
			}
			users[name] = true
			if i >= 20 && len(r.objects("/CloudTrail/")) > round {
				break
			}
		}
		r.kill()
		r = start(t, data, every...)
	}
	read, count := map[string]bool{}, map[string]int{}
	eventually(t, "all is delivered", func() bool { return len(r.delivered(read, count)) >= len(users) })
	for name := range users {
		if count[name] != 1 {
			t.Errorf("the creation of %s is in %d files", name, count[name])
		}
	}
	logs := r.objects("/CloudTrail/")
	listed := map[string]bool{}
	eventually(t, "all files are in digests", func() bool {
		listed = r.chain()
		for _, key := range logs {
			if !listed[key] {
				return false
			}
		}
		return true
	})
}

// chain follows the digests from the newest back to the first, and returns the files that they list.
func (r *replica) chain() map[string]bool {
	r.t.Helper()
	listed := map[string]bool{}
	digests := r.objects("/CloudTrail-Digest/")
	if len(digests) == 0 {
		return listed
	}
	seen := 0
	for key := digests[len(digests)-1]; key != ""; {
		seen++
		var d struct {
			Previous string `json:"previousDigestS3Object"`
			LogFiles []struct{ S3Object string }
		}
		if err := json.Unmarshal(r.file(key), &d); err != nil {
			r.t.Fatal(err)
		}
		for _, f := range d.LogFiles {
			if listed[f.S3Object] {
				r.t.Errorf("%s is listed twice", f.S3Object)
			}
			listed[f.S3Object] = true
		}
		key = d.Previous
	}
	if seen != len(digests) {
		r.t.Errorf("the chain has %d of %d digests", seen, len(digests))
	}
	return listed
}

// TestBucketGone: the trail's bucket is deleted: the status says so, and what happens meanwhile is delivered once there is one again.
func TestBucketGone(t *testing.T) {
	r := start(t, t.TempDir(), "--trail-every=100ms", "--digest-every=1h")
	r.makeTrail()
	r.must(r.admin, "iam", "CreateUser", "UserName", "before")
	read, count := map[string]bool{}, map[string]int{}
	eventually(t, "the first is delivered", func() bool { return r.delivered(read, count)["before"] == 1 })
	eventually(t, "the bucket is empty and gone", func() bool {
		var list struct{ Contents []struct{ Key string } }
		if err := xml.Unmarshal(r.mustObject(http.MethodGet, "/"+trailBucket, "list-type=2", ""), &list); err != nil {
			t.Fatal(err)
		}
		for _, o := range list.Contents {
			r.mustObject(http.MethodDelete, "/"+trailBucket+"/"+o.Key, "", "")
		}
		status, _ := r.object(http.MethodDelete, "/"+trailBucket, "", "")
		return status == http.StatusNoContent
	})
	r.must(r.admin, "iam", "CreateUser", "UserName", "meanwhile")
	eventually(t, "the status says that there is no bucket", func() bool {
		return r.trail("GetTrailStatus", map[string]any{"Name": "audit"})["LatestDeliveryError"] == "NoSuchBucket"
	})
	r.makeBucket()
	read, count = map[string]bool{}, map[string]int{}
	eventually(t, "what waited is delivered", func() bool { return r.delivered(read, count)["meanwhile"] == 1 })
	eventually(t, "the status says that all is well", func() bool {
		return r.trail("GetTrailStatus", map[string]any{"Name": "audit"})["LatestDeliveryError"] == nil
	})
}
