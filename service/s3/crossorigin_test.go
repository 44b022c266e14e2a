package s3_test

import (
	"net/http"
	"testing"
)

func TestPagesOfOtherOrigins(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/pages", "")
	preflight := func(path string, header ...string) (int, string, http.Header) {
		return send(t, s.request(t, http.MethodOptions, path, "", header...))
	}
	asks := []string{"Origin", "https://www.example.test", "Access-Control-Request-Method", "PUT"}
	for _, c := range []struct {
		name, path string
		header     []string
		code, says string
	}{
		{"no origin", "/pages/a", nil, "BadRequest", "Insufficient information. Origin request header needed."},
		{"no method", "/pages/a", asks[:2], "BadRequest", "Invalid Access-Control-Request-Method: null"},
		{"no bucket", "/not-there/a", asks, "AccessForbidden", "CORSResponse: Bucket not found"},
		{"no rules", "/pages/a", asks, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket."},
	} {
		status, body, _ := preflight(c.path, c.header...)
		if status < 400 || element(body, "Code") != c.code || element(body, "Message") != c.says {
			t.Errorf("%s: %d %s", c.name, status, body)
		}
	}
	s.ok(t, "PUT", "/pages?cors", `<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><CORSRule><AllowedOrigin>https://*.example.test</AllowedOrigin>`+
		`<AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>`)
	status, _, h := preflight("/pages/a", append(asks, "Access-Control-Request-Headers", "X-Amz-Date, x-amz-content-sha256")...)
	if status != 200 || h.Get("Access-Control-Allow-Origin") != "https://www.example.test" || h.Get("Access-Control-Allow-Methods") != "PUT, GET" ||
		h.Get("Access-Control-Allow-Headers") != "x-amz-date, x-amz-content-sha256" || h.Get("Access-Control-Max-Age") != "60" || h.Get("Vary") == "" {
		t.Errorf("leave: %d %v", status, h)
	}
	status, body, _ := preflight("/pages/a", append(asks, "Access-Control-Request-Headers", "authorization")...)
	if status != 403 || element(body, "Code") != "AccessForbidden" || element(body, "Method") != "PUT" || element(body, "ResourceType") != "OBJECT" {
		t.Errorf("a header without leave: %d %s", status, body)
	}
	r := s.request(t, http.MethodOptions, "/a", "", asks...)
	r.Host = "pages.localhost"
	if status, body, _ := send(t, r); status != 200 {
		t.Errorf("the bucket in the host's name: %d %s", status, body)
	}
	s.answersToPages(t)
}

// answersToPages checks the headers of answers to requests themselves, of success and of errors.
func (s *shop) answersToPages(t *testing.T) {
	s.ok(t, "PUT", "/pages/a", "hello")
	_, _, h := s.signed(t, "GET", "/pages/a", "", "Origin", "https://www.example.test")
	if h.Get("Access-Control-Allow-Origin") != "https://www.example.test" || h.Get("Access-Control-Expose-Headers") != "ETag" {
		t.Errorf("an answer: %v", h)
	}
	status, _, h := send(t, s.request(t, "GET", "/pages/a", "", "Origin", "https://www.example.test"))
	if status != 403 || h.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("a refusal that the page may read: %d %v", status, h)
	}
	for _, origin := range []string{"", "https://evil.test"} {
		if _, _, h := s.signed(t, "GET", "/pages/a", "", "Origin", origin); h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("origin %q: %v", origin, h)
		}
	}
	if status, _, _ := send(t, s.request(t, http.MethodOptions, "/v20180820/configuration/publicAccessBlock", "", "Origin", "https://www.example.test")); status == 200 {
		t.Error("S3 Control lets pages in")
	}
}
