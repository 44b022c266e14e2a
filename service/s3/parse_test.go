package s3

import (
	"errors"
	"strings"
	"testing"

	"vauban/api/wire"
)

func TestParseRange(t *testing.T) {
	for _, c := range []struct {
		header string
		size   int64
		want   span
		code   string
	}{
		{"bytes=0-0", 5, span{0, 1, false}, ""},
		{"bytes=1-", 5, span{1, 4, false}, ""},
		{"bytes=1-99", 5, span{1, 4, false}, ""},
		{"bytes=-2", 5, span{3, 2, false}, ""},
		{"bytes=-99", 5, span{0, 5, false}, ""},
		{"bytes=-0", 5, span{}, "InvalidRange"},
		{"bytes=5-", 5, span{}, "InvalidRange"},
		{"bytes=0-", 0, span{}, "InvalidRange"},
		{"bytes=3-1", 5, span{0, 5, true}, ""},
		{"bytes=0-1,3-4", 5, span{0, 5, true}, ""},
		{"lines=0-1", 5, span{0, 5, true}, ""},
		{"bytes=a-b", 5, span{0, 5, true}, ""},
		{"bytes=-", 5, span{0, 5, true}, ""},
		{"bytes=99999999999999999999-", 5, span{0, 5, true}, ""},
	} {
		got, err := parseRange(&c.header, c.size)
		var e *wire.Error
		if errors.As(err, &e) != (c.code != "") || e != nil && e.Shape.Code != c.code || err == nil && got != c.want {
			t.Errorf("%q of %d: %+v, %v", c.header, c.size, got, err)
		}
	}
}

func FuzzRange(f *testing.F) {
	f.Add("bytes=0-1", int64(5))
	f.Add("bytes=-3", int64(0))
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			return
		}
		for _, parse := range []func(*string, int64) (span, error){parseRange, copyRange} {
			if s, err := parse(&header, size); err == nil && (s.off < 0 || s.n < 0 || s.off+s.n > size) {
				t.Errorf("%q of %d: %+v", header, size, s)
			}
		}
	})
}

func FuzzCopySource(f *testing.F) {
	f.Add("/bucket/key?versionId=null")
	f.Add("bucket/a%20b")
	f.Fuzz(func(t *testing.T, header string) {
		if c, err := parseCopySource(header); err == nil && (c.bucket == "" || c.key == "" || strings.Contains(c.bucket, "/")) {
			t.Errorf("%q: %+v", header, c)
		}
	})
}

func FuzzTags(f *testing.F) {
	f.Add("a=b&c=d")
	f.Add("a&%zz=1")
	f.Fuzz(func(t *testing.T, header string) {
		tags, err := tagsInHeader(&header)
		if err != nil {
			return
		}
		for i, tag := range tags {
			if tag.Key == "" || i > 0 && tags[i-1].Key >= tag.Key || len(tags) > maxTags {
				t.Errorf("%q: %+v", header, tags)
			}
		}
	})
}

func TestBucketNames(t *testing.T) {
	for name, want := range map[string]bool{
		"abc": true, "a.b-c": true, "0ab": true, strings.Repeat("a", 63): true,
		"ab": false, "Abc": false, "a..b": false, "-ab": false, "ab.": false, "1.2.3.4": false, "xn--abc": false, "abc-s3alias": false, "a_b": false, strings.Repeat("a", 64): false, "lambda-url": false, "lambda-urls": true,
	} {
		if validBucketName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}
