package cloudtrail

import (
	"strings"
	"testing"

	"vauban/service"
)

// FuzzReference: whatever names a trail is refused, or names one whose ARN is read as the same trail.
func FuzzReference(f *testing.F) {
	for _, s := range []string{"audit", "a-b.c", "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit", "arn:aws:cloudtrail::x:trail/", "arn:", "192.168.5.4", "-a", "a--b"} {
		f.Add(s)
	}
	c := &service.Call{Account: home, Region: "us-east-1", Partition: "aws"}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseReference(c, text)
		if err != nil {
			if code := codeOf(err); code != "InvalidTrailNameException" && code != "CloudTrailARNInvalidException" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if r.byARN != strings.HasPrefix(text, "arn:") {
			t.Fatalf("%q: by ARN %t", text, r.byARN)
		}
		again, err := parseReference(c, r.arn("aws"))
		if err != nil || again.account != r.account || again.region != r.region || again.name != r.name {
			t.Fatalf("%q is %+v, its ARN %+v, %v", text, r, again, err)
		}
	})
}
