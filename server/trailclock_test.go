package server_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vauban/gateway/sigv4"
	"vauban/server"
)

// trailing is a server with a trail, called without a network.
type trailing struct {
	t *testing.T
	s *server.Server
	j *jumping
}

func (c *trailing) call(service, method, uri, target, body string) []byte {
	c.t.Helper()
	r := httptest.NewRequest(method, uri, strings.NewReader(body))
	r.Host, r.RemoteAddr = "127.0.0.1", "192.0.2.10:4711"
	hash := sigv4.PayloadHash([]byte(body))
	switch service {
	case "s3":
		r.Header.Set("X-Amz-Content-Sha256", hash)
	case "iam":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	default:
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."+target)
	}
	who := sigv4.Signer{AccessKeyID: "AKIAADMINADMINADMIN1", Secret: "admin/secret", Region: "us-east-1", Service: service}
	if err := who.Sign(r, hash, c.j.now()); err != nil {
		c.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	c.s.ServeHTTP(w, r)
	if w.Code/100 != 2 {
		c.t.Fatalf("%s %s %s: %d %s", method, uri, target, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func (c *trailing) makeUser(name string) {
	c.t.Helper()
	c.call("iam", http.MethodPost, "/", "", "Action=CreateUser&Version=2010-05-08&UserName="+name)
}

// files are the unpacked files of the bucket by key.
func (c *trailing) files() map[string]string {
	c.t.Helper()
	out := map[string]string{}
	for token := ""; ; {
		query := url.Values{"list-type": {"2"}}
		if token != "" {
			query.Set("continuation-token", token)
		}
		var list struct {
			Contents []struct{ Key string }
			Next     string `xml:"NextContinuationToken"`
		}
		if err := xml.Unmarshal(c.call("s3", http.MethodGet, "/logs-of-clock?"+query.Encode(), "", ""), &list); err != nil {
			c.t.Fatal(err)
		}
		for _, o := range list.Contents {
			if !strings.HasSuffix(o.Key, ".gz") {
				continue
			}
			z, err := gzip.NewReader(strings.NewReader(string(c.call("s3", http.MethodGet, "/logs-of-clock/"+o.Key, "", ""))))
			if err != nil {
				c.t.Fatal(err)
			}
			b, err := io.ReadAll(z)
			if err != nil {
				c.t.Fatal(err)
			}
			out[o.Key] = string(b)
		}
		if token = list.Next; token == "" {
			return out
		}
	}
}

// TestTrailOnJumpingClock: the clock is set a year ahead and back while a trail delivers: every record is delivered once, every file is in
// one digest, and there is one chain.
func TestTrailOnJumpingClock(t *testing.T) {
	j := &jumping{noon: time.Now().UTC().Truncate(24 * time.Hour).Add(12 * time.Hour), since: time.Now()}
	s, err := server.Open(context.Background(), server.Config{
		Data: t.TempDir(), Clock: j.now, Account: "111122223333", AdminAccessKeyID: "AKIAADMINADMINADMIN1", AdminSecretAccessKey: "admin/secret",
		TrailEvery: 20 * time.Millisecond, DigestEvery: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := &trailing{t, s, j}
	c.call("s3", http.MethodPut, "/logs-of-clock", "", "")
	c.call("s3", http.MethodPut, "/logs-of-clock?policy", "", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::logs-of-clock"},
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs-of-clock/AWSLogs/111122223333/*"}]}`)
	c.call("cloudtrail", http.MethodPost, "/", "CreateTrail", `{"Name":"audit","S3BucketName":"logs-of-clock","EnableLogFileValidation":true}`)
	c.call("cloudtrail", http.MethodPost, "/", "PutEventSelectors", `{"TrailName":"audit","EventSelectors":[{"ReadWriteType":"WriteOnly"}]}`)
	c.call("cloudtrail", http.MethodPost, "/", "StartLogging", `{"Name":"audit"}`)

	users := []string{"before", "ahead", "back"}
	for i, name := range users {
		c.makeUser(name)
		c.await("the file with "+name, func(files map[string]string) bool { return count(files, name) == 1 })
		c.await("a digest", func(files map[string]string) bool { return digested(files) > i })
		j.jump([]time.Duration{365 * 24 * time.Hour, -365*24*time.Hour - 30*time.Minute, 0}[i])
	}
	c.call("cloudtrail", http.MethodPost, "/", "StopLogging", `{"Name":"audit"}`)
	var all map[string]string
	c.await("all files in digests", func(files map[string]string) bool {
		all = files
		return strings.Count(joined(files, "/CloudTrail/"), `"eventName":"StopLogging"`) == 1 && listed(t, files) == logs(files)
	})
	for _, name := range users {
		if n := count(all, name); n != 1 {
			t.Errorf("the creation of %s is delivered %d times", name, n)
		}
	}
	if n := strings.Count(joined(all, "/CloudTrail-Digest/"), `"previousDigestS3Object":null`); n != 1 {
		t.Errorf("there are %d chains", n)
	}
}

func (c *trailing) await(what string, done func(files map[string]string) bool) {
	c.t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(c.files()); {
		if time.Now().After(deadline) {
			c.t.Fatalf("not within a minute: %s", what)
		}
	}
}

func joined(files map[string]string, part string) string {
	var b strings.Builder
	for key, content := range files {
		if strings.Contains(key, part) {
			b.WriteString(content)
		}
	}
	return b.String()
}

func count(files map[string]string, user string) int {
	return strings.Count(joined(files, "/CloudTrail/"), `"requestParameters":{"userName":"`+user+`"}`)
}

func logs(files map[string]string) (n int) {
	for key := range files {
		if strings.Contains(key, "/CloudTrail/") {
			n++
		}
	}
	return n
}

func digested(files map[string]string) int { return len(files) - logs(files) }

// listed counts the files in the digests. One that stands in two fails the test.
func listed(t *testing.T, files map[string]string) int {
	t.Helper()
	seen := map[string]bool{}
	for key, content := range files {
		if !strings.Contains(key, "/CloudTrail-Digest/") {
			continue
		}
		var d struct{ LogFiles []struct{ S3Object string } }
		if err := json.Unmarshal([]byte(content), &d); err != nil {
			t.Fatal(err)
		}
		for _, f := range d.LogFiles {
			if seen[f.S3Object] {
				t.Errorf("%s is in two digests", f.S3Object)
			}
			seen[f.S3Object] = true
		}
	}
	return len(seen)
}
