package pattern

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const instance = `{"source":"aws.ec2","detail-type":"EC2 Instance State-change Notification","time":"2017-12-22T18:43:48Z","region":"us-west-1",
 "resources":["arn:aws:ec2:us-west-1:123456789012:instance/i-1","arn:aws:ec2:us-west-1:123456789012:instance/i-2"],
 "detail":{"state":"terminated","c-count":5,"d-count":3,"x-limit":301.8,"big":300.0,"source-ip":"10.0.0.7","v6":"2001:db8::7","none":null,"empty":"","list":[],"yes":true,
  "path":"dir/lib/picture.PNG","star":"a*b","parts":[{"name":"a","size":1},{"name":"b","size":2},"loose"],"deep":[[{"k":[1,[2]]}]]}}`

// TestOperators follows the AWS page "Comparison operators for use in event patterns in Amazon EventBridge".
func TestOperators(t *testing.T) {
	detail := func(s string) string { return `{"detail":{` + s + `}}` }
	tests := []struct {
		pattern string
		want    bool
	}{
		{`{"source":["aws.ec2"]}`, true},
		{`{"source":["aws.s3","aws.ec2"],"detail":{"state":["terminated"]}}`, true},
		{`{"source":["aws.s3"]}`, false},
		{`{"resources":["arn:aws:ec2:us-west-1:123456789012:instance/i-2"]}`, true},
		{`{"resources":[{"prefix":"arn:aws:s3"}]}`, false},
		{detail(`"c-count":[5]`), true},
		{detail(`"c-count":["5"]`), false},
		{detail(`"big":[300]`), false}, // numbers are compared as they are written
		{detail(`"big":[300.0]`), true},
		{detail(`"yes":[true]`), true},
		{detail(`"yes":["true"]`), false},
		{detail(`"none":[null]`), true},
		{detail(`"empty":[null]`), false},
		{detail(`"empty":[""]`), true},
		{detail(`"state":[{"prefix":"term"}]`), true},
		{detail(`"state":[{"prefix":{"equals-ignore-case":"TERM"}}]`), true},
		{detail(`"state":[{"suffix":"ated"}]`), true},
		{detail(`"path":[{"suffix":{"equals-ignore-case":".png"}}]`), true},
		{detail(`"path":[{"suffix":".png"}]`), false},
		{detail(`"state":[{"equals-ignore-case":"TermiNated"}]`), true},
		{detail(`"state":[{"anything-but":"initializing"}]`), true},
		{detail(`"state":[{"anything-but":["terminated","stopped"]}]`), false},
		{detail(`"c-count":[{"anything-but":[1,5.0]}]`), false},
		{detail(`"c-count":[{"anything-but":4}]`), true},
		{detail(`"missing":[{"anything-but":4}]`), false},
		{detail(`"state":[{"anything-but":{"prefix":"init"}}]`), true},
		{detail(`"state":[{"anything-but":{"prefix":["init","term"]}}]`), false},
		{detail(`"state":[{"anything-but":{"suffix":"ated"}}]`), false},
		{detail(`"state":[{"anything-but":{"equals-ignore-case":["TERMINATED","x"]}}]`), false},
		{detail(`"path":[{"anything-but":{"wildcard":"*/lib/*"}}]`), false},
		{detail(`"c-count":[{"numeric":[">",0,"<=",5]}]`), true},
		{detail(`"d-count":[{"numeric":["<",3]}]`), false},
		{detail(`"x-limit":[{"numeric":["=",3.018e2]}]`), true},
		{detail(`"state":[{"numeric":["=",5]}]`), false},
		{detail(`"source-ip":[{"cidr":"10.0.0.0/24"}]`), true},
		{detail(`"source-ip":[{"cidr":"10.0.1.0/24"}]`), false},
		{detail(`"v6":[{"cidr":"2001:db8::/32"}]`), true},
		{detail(`"state":[{"cidr":"0.0.0.0/0"}]`), false},
		{detail(`"path":[{"wildcard":"dir/*.PNG"}]`), true},
		{detail(`"path":[{"wildcard":"dir/*.png"}]`), false},
		{detail(`"star":[{"wildcard":"a\\*b"}]`), true},
		{detail(`"state":[{"wildcard":"term\\*"}]`), false},
		{detail(`"state":[{"exists":true}]`), true},
		{detail(`"none":[{"exists":true}]`), true},
		{detail(`"list":[{"exists":true}]`), false},
		{detail(`"list":[{"exists":false}]`), true},
		{detail(`"missing":[{"exists":false}]`), true},
		{detail(`"state":[{"exists":false}]`), false},
		{detail(`"state":[{"exists":false},"terminated"]`), true},
		{`{"detail":[{"exists":true}]}`, false}, // an object is no value
		{`{"other":{"thing":[{"exists":false}]}}`, true},
		{`{"other":{"thing":["x"]}}`, false},
		{detail(`"parts":{"name":["a"],"size":[1]}`), true},
		{detail(`"parts":{"name":["a"],"size":[2]}`), false}, // not of one object
		{detail(`"parts":{"color":[{"exists":false}]}`), true},
		{detail(`"parts":{"name":[{"exists":false}]}`), false},
		{detail(`"parts":["loose"]`), true},
		{detail(`"deep":{"k":[2]}`), true},
		{`{"$or":[{"source":["aws.s3"]},{"detail":{"c-count":[5]}}]}`, true},
		{`{"$or":[{"source":["aws.s3"]},{"region":["us-east-1"]}]}`, false},
		{`{"source":["aws.s3"],"$or":[{"region":["us-west-1"]},{"region":["us-east-1"]}]}`, false},
		{detail(`"$or":[{"c-count":[{"numeric":[">",10]}]},{"d-count":[{"numeric":["<",10]}]}]`), true},
		{`{"$or":["x"]}`, false}, // a field of that name
	}
	e, err := Decode([]byte(instance))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		p, err := Compile([]byte(tt.pattern))
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
		} else if got := p.Match(e); got != tt.want {
			t.Errorf("%s: %t", tt.pattern, got)
		}
	}
	if e.String("source") != "aws.ec2" || e.String("detail") != "" {
		t.Error("fields of the event itself")
	}
}

