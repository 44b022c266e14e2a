package wire

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDecodeErrors holds what a client is told about a request that cannot be read: the code of the family, and never a secret.
func TestDecodeErrors(t *testing.T) {
	deepJSON := strings.Repeat(`{"Self":`, 100) + `{}` + strings.Repeat(`}`, 100)
	deepXML := strings.Repeat(`<Self>`, 100) + strings.Repeat(`</Self>`, 100)
	for _, tc := range []struct {
		p          Protocol
		body       string
		code, says string
	}{
		{AWSJSON11, `{`, "SerializationException", "Unexpected end"},
		{AWSJSON11, `{"name":"x"} x`, "SerializationException", "Unexpected character"},
		{AWSJSON11, `{"name":"x",}`, "SerializationException", "Unexpected character"},
		{AWSJSON11, `{"name":1}`, "SerializationException", "NUMBER_VALUE can not be converted to a String"},
		{AWSJSON11, `{"count":"1"}`, "SerializationException", "STRING_VALUE can not be converted to an Integer"},
		{AWSJSON11, `{"count":1.5}`, "SerializationException", "1.5 can not be converted to a Integer"},
		{AWSJSON11, `{"count":3000000000}`, "SerializationException", "can not be converted to a Integer"},
		{AWSJSON11, `{"words":"x"}`, "SerializationException", "STRING_VALUE can not be converted to a List"},
		{AWSJSON11, `{"name":{}}`, "SerializationException", "Start of structure or map found where not expected."},
		{AWSJSON11, `{"name":[]}`, "SerializationException", "Start of list found where not expected"},
		{AWSJSON11, `{"when":"2026-01-01T00:00:00Z"}`, "SerializationException", "Timestamp"},
		{AWSJSON11, `{"blob":"%"}`, "SerializationException", "base64"},
		{AWSJSON11, `{"name":"\x"}`, "SerializationException", "Bad escape"},
		{AWSJSON11, "{\"name\":\"a\nb\"}", "SerializationException", "Unexpected character"},
		{AWSJSON11, `{"Choice":{"Text":"a","None":{}}}`, "SerializationException", "exactly one member"},
		{AWSJSON11, deepJSON, "SerializationException", "nested deeper than 64"},
		{AWSJSON11, `{"unknown":` + strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100) + `}`, "SerializationException", "nested deeper than 64"},
		{AWSJSON11, `{"Flat":[` + strings.Repeat(`1,`, maxElements) + `1]}`, "", ""},
		{AWSJSON11, `{"flat":[` + strings.Repeat(`1,`, maxElements) + `1]}`, "SerializationException", "more than 65536"},
		{AWSJSON11, `{"secret":12345}`, "SerializationException", "NUMBER_VALUE can not"},
		{AWSQuery, `name=%zz`, "MalformedQueryString", "percent escape"},
		{AWSQuery, `count=many`, "MalformedInput", "many can not be converted to a Integer"},
		{AWSQuery, `on=yes`, "MalformedInput", "yes can not be converted to a Boolean"},
		{AWSQuery, `when=yesterday`, "MalformedInput", "Timestamp"},
		{AWSQuery, `name.member.1=x`, "MalformedInput", "Start of structure or map found where not expected."},
		{AWSQuery, `words.member.x=1`, "MalformedInput", "not the number of a list element"},
		{AWSQuery, `name=%ff`, "MalformedQueryString", "not UTF-8"},
		{AWSQuery, strings.Repeat("Self.", 100) + "name=x", "MalformedQueryString", "nested deeper than 64"},
		{EC2Query, `Count=many`, "InvalidParameterValue", "Integer"},
		{RESTXML, `<a>`, "MalformedInput", "XML"},
		{RESTXML, `<a></b>`, "MalformedInput", "XML"},
		{RESTXML, `<a/><b/>`, "MalformedInput", "XML"},
		{RESTXML, `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`, "MalformedInput", "XML"},
		{RESTXML, `<a><name>&x;</name></a>`, "MalformedInput", "XML"},
		{RESTXML, "<a><name>\x01</name></a>", "MalformedInput", "XML"},
		{RESTXML, `<a><count>many</count></a>`, "MalformedInput", "Integer"},
		{RESTXML, deepXML, "MalformedInput", "XML"},
		{RPCv2CBOR, "\xff", "SerializationException", ""},
		{RPCv2CBOR, "\xa1\x64name", "SerializationException", "unexpected end"},
		{RPCv2CBOR, "\xa1\x64name\x01", "SerializationException", "can not be converted to a String"},
		{RPCv2CBOR, "\xbb\xff\xff\xff\xff\xff\xff\xff\xff", "SerializationException", "beyond the end"},
		{RPCv2CBOR, strings.Repeat("\xa1\x64Self", 100) + "\xa0", "SerializationException", "nested deeper than 64"},
		{RPCv2CBOR, "\xa0\x00", "SerializationException", "after the end"},
	} {
		name := fmt.Sprintf("%d/%.40q", tc.p, tc.body)
		_, err := Decode(tc.p, cook(tc.p), &Request{Method: "POST", Body: []byte(tc.body)})
		var e *Error
		switch {
		case tc.code == "" && err == nil:
		case !errors.As(err, &e):
			t.Errorf("%s: %v, want code %s", name, err, tc.code)
		case e.Shape.Code != tc.code || !strings.Contains(e.Message, tc.says) || e.Shape.Status != http.StatusBadRequest:
			t.Errorf("%s: %d %s %q, want %s %q", name, e.Shape.Status, e.Shape.Code, e.Message, tc.code, tc.says)
		case strings.Contains(e.Message, "12345"):
			t.Errorf("%s: the message %q tells a secret", name, e.Message)
		}
	}
}

