package wire

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The decoders must never panic, and what one accepts must survive validation, the record, the answer in every protocol, and, where the protocol is read
// again, come back as the same value.

func tryDecoded(t *testing.T, p Protocol, op *Operation, in any, again bool) {
	t.Helper()
	_ = Validate(p, op, in)
	AppendRecord(nil, op, in)
	for _, q := range []Protocol{AWSJSON11, AWSQuery, EC2Query, RESTJSON1, RESTXML, RPCv2CBOR} {
		body, err := AppendBody(nil, q, op, in, "id")
		if err != nil {
			t.Fatalf("encode as %d: %v", q, err)
		}
		if !again || q != p {
			continue
		}
		back, err := Decode(p, op, &Request{Body: body})
		if err != nil {
			t.Fatalf("what was written does not read: %v\n%s", err, body)
		}
		if d := cmp.Diff(in, back, cmpopts.EquateNaNs()); d != "" {
			t.Fatalf("%s\n%s", d, body)
		}
	}
}

func FuzzJSON(f *testing.F) {
	op := cook(AWSJSON11)
	for _, s := range []string{
		`{"name":"a\u00e4\ud83d\ude39","on":true,"count":1e2,"when":1.5,"blob":"YQ==","words":["a",null],"Nested":{"x":{"Self":{}}},"Choice":{"None":{}},"Matrix":[["a"],[]]}`,
		`{"ratio":"NaN","stamp":"Tue, 24 Nov 2026 03:16:53 GMT","day":"2026-11-24T03:16:53.001Z","x":[{"y":null}]}`, ``, `null`, `{"Choice":{"Text":"a","None":{}}}`, `[`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := Decode(AWSJSON11, op, &Request{Body: body})
		if err == nil {
			tryDecoded(t, AWSJSON11, op, in, true)
		}
	})
}

func FuzzQuery(f *testing.F) {
	op := cook(AWSQuery)
	for _, s := range []string{"Action=Cook&name=a%20b+c&words.member.2=x&words.member.1=y&Map.entry.1.key=k&Map.entry.1.value=v", "Tags.item.1.Key=&tags.item.1.Key=k", "Self.Self.name=x&Nested.entry.1.key=a&Nested.entry.1.value.on=true", "Matrix.member.1.member.1=a", "words=&blob=YQ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, form string) {
		in, err := Decode(AWSQuery, op, &Request{Body: []byte(form)})
		if err == nil {
			tryDecoded(t, AWSQuery, op, in, false)
		}
	})
}

func FuzzEC2(f *testing.F) {
	op := cook(EC2Query)
	for _, s := range []string{"Name=a&Words.1=b&Words.2=c&Tags.1.Key=k&Tags.1.Value=v&Self.Count=1", "Flattened.1=1&Matrix.1.1=a&Map.1.key=k"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, form string) {
		in, err := Decode(EC2Query, op, &Request{Body: []byte(form)})
		if err == nil {
			tryDecoded(t, EC2Query, op, in, false)
		}
	})
}

func FuzzXML(f *testing.F) {
	op := cook(RESTXML)
	for _, s := range []string{
		`<?xml version="1.0"?><a xmlns="u"><name>x&amp;&#x41;<![CDATA[<]]></name><words><member>a</member></words><Flattened>1</Flattened><Flattened>2</Flattened></a>`,
		`<a><Map><entry><key>k</key><value>v</value></entry></Map><FlatMap><key>a</key><value>1</value></FlatMap><tags><item><Key>k</Key></item></tags><Self/></a>`, `<!DOCTYPE a><a/>`, `<a b='c'/>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := Decode(RESTXML, op, &Request{Body: body})
		if err != nil {
			return
		}
		// A flattened list cannot be empty in XML, a sparse one has no nulls, and keys lose the blanks around them.
		tryDecoded(t, RESTXML, op, in, in.(*kitchen).Sparse == nil && in.(*kitchen).Nested == nil && in.(*kitchen).Self == nil)
	})
}

func FuzzCBOR(f *testing.F) {
	op := cook(RPCv2CBOR)
	for _, s := range []string{"\xbf\x64name\x7f\x61a\xff\x65ratio\xf9\x3c\x00\xff", "\xa1\x64when\xc1\xfb\x41\xd4\x52\xd9\xe2\x00\x00\x00", "\xa1\x65words\x9f\x61a\xf6\xff", "\xa1\x61x\xd8\x20\xa0", "\x9f"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := Decode(RPCv2CBOR, op, &Request{Body: body})
		if err == nil {
			tryDecoded(t, RPCv2CBOR, op, in, true)
		}
	})
}

// bound has a member in every place of a REST request.
type bound struct {
	Label   *string           `api:",required,label"`
	Count   *int64            `api:",query=count"`
	Words   []string          `api:",query=word"`
	All     map[string]string `api:",params"`
	Day     []byte            `api:",header=X-Blob"`
	Times   []string          `api:",header=X-List"`
	Media   *string           `api:",header=X-Media,media=application/json"`
	Meta    map[string]string `api:",prefix=x-meta-"`
	Payload []byte            `api:",payload"`
}

func boundOperation() *Operation {
	return NewService(&Service{Name: "bound", Protocols: []Protocol{RESTJSON1}, Operations: []*Operation{{
		Name: "Bind", Method: "PUT", URI: "/a/{Label+}", Input: reflect.TypeFor[bound](), Output: reflect.TypeFor[bound](),
	}}}).Operations[0]
}

func FuzzHeaders(f *testing.F) {
	op := boundOperation()
	f.Add(`a, "b,c", d`, "YQ==", "count=1&word=a&word=b", "v")
	f.Fuzz(func(t *testing.T, list, media, query, meta string) {
		r := &Request{Method: "PUT", RawQuery: query, Header: http.Header{"X-List": {list}, "X-Media": {media}, "X-Meta-A": {meta}}}
		in, err := Decode(RESTJSON1, op, r)
		if err != nil {
			return
		}
		resp, err := Encode(RESTJSON1, op, in, "id")
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range resp.Header {
			for _, v := range values {
				for i := range len(v) {
					if v[i] == '\r' || v[i] == '\n' || v[i] == 0 {
						t.Fatalf("header %s: %q would break out of its line", name, v)
					}
				}
			}
		}
	})
}

func FuzzLabels(f *testing.F) {
	r := NewRouter(shop())
	for _, s := range []string{"/b/k", "/b/%2F/..//x/", "/2015-03-31/functions/a%3Ab/policy", "//", "/tags/a/now", "/%"} {
		f.Add("GET", s, "policy&x=%20")
	}
	f.Fuzz(func(t *testing.T, method, path, query string) {
		op, labels, ok := r.Match(method, path, query, nil)
		if !ok {
			return
		}
		for name, value := range labels {
			if value == "" {
				t.Fatalf("%s %s: label %s of %s is empty", method, path, name, op.Name)
			}
		}
		_, _ = Decode(RESTXML, op, &Request{Method: method, EscapedPath: path, RawQuery: query, Labels: labels})
	})
}