// TestRefusals has AWS's words where they are known.
func TestRefusals(t *testing.T) {
	tests := map[string]string{
		`{"a":"string"}`:                    `"a" must be an object or an array`,
		`{"a":5}`:                           `"a" must be an object or an array`,
		`{"a":[]}`:                          `Empty arrays are not allowed`,
		`["not", "a"]`:                      `Filter is not an object at [Source: (String)"["not", "a"]"; line: 1, column: 2]`,
		`{"a":[{"numeric":[">",1,">",2]}]}`: `Bad numeric range operator: >`,
		`{"a":[{"numeric":["<","x"]}]}`:     `Value of < must be numeric`,
		`{"a":[{"numeric":5}]}`:             `Value of numeric must be an array.`,
		`{"a":[{"wildcard":"a**b"}]}`:       `Consecutive wildcard characters at pos 2`,
		`{"a":[{"wildcard":5}]}`:            `wildcard match pattern must be a string`,
		`{"a":[{"anything-but":[true]}]}`:   `Inside anything but list, start|null|boolean is not supported.`,
		`{"a":[{"anything-but":null}]}`:     `Value of anything-but must be an array or single string/number value.`,
		`{"a":[{"anything-but":{"equals-ignore-case":[1]}}]}`: `Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.`,
		`{"a":[{"anything-but":{"prefix":""}}]}`:              `Null prefix/suffix not allowed`,
		`{"a":[{"cidr":"10.0.0.0"}]}`:                         `Malformed CIDR, one '/' required`,
		`{"a":[{"cidr":"10.0.0.0/x"}]}`:                       `Malformed CIDR, mask bits must be an integer`,
		`{"a":[{"cidr":"xx.11.xx/8"}]}`:                       `Nonstandard IP address: xx.11.xx`,
		`{"a":[{"EXISTS":true}]}`:                             `Unrecognized match type EXISTS`,
		`{"a":[{"prefix":5}]}`:                                `prefix match pattern must be a string`,
		`{"a":[{"suffix":null}]}`:                             `suffix match pattern must be a string`,
		`{"a":[{"equals-ignore-case":["x"]}]}`:                `equals-ignore-case match pattern must be a string`,
		`{"a":[{"prefix":"x","suffix":"y"}]}`:                 `Only one key allowed in match expression`,
		`{"a":[["x"]]}`:                                       `Match value must be String, number, true, false, or null`,
		`{`:                                                   `unexpected EOF`,
		`{'bad': 'quotation'}`:                                `Unexpected character (''' (code 39)): was expecting double-quote to start field name at [Source: (String)"{'bad': 'quotation'}"; line: 1, column: 2]`,
		`{"not": closed mark"`:                                `Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') at [Source: (String)"{"not": closed mark""; line: 1, column: 15]`,
		`this is valid json but not a dict`:                   `Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') at [Source: (String)"this is valid json but not a dict"; line: 1, column: 5]`,
		`{"a":["x"]} more`:                                    `there is more`,
	}
	for text, want := range tests {
		_, err := Compile([]byte(text))
		var bad *InvalidError
		if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), "Event pattern is not valid. Reason: ") || !strings.Contains(bad.Reason, want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	deep := strings.Repeat(`{"a":`, 100) + `["x"]` + strings.Repeat("}", 100)
	if _, err := Compile([]byte(deep)); err == nil {
		t.Error("a pattern of any depth is taken")
	}
	or := `{"$or":[{"a":["x"]},{"b":["x"]}]}`
	for range 12 {
		or = `{"$or":[` + or + `,` + `{"c":["x"]}` + `]}`
	}
	if _, err := Compile([]byte(or)); err == nil {
		t.Error("alternatives of any number are taken")
	}
}

// TestWildcardLaw: the stars stand for any texts.
func TestWildcardLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.StringMatching(`[ab]{0,3}`), 1, 5).Draw(t, "pieces")
		text, pattern := pieces[0], pieces[0]
		for _, p := range pieces[1:] {
			pattern = strings.TrimSuffix(pattern, "*") + "*" + p
			text += rapid.StringMatching(`[abc]{0,4}`).Draw(t, "between") + p
		}
		w, err := compileWildcard(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if !w.match(text) {
			t.Fatalf("%q does not match %q", pattern, text)
		}
		if other := "x" + text; w.match(other) != strings.HasPrefix(pattern, "*") {
			t.Fatalf("%q and %q", pattern, other)
		}
	})
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{`{"a":[{"anything-but":{"prefix":["x"]}}]}`, `{"$or":[{"a":["x"]},{"b":[{"exists":false}]}]}`, `{"a":{"b":[{"numeric":[">",1,"<",2]}]}}`} {
		f.Add(s, instance)
	}
	f.Fuzz(func(t *testing.T, pattern, event string) {
		p, err := Compile([]byte(pattern))
		e, bad := Decode([]byte(event))
		if err != nil || bad != nil {
			return
		}
		p.Match(e)
	})
}

func BenchmarkMatch(b *testing.B) {
	p, err := Compile([]byte(`{"source":["aws.ec2"],"detail":{"state":[{"anything-but":"running"}],"c-count":[{"numeric":[">",0]}]}}`))
	if err != nil {
		b.Fatal(err)
	}
	e, err := Decode([]byte(instance))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if !p.Match(e) {
			b.Fatal("no match")
		}
	}
}