// TestDecodeErrorsS3 holds the S3 family's own words.
func TestDecodeErrorsS3(t *testing.T) {
	op := cook(RESTXML)
	op.Service.SigningName = "s3"
	for body, want := range map[string]string{`<a>`: "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema", `<a><count>x</count></a>`: "InvalidArgument: x can"} {
		var e *Error
		if _, err := Decode(RESTXML, op, &Request{Method: "PUT", Body: []byte(body)}); !errors.As(err, &e) || !strings.HasPrefix(e.Shape.Code+": "+e.Message, want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

// TestDecode holds the readings that the suites do not have.
func TestDecode(t *testing.T) {
	for _, tc := range []struct {
		name string
		p    Protocol
		body string
		want kitchen
	}{
		{"an empty body", AWSJSON10, "", kitchen{}},
		{"null is absent", AWSJSON10, `{"name":null,"words":[null,"a",null],"Map":{"a":null,"b":"c"}}`, kitchen{Words: []string{"a"}, Map: map[string]string{"b": "c"}}},
		{"null in a sparse list stays", AWSJSON10, `{"Sparse":[null,"a"]}`, kitchen{Sparse: []*string{nil, ptr("a")}}},
		{"the last of a repeated key", AWSJSON10, `{"name":"a","words":["x"],"name":"b","words":["y"]}`, kitchen{Name: ptr("b"), Words: []string{"y"}}},
		{"whole numbers in other forms", AWSJSON10, `{"count":3e1,"big":4.0}`, kitchen{Count: ptr(int64(30)), Big: ptr(int64(4))}},
		{"escapes", AWSJSON10, `{"name":"\ud83d\ude39\u00e4\/\n\ud83d"}`, kitchen{Name: ptr("😹ä/\n\uFFFD")}},
		{"bad UTF-8", AWSJSON10, "{\"name\":\"a\xffb\"}", kitchen{Name: ptr("a\uFFFDb")}},
		{"unknown members", AWSJSON10, `{"x":{"y":[1,true,"\u0041",null,{}]},"__type":"z","on":true}`, kitchen{On: ptr(true)}},
		{"list numbers in any order, with gaps", AWSQuery, "words.member.10=c&words.member.2=b&words.member.1=a", kitchen{Words: []string{"a", "b", "c"}}},
		{"present and empty", AWSQuery, "words=&Map=&Self=&name=&count=", kitchen{Words: []string{}, Map: map[string]string{}, Self: &kitchen{}, Name: ptr("")}},
		{"plus is a space", AWSQuery, "name=a+b%2Bc", kitchen{Name: ptr("a b+c")}},
		{"a repeated parameter", AWSQuery, "name=a&name=b", kitchen{Name: ptr("b")}},
		{"names that sort around the dot", AWSQuery, "Self-x=1&Self.name=b&Self=", kitchen{Self: &kitchen{Name: ptr("b")}}},
		{"capitals and flat lists", EC2Query, "Name=a&Words.1=x&Words.2=y&Tags.1.Key=k", kitchen{Name: ptr("a"), Words: []string{"x", "y"}, Tags: []tag{{Key: ptr("k")}}}},
		{"any root, namespaces, comments, CDATA", RESTXML, "<?xml version=\"1.0\"?><!-- c --><x:any xmlns:x='u'><x:name a='b'>a<![CDATA[<b>]]>&#x43;&amp;</x:name><more><y/></more></x:any>\n",
			kitchen{Name: ptr("a<b>C&")}},
		{"line ends", RESTXML, "<a><name>x\r\ny\rz&#xD;</name></a>", kitchen{Name: ptr("x\ny\nz\r")}},
		{"an empty number is absent", RESTXML, "<a><count/><big> 7 </big><name/></a>", kitchen{Big: ptr(int64(7)), Name: ptr("")}},
		{"indefinite lengths, half floats", RPCv2CBOR, "\xbf\x64name\x7f\x61a\x61b\xff\x65ratio\xf9\x3c\x00\x65words\x9f\x61x\xff\xff",
			kitchen{Name: ptr("ab"), Ratio: ptr(1.0), Words: []string{"x"}}},
		{"undefined and unknown tags", RPCv2CBOR, "\xa3\x64name\xf7\x61q\xc2\x41\x01\x62on\xf5", kitchen{On: ptr(true)}},
	} {
		got, err := Decode(tc.p, cook(tc.p), &Request{Method: "POST", Body: []byte(tc.body)})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if d := cmp.Diff(&tc.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, d)
		}
	}
}

func TestDecodePresigned(t *testing.T) {
	op := cook(AWSQuery)
	in, err := Decode(AWSQuery, op, &Request{Method: "GET", RawQuery: "Action=Cook&name=a&X-Amz-Signature=x"})
	if err != nil {
		t.Fatal(err)
	}
	if got := *in.(*kitchen).Name; got != "a" {
		t.Errorf("name is %q", got)
	}
	in, err = Decode(AWSQuery, op, &Request{Method: "POST", RawQuery: "name=query&on=true", Body: []byte("name=body")})
	if err != nil {
		t.Fatal(err)
	}
	if k := in.(*kitchen); *k.Name != "body" || !*k.On {
		t.Errorf("got %q %v: the body wins, and the query string counts", *k.Name, *k.On)
	}
}

func TestDocuments(t *testing.T) {
	op := kitchenService(RESTJSON1).Operation("Read")
	in, err := Decode(RESTJSON1, op, &Request{Body: []byte(`{"doc":  {"a":[1,2.50,"x"]} }`)})
	if err != nil {
		t.Fatal(err)
	}
	body, err := AppendBody(nil, RESTJSON1, op, in, "id")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(body), `{"doc":{"a":[1,2.50,"x"]}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSplitHeader(t *testing.T) {
	for in, want := range map[string][]string{
		`a, b,c`:        {"a", "b", "c"},
		`"a, b", c`:     {"a, b", "c"},
		`"\"x\"", "\\"`: {`"x"`, `\`},
		``:              nil,
	} {
		got, err := splitHeader(in, false)
		if err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
	got, err := splitHeader("Mon, 16 Dec 2019 23:48:18 GMT, Tue, 17 Dec 2019 23:48:18 GMT", true)
	if err != nil || len(got) != 2 || got[1] != "Tue, 17 Dec 2019 23:48:18 GMT" {
		t.Errorf("dates: %q, %v", got, err)
	}
	for _, bad := range []string{`"a`, `"a" b`} {
		if _, err := splitHeader(bad, false); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}
