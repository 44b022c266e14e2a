package website_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"vauban/engine/website"
)

var site = &website.Site{
	Index: "index.html",
	Rules: []website.Rule{
		{Prefix: "docs/", To: website.To{KeyPrefix: new("documents/")}},
		{Prefix: "docs/never", To: website.To{Key: new("x")}},
		{Prefix: "old/", To: website.To{Host: "old.example.com", Protocol: "https", Code: 307}},
		{Prefix: "gone/", Status: 404, To: website.To{Key: new("what happened.html")}},
		{Status: 404, To: website.To{Host: "backup.example.com", KeyPrefix: new("report-404/"), Code: 302}},
	},
}

func TestRedirects(t *testing.T) {
	for _, x := range []struct {
		key    string
		status int
		want   string
	}{
		{"docs/a b", 0, "301 http://blog.test:80/documents/a%20b"},
		{"docs/never", 0, "301 http://blog.test:80/documents/never"},
		{"old/x?y", 0, "307 https://old.example.com/old/x%3Fy"},
		{"gone/x", 404, "301 http://blog.test:80/what%20happened.html"},
		{"gone/x", 403, ""},
		{"gone/x", 0, ""},
		{"else", 404, "302 http://backup.example.com/report-404/else"},
		{"else", 0, ""},
		{"/evil.test/docs", 404, "302 http://backup.example.com/report-404//evil.test/docs"},
	} {
		a := website.Asked{Scheme: "http", Host: "blog.test:80", Key: x.key}
		r := site.Before(a)
		if x.status != 0 {
			r = site.After(a, x.status)
		}
		got := ""
		if r != nil {
			got = fmt.Sprint(r.Code, " ", r.Location)
		}
		if got != x.want {
			t.Errorf("%s %d: %q, want %q", x.key, x.status, got, x.want)
		}
	}
	all := website.Site{All: &website.To{Host: "www.test", Protocol: "https"}}
	if r := all.Before(website.Asked{Scheme: "http", Host: "test", Key: "a/b"}); r == nil || r.Location != "https://www.test/a/b" || r.Code != 301 {
		t.Errorf("all requests: %+v", r)
	}
	if r := website.Folder(website.Asked{Scheme: "https", Host: "blog.test", Key: "/evil.test"}); r.Location != "https://blog.test//evil.test/" || r.Code != 302 {
		t.Errorf("a folder: %+v", r)
	}
}

func TestKeys(t *testing.T) {
	for key, want := range map[string][2]string{"": {"index.html", ""}, "a/": {"a/index.html", ""}, "a": {"a", "a/index.html"}, "a/b.css": {"a/b.css", "a/b.css/index.html"}} {
		if got := [2]string{site.Object(key), site.Page(key)}; got != want {
			t.Errorf("%q: %q, want %q", key, got, want)
		}
	}
}

func TestHosts(t *testing.T) {
	for host, want := range map[string]string{
		"blog.s3-website-us-east-1.amazonaws.com":    "blog us-east-1",
		"blog.s3-website.eu-central-1.amazonaws.com": "blog eu-central-1",
		"www.my.blog.s3-website-us-east-1.vauban":    "www.my.blog us-east-1",
		"a.s3.b.s3-website-us-east-1.vauban.test":    "a.s3.b us-east-1",
		"blog.s3-website-us-east-1.s3.vauban.test":   "", // a bucket with such a name
		"s3-website-us-east-1.amazonaws.com":         "",
		".s3-website-us-east-1.amazonaws.com":        "",
		"blog.s3-websites.us-east-1.amazonaws.com":   "",
		"blog.s3-website-us-east-1":                  "",
		"blog.s3.amazonaws.com":                      "",
	} {
		bucket, region, ok := website.Host(host)
		if got := strings.TrimSpace(bucket + " " + region); got != want || ok != (want != "") {
			t.Errorf("%s: %q %t, want %q", host, got, ok, want)
		}
	}
}

// FuzzRedirect: whatever the path, a redirect leads to the host that the rule names, or to the one that was asked.
func FuzzRedirect(f *testing.F) {
	for _, key := range []string{"", "/evil.test", "\\evil.test", "a\r\nb", "docs/@evil.test", "docs/?x#y", "old/%2f%2fevil.test", "https://evil.test"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		a := website.Asked{Scheme: "https", Host: "blog.test", Key: key}
		for _, r := range []*website.Redirect{site.Before(a), site.After(a, 404), website.Folder(a)} {
			if r == nil {
				continue
			}
			u, err := url.Parse(r.Location)
			if err != nil || strings.ContainsAny(r.Location, "\r\n \"<>") {
				t.Fatalf("%q leads to %q (%v)", key, r.Location, err)
			}
			if u.Host != "blog.test" && u.Host != "old.example.com" && u.Host != "backup.example.com" {
				t.Errorf("%q leads to host %q", key, u.Host)
			}
		}
	})
}
