package postpolicy

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func document(conditions string) []byte {
	return fmt.Appendf(nil, `{"expiration":"2026-01-02T04:00:00.000Z","conditions":[%s]}`, conditions)
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, conditions string
		fields           map[string]string
		says             string // "" for let in
	}{
		{"equal, as an object", `{"bucket":"b"},{"key":"a"}`, map[string]string{"key": "a"}, ""},
		{"the bucket is the one that was asked", `{"bucket":"c"}`, map[string]string{"bucket": "c"}, `Policy Condition failed: ["eq", "$bucket", "c"]`},
		{"another case of the value", `["eq","$success_action_redirect","HTTP://localhost.test/random"]`, map[string]string{"success_action_redirect": "http://localhost.test/random"},
			`Policy Condition failed: ["eq", "$success_action_redirect", "HTTP://localhost.test/random"]`},
		{"without the dollar", `["eq","success_action_redirect","x"]`, map[string]string{"success_action_redirect": "x"}, `Policy Condition failed: ["eq", "success_action_redirect", "x"]`},
		{"beginning", `["starts-with","$Key","user/"]`, map[string]string{"key": "user/a"}, ""},
		{"another beginning", `["starts-with","$key","user/"]`, map[string]string{"key": "a"}, `["starts-with", "$key", "user/"]`},
		{"anything", `["starts-with","$key",""]`, map[string]string{"key": "a"}, ""},
		{"each of several types", `["starts-with","$Content-Type","image/"]`, map[string]string{"content-type": "image/png, text/html"}, "Condition failed"},
		{"a field that is not named", `{"key":"a"}`, map[string]string{"key": "a", "acl": "private", "tagging": "x"}, "Extra input fields: acl, tagging"},
		{"fields that need no name", ``, map[string]string{"policy": "x", "x-amz-signature": "y", "x-ignore-me": "z", "file": "f"}, ""},
		{"a range that is none", `["content-length-range","test","10"]`, nil, `Policy Condition failed: ["content-length-range", "test", "10"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Parse(document(c.conditions))
			if err != nil {
				t.Fatal(err)
			}
			err = p.Check(Form{Bucket: "b", Fields: c.fields}, now)
			var f *Fault
			switch {
			case c.says == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.says != "" && (!errors.As(err, &f) || f.Code != "AccessDenied" || !strings.Contains(f.Message, c.says)):
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestExpired(t *testing.T) {
	p, err := Parse(document(``))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(Form{}, p.Expiration); err == nil || !strings.HasSuffix(err.Error(), "Invalid according to Policy: Policy expired.") {
		t.Errorf("got %v", err)
	}
}

func TestSize(t *testing.T) {
	p, err := Parse(document(`["content-length-range",5,"10"]`))
	if err != nil {
		t.Fatal(err)
	}
	for n, code := range map[int64]string{4: "EntityTooSmall", 5: "", 10: "", 11: "EntityTooLarge"} {
		err := p.CheckSize(n)
		var f *Fault
		if errors.As(err, &f); (f == nil) != (code == "") || f != nil && (f.Code != code || f.Proposed != n) {
			t.Errorf("%d bytes: %v, want %q", n, err, code)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, says := range map[string]string{
		`x`:                                     "Invalid JSON",
		`null`:                                  "Invalid JSON",
		`{"conditions":[]}`:                     "Policy missing expiration.",
		`{"expiration":"soon"}`:                 "Invalid 'expiration' value: 'soon'",
		string(document(`{"a":1.5}`)):           "value must be a string",
		string(document(`{}`)):                  "Simple-Conditions must have exactly one property specified.",
		string(document(`["eq"]`)):              "three elements",
		string(document(`["ne",1,2]`)):          "unknown operation 'ne'",
		strings.Repeat(" ", MaxSize+1):          "larger than",
		`{"expiration":"2026-01-02T04:00:00Z"}`: "Policy missing conditions.",
		`{"expiration":"2026-01-02T04:00:00Z","conditions":[],"x":1}`: "Unexpected: 'x'",
	} {
		_, err := Parse([]byte(text))
		var f *Fault
		if !errors.As(err, &f) || f.Code != "InvalidPolicyDocument" || !strings.Contains(f.Message, says) {
			t.Errorf("%.40q: got %v, want %q", text, err, says)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(document(`{"bucket":"b"},["starts-with","$key",""],["content-length-range",1,2]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		if p.Check(Form{Bucket: "b", Fields: map[string]string{"never-named-by-chance": "x"}}, p.Expiration) == nil {
			t.Error("an expired policy lets a form in")
		}
		if least, most := p.Sizes(); p.CheckSize(least-1) == nil || least > most && p.CheckSize(least) == nil {
			t.Errorf("sizes %d to %d are not kept", least, most)
		}
	})
}
