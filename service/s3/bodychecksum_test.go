package s3_test

import (
	"crypto/md5"
	"encoding/base64"
	"strings"
	"testing"
)

// TestBodyChecksum: what clients say of a document that they send is compared with it, before anything is done.
func TestBodyChecksum(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/checked", "")
	s.ok(t, "PUT", "/checked/a", "bytes")
	list := "<Delete><Object><Key>a</Key></Object></Delete>"
	sum := md5.Sum([]byte(list))
	for name, c := range map[string]struct {
		header []string
		want   string
	}{
		"none":          {nil, "<Code>InvalidRequest</Code><Message>Missing required header for this request: Content-MD5 OR x-amz-checksum-*</Message>"},
		"another's":     {[]string{"Content-MD5", base64.StdEncoding.EncodeToString(make([]byte, 16))}, "<Code>BadDigest</Code>"},
		"no MD5":        {[]string{"Content-MD5", "AAAA"}, "<Code>InvalidDigest</Code>"},
		"another's CRC": {[]string{"x-amz-checksum-crc32", "AAAAAA=="}, "<Code>BadDigest</Code><Message>The CRC32 you specified did not match the calculated checksum.</Message>"},
		"no CRC":        {[]string{"x-amz-checksum-crc32c", "AA=="}, "<Message>Value for x-amz-checksum-crc32c header is invalid.</Message>"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, body, _ := s.signed(t, "POST", "/checked?delete", list, c.header...); status != 400 || !strings.Contains(body, c.want) {
				t.Errorf("%d %s, want %s", status, body, c.want)
			}
			s.ok(t, "HEAD", "/checked/a", "")
		})
	}
	if status, body, _ := s.signed(t, "PUT", "/checked?tagging", "<Tagging><TagSet/></Tagging>", "Content-MD5", base64.StdEncoding.EncodeToString(sum[:])); status != 400 || !strings.Contains(body, "BadDigest") {
		t.Errorf("tags with another document's MD5: %d %s", status, body)
	}
	s.ok(t, "POST", "/checked?delete", list, "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	if status, _, _ := s.signed(t, "HEAD", "/checked/a", ""); status != 404 {
		t.Errorf("deleted, and yet %d", status)
	}
}
