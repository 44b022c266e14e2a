package s3_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

// form is an upload as a browser sends it.
type form struct {
	fields [][2]string
	file   string
	after  [][2]string // fields behind the file
}

// signedForm signs a policy document of conditions, as S3's documentation describes it, apart from the code under test.
func (s *shop) signedForm(conditions string, fields ...[2]string) *form {
	at := time.Unix(0, s.now.Load()).UTC()
	date := at.Format("20060102T150405Z")
	scope := date[:8] + "/us-east-1/s3/aws4_request"
	credential := shopKey + "/" + scope
	document := `{"expiration":"` + at.Add(time.Hour).Format(time.RFC3339) + `","conditions":[` + conditions +
		`,{"x-amz-algorithm":"AWS4-HMAC-SHA256"},{"x-amz-credential":"` + credential + `"},{"x-amz-date":"` + date + `"}]}`
	policy := base64.StdEncoding.EncodeToString([]byte(document))
	key := []byte("AWS4" + shopSecret)
	for _, part := range strings.Split(scope, "/") {
		key = mac(key, part)
	}
	return &form{file: "hello", fields: append(fields, [2]string{"policy", policy}, [2]string{"x-amz-algorithm", "AWS4-HMAC-SHA256"},
		[2]string{"X-Amz-Credential", credential}, [2]string{"x-amz-date", date}, [2]string{"x-amz-signature", hex.EncodeToString(mac(key, policy))})}
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

func (s *shop) post(t *testing.T, path string, f *form) (int, string, http.Header) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	write := func(list [][2]string) {
		for _, field := range list {
			if err := w.WriteField(field[0], field[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(f.fields)
	file, err := w.CreateFormFile("file", `C:\pictures\cat.jpg`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(f.file)); err != nil {
		t.Fatal(err)
	}
	write(f.after)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return send(t, s.request(t, "POST", path, body.String(), "Content-Type", w.FormDataContentType()))
}

const anyKey = `{"bucket":"forms"},["starts-with","$key",""]`

func TestUploadsByForms(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/forms", "")

	status, body, h := s.post(t, "/forms", s.signedForm(anyKey+`,{"Content-Type":"text/plain"},["starts-with","$x-amz-meta-colour",""],["content-length-range",1,"5"]`,
		[2]string{"key", "dir/a b"}, [2]string{"Content-Type", "text/plain"}, [2]string{"x-amz-meta-colour", "blue"}))
	if status != 204 || body != "" || h.Get("Etag") != `"5d41402abc4b2a76b9719d911017c592"` || !strings.HasSuffix(h.Get("Location"), "/forms/dir/a%20b") {
		t.Errorf("upload: %d %s %v", status, body, h)
	}
	if _, got, h := s.signed(t, "GET", "/forms/dir/a%20b", ""); got != "hello" || h.Get("Content-Type") != "text/plain" || h.Get("X-Amz-Meta-Colour") != "blue" {
		t.Errorf("what was stored: %q %v", got, h)
	}
	status, body, h = s.post(t, "/forms", s.signedForm(anyKey+`,{"success_action_status":"201"}`, [2]string{"key", "named/${filename}"}, [2]string{"success_action_status", "201"}))
	if status != 201 || element(body, "Key") != `named/C:\pictures\cat.jpg` && element(body, "Key") != "named/cat.jpg" || element(body, "Bucket") != "forms" || h.Get("Content-Type") != "application/xml" {
		t.Errorf("an answer with a document: %d %s", status, body)
	}
	status, _, h = s.post(t, "/forms/", s.signedForm(anyKey+`,["starts-with","$success_action_redirect",""]`, [2]string{"key", "c"}, [2]string{"success_action_redirect", "https://a.test/done?x=1"}))
	if status != 303 || h.Get("Location") != "https://a.test/done?bucket=forms&etag=%225d41402abc4b2a76b9719d911017c592%22&key=c&x=1" {
		t.Errorf("an answer that goes on: %d %v", status, h)
	}
	tagging := `<Tagging><TagSet><Tag><Key>a</Key><Value>b+c=d</Value></Tag></TagSet></Tagging>`
	if status, body, _ := s.post(t, "/forms", s.signedForm(anyKey+`,["starts-with","$tagging",""]`, [2]string{"key", "d"}, [2]string{"tagging", tagging})); status != 204 {
		t.Errorf("tags: %d %s", status, body)
	}
	if _, _, h := s.signed(t, "HEAD", "/forms/d", ""); h.Get("X-Amz-Tagging-Count") != "1" {
		t.Errorf("tags were not stored: %v", h)
	}
	f := s.signedForm(anyKey, [2]string{"key", "e"})
	f.after = [][2]string{{"acl", "public-read"}}
	if status, body, _ := s.post(t, "/forms", f); status != 204 {
		t.Errorf("a field behind the file counts: %d %s", status, body)
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/forms", "")
	key := [2]string{"key", "refused"}
	change := func(f *form, name, value string) *form {
		for i := range f.fields {
			if f.fields[i][0] == name {
				f.fields[i][1] = value
			}
		}
		return f
	}
	late := s.signedForm(anyKey, key)
	for _, c := range []struct {
		name       string
		form       *form
		path       string
		code, says string
	}{
		{"another signature", change(s.signedForm(anyKey, key), "x-amz-signature", strings.Repeat("0", 64)), "", "SignatureDoesNotMatch", "The request signature we calculated"},
		{"another policy", change(s.signedForm(anyKey, key), "policy", "e30="), "", "SignatureDoesNotMatch", ""},
		{"no signature", &form{fields: [][2]string{key}, file: "x"}, "", "AccessDenied", ""},
		{"half a signature", &form{fields: [][2]string{key, {"x-amz-signature", "x"}}, file: "x"}, "", "InvalidArgument", "Bucket POST must contain a field named 'X-Amz-Algorithm'."},
		{"a field without a condition", s.signedForm(anyKey, key, [2]string{"acl", "private"}), "", "AccessDenied", "Invalid according to Policy: Extra input fields: acl"},
		{"another key", s.signedForm(`{"bucket":"forms"},["eq","$key","x"]`, key), "", "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["eq", "$key", "x"]`},
		{"another bucket", s.signedForm(`{"bucket":"others"},["starts-with","$key",""]`, key), "", "AccessDenied", `["eq", "$bucket", "others"]`},
		{"too large", s.signedForm(anyKey+`,["content-length-range",0,4]`, key), "", "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"},
		{"too small", s.signedForm(anyKey+`,["content-length-range",6,9]`, key), "", "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"},
		{"no key", s.signedForm(`{"bucket":"forms"}`), "", "InvalidArgument", "Bucket POST must contain a field named 'key'."},
		{"two properties", s.signedForm(anyKey+`,{"a":"b","c":"d"}`, key), "", "InvalidPolicyDocument", "Simple-Conditions must have exactly one property specified."},
		{"no bucket", s.signedForm(`["starts-with","$bucket",""],["starts-with","$key",""]`, key), "/not-there", "NoSuchBucket", ""},
		{"an object", s.signedForm(anyKey, key), "/forms/x", "MethodNotAllowed", ""},
		{"long fields", s.signedForm(anyKey, key, [2]string{"x-ignore-me", strings.Repeat("x", 21_000)}), "", "MaxPostPreDataLengthExceededError", ""},
		{"tags that are none", s.signedForm(anyKey+`,["starts-with","$tagging",""]`, key, [2]string{"tagging", "<Tags"}), "", "MalformedXML", ""},
	} {
		path := "/forms"
		if c.path != "" {
			path = c.path
		}
		status, body, _ := s.post(t, path, c.form)
		if status < 400 || element(body, "Code") != c.code || !strings.Contains(strings.NewReplacer("&quot;", `"`, "&#39;", "'", "&apos;", "'", "&#34;", `"`).Replace(element(body, "Message")), c.says) {
			t.Errorf("%s: %d %s; want %s %q", c.name, status, body, c.code, c.says)
		}
	}
	s.now.Add(int64(2 * time.Hour))
	if _, body, _ := s.post(t, "/forms", late); element(body, "Message") != "Invalid according to Policy: Policy expired." {
		t.Errorf("late: %s", body)
	}
	if status, body, _ := send(t, s.request(t, "POST", "/forms", "no form", "Content-Type", "multipart/form-data; boundary=x")); element(body, "Code") != "MalformedPOSTRequest" && element(body, "Code") != "InvalidArgument" {
		t.Errorf("no form: %d %s", status, body)
	}
	if list := s.ok(t, "GET", "/forms?list-type=2", ""); element(list, "KeyCount") != "0" {
		t.Errorf("something was stored: %s", list)
	}
}
