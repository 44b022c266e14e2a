package s3_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"vauban/gateway/sigv4"
)

const siteHost = "blog.s3-website-us-east-1.vauban.test:8443"

// visit asks a website, and answers status, body and headers.
func (s *shop) visit(t *testing.T, method, host, path string, header ...string) (int, string, http.Header) {
	t.Helper()
	r := s.request(t, method, path, "", header...)
	r.Host = host
	return send(t, r)
}

func (s *shop) website(t *testing.T, bucket, configuration string) {
	t.Helper()
	s.ok(t, "PUT", "/"+bucket+"?website", `<WebsiteConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`+configuration+`</WebsiteConfiguration>`)
}

func (s *shop) public(t *testing.T, bucket, actions string) {
	t.Helper()
	s.ok(t, "PUT", "/"+bucket+"?policy", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":`+actions+`,"Resource":["arn:aws:s3:::`+bucket+`","arn:aws:s3:::`+bucket+`/*"]}}`)
}

// seen are the calls of an anonymous caller on the bucket, as the log has them, with their errors.
func (s *shop) seen(t *testing.T, bucket string) (out []string) {
	t.Helper()
	entries, err := s.Log().Read(context.WithoutCancel(t.Context()), 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		var r struct {
			EventName, ErrorCode string
			UserIdentity         struct{ AccountID string }
			RequestParameters    struct{ BucketName, Key string }
		}
		if err := json.Unmarshal(e.Record, &r); err != nil {
			t.Fatal(err)
		}
		if r.UserIdentity.AccountID == "ANONYMOUS_PRINCIPAL" && r.RequestParameters.BucketName == bucket {
			out = append(out, strings.TrimSpace(r.EventName+" "+r.RequestParameters.Key+" "+r.ErrorCode))
		}
	}
	return out
}

const wholeSite = `<IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>error.html</Key></ErrorDocument><RoutingRules>` +
	`<RoutingRule><Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>documents/</ReplaceKeyPrefixWith></Redirect></RoutingRule>` +
	`<RoutingRule><Condition><KeyPrefixEquals>gone/</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect><HostName>old.test</HostName><Protocol>https</Protocol><HttpRedirectCode>307</HttpRedirectCode></Redirect></RoutingRule>` +
	`</RoutingRules>`

func TestWebsite(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/blog", "")
	for key, body := range map[string]string{"index.html": "<h1>home</h1>", "dir/index.html": "dir", "error.html": "oops", "a%20b.css": "0123456789"} {
		s.ok(t, "PUT", "/blog/"+key, body, "Content-Type", "text/html")
	}
	s.ok(t, "PUT", "/blog/moved", "", "X-Amz-Website-Redirect-Location", "/a%20b.css")
	if status, body, _ := s.signed(t, "PUT", "/blog/bad", "", "X-Amz-Website-Redirect-Location", "javascript:alert(1)"); status != 400 || element(body, "Code") != "InvalidRedirectLocation" {
		t.Errorf("a location that is none: %d %s", status, body)
	}
	expect := func(method, path string, want int, text string, header ...string) http.Header {
		t.Helper()
		status, body, h := s.visit(t, method, siteHost, path, header...)
		if status != want || !strings.Contains(body, text) {
			t.Errorf("%s %s: %d %s, want %d %q", method, path, status, body, want, text)
		}
		return h
	}
	expect("GET", "/", 404, "<li>Code: NoSuchWebsiteConfiguration</li>")
	s.website(t, "blog", wholeSite)
	expect("GET", "/", 403, "<li>Code: AccessDenied</li>\n<li>Message: Access Denied</li>")
	s.ok(t, "DELETE", "/blog?publicAccessBlock", "")
	s.public(t, "blog", `["s3:GetObject","s3:ListBucket"]`)

	if h := expect("GET", "/", 200, "<h1>home</h1>"); h.Get("Content-Type") != "text/html" || h.Get("Etag") == "" {
		t.Errorf("headers %v", h)
	}
	expect("GET", "/dir/?anything=1", 200, "dir")
	if h := expect("GET", "/dir", 302, ""); h.Get("Location") != "http://"+siteHost+"/dir/" {
		t.Errorf("a folder leads to %q", h.Get("Location"))
	}
	expect("GET", "/a%20b.css", 206, "34", "Range", "bytes=3-4")
	tag := expect("HEAD", "/a%20b.css", 200, "").Get("Etag")
	expect("GET", "/a%20b.css", 304, "", "If-None-Match", tag)
	if h := expect("GET", "/missing", 404, "oops"); h.Get("X-Amz-Error-Code") != "NoSuchKey" || h.Get("Content-Type") != "text/html" {
		t.Errorf("headers of an error document %v", h)
	}
	expect("HEAD", "/missing", 404, "")
	expect("POST", "/", 405, "<li>Code: MethodNotAllowed</li>")
	expect("PUT", "/x", 405, "MethodNotAllowed")
	if h := expect("GET", "/docs/a%20b", 301, ""); h.Get("Location") != "http://"+siteHost+"/documents/a%20b" {
		t.Errorf("a prefix leads to %q", h.Get("Location"))
	}
	if h := expect("GET", "/gone/x", 307, ""); h.Get("Location") != "https://old.test/gone/x" {
		t.Errorf("an error leads to %q", h.Get("Location"))
	}
	if h := expect("GET", "/moved", 301, ""); h.Get("Location") != "/a%20b.css" {
		t.Errorf("an object leads to %q", h.Get("Location"))
	}
	expect("GET", "/%ff", 400, "InvalidURI")
	expect("GET", "/"+strings.Repeat("k", 20_000), 400, "KeyTooLongError")
	seen := strings.Join(s.seen(t, "blog"), "\n")
	for _, want := range []string{"GetObject index.html AccessDenied", "GetObject missing NoSuchKey", "HeadObject missing/index.html NoSuchKey", "GetObject error.html\n", "GetObject docs/a b\n", "GetObject index.html\n", "GetObject  MethodNotAllowed"} {
		if !strings.Contains(seen+"\n", want) {
			t.Errorf("the log has no %q:\n%s", want, seen)
		}
	}
	for _, line := range s.seen(t, "blog") {
		if len(line) > 1100 {
			t.Errorf("a visit leaves %d bytes in the log", len(line))
		}
	}
	s.refused(t)
}

// TestVisitorsLockNobodyOut: pages that are not there, which the pages of others may ask for, do not use up what the source has for guesses at the API.
func TestVisitorsLockNobodyOut(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/blog", "")
	refused := 0
	for range 1500 {
		if status, _, _ := s.visit(t, "GET", siteHost, "/favicon.ico"); status == 429 || status == 503 {
			refused++
		}
	}
	if refused == 0 || refused == 1500 {
		t.Errorf("of 1500 visits that get nothing %d are refused", refused)
	}
	s.ok(t, "PUT", "/blog/x", "still open")
}

// refused checks what a website does not do.
func (s *shop) refused(t *testing.T) {
	t.Helper()
	s.ok(t, "DELETE", "/blog/error.html", "")
	status, body, h := s.visit(t, "GET", siteHost, "/%3Cscript%3Ealert(1)%3C%2Fscript%3E%22'%26")
	if status != 404 || strings.Contains(body, "<script") || !strings.Contains(body, "<li>Key: &lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;</li>") ||
		!strings.Contains(body, "Retrieve a Custom Error Document") || !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		t.Errorf("a hostile key: %d %s", status, body)
	}
	for host, want := range map[string]string{
		"nowhere.s3-website-us-east-1.vauban.test": "NoSuchBucket", "blog.s3-website.us-west-2.vauban.test": "IncorrectEndpoint", "blog.s3-website-us-east-1.s3.vauban.test": "<Error>",
	} {
		if status, body, _ := s.visit(t, "GET", host, "/"); status < 400 || status >= 500 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", host, status, body)
		}
	}
	s.public(t, "blog", `"s3:GetObject"`)
	if status, body, _ := s.visit(t, "GET", siteHost, "/missing"); status != 403 || !strings.Contains(body, "AccessDenied") {
		t.Errorf("whoever may not list learns what is there: %d %s", status, body)
	}
	s.ok(t, "PUT", "/blog?publicAccessBlock", `<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`)
	if status, _, _ := s.visit(t, "GET", siteHost, "/"); status != 403 {
		t.Errorf("Block Public Access is passed over: %d", status)
	}
	r := s.request(t, "GET", "/index.html", "")
	r.Host = siteHost
	signer := &sigv4.Signer{AccessKeyID: shopKey, Secret: sigv4.SecretKey(shopSecret), Region: "us-east-1", Service: "s3"}
	if err := signer.Sign(r, sigv4.PayloadHash(nil), time.Unix(0, s.now.Load())); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := send(t, r); status != 403 {
		t.Errorf("a signature counts at a website: %d", status)
	}
}

func TestWebsiteOfRedirects(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/blog", "")
	s.website(t, "blog", `<RedirectAllRequestsTo><HostName>www.test</HostName><Protocol>https</Protocol></RedirectAllRequestsTo>`)
	s.ok(t, "PUT", "/blog?metrics&id=all", `<MetricsConfiguration><Id>all</Id></MetricsConfiguration>`)
	s.now.Add(int64(2 * time.Hour))
	for _, path := range []string{"/a/b", "//evil.test", "/"} {
		status, _, h := s.visit(t, "GET", siteHost, path)
		if status != 301 || h.Get("Location") != "https://www.test"+path {
			t.Errorf("%s: %d to %q", path, status, h.Get("Location"))
		}
	}
	s.counted(t, "blog", "all", "AllRequests", "3")
	if got := strings.Join(s.seen(t, "blog"), ", "); got != "GetObject a/b, GetObject /evil.test, GetObject" {
		t.Errorf("the log has %s", got)
	}
	s.ok(t, "PUT", "/blog?cors", `<CORSConfiguration><CORSRule><AllowedOrigin>https://shop.test</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>`)
	if status, _, h := s.visit(t, "OPTIONS", siteHost, "/a", "Origin", "https://shop.test", "Access-Control-Request-Method", "GET"); status != 200 || h.Get("Access-Control-Allow-Origin") != "https://shop.test" {
		t.Errorf("a preflight: %d %v", status, h)
	}
	if _, _, h := s.visit(t, "GET", siteHost, "/a", "Origin", "https://shop.test"); h.Get("Access-Control-Allow-Origin") != "https://shop.test" {
		t.Errorf("a page of another origin: %v", h)
	}
}
