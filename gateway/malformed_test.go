package gateway_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"vauban/api/wire"
	"vauban/gateway"
)

// malformed is a body that a caller signed, and how it is refused.
type malformed struct{ what, body, code string }

func deep(open, end string, n int) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }

func malformedJSON() []malformed {
	const serialization = "SerializationException"
	return []malformed{
		{"cut off", `{"Name":`, serialization},
		{"not JSON", `<Name>soup</Name>`, serialization},
		{"an array", `["soup"]`, serialization},
		{"a number", `7`, serialization},
		{"two documents", `{"Name":"soup"}{"Name":"stew"}`, serialization},
		{"nested deeply", `{"Name":"soup","Nested":` + deep(`{"Part":`, `}`, 5000) + `}`, serialization},
		{"an unknown member nested deeply", `{"Name":"soup","Other":` + deep(`[`, `]`, 100_000) + `}`, serialization},
		{"text for a number", `{"Name":"soup","Count":"many"}`, serialization},
		{"a number for text", `{"Name":5}`, serialization},
		{"text for a list", `{"Name":"soup","Words":"x"}`, serialization},
		{"a list for a map", `{"Name":"soup","Map":[1]}`, serialization},
		{"a number too large", `{"Name":"soup","Count":99999999999999999999}`, serialization},
		{"a number with a million digits", `{"Name":"soup","Ratio":` + strings.Repeat("9", 1_000_000) + `}`, serialization},
		{"no base64", `{"Name":"soup","Blob":"***"}`, serialization},
		{"not UTF-8", "{\"Name\":\"\xff\xfe\"}", "*"},
		{"half a surrogate", `{"Name":"\ud800"}`, "*"},
		{"a NUL", `{"Name":"so\u0000up"}`, "*"},
		{"too many elements", `{"Name":"soup","Words":[` + strings.Repeat(`"",`, 100_000) + `""]}`, serialization},
		{"nothing where a name is needed", ``, "ValidationException"},
	}
}

func malformedForms(version string) []malformed {
	form := func(rest string) string { return "Action=Cook&Version=" + version + "&" + rest }
	return []malformed{
		{"a broken escape", form("Name=so%zzup"), "MalformedQueryString"},
		{"an escape cut off", form("Name=soup%2"), "MalformedQueryString"},
		{"not UTF-8", form("Name=%FF%FE"), "MalformedQueryString"},
		{"nested deeply", form("Name=soup&" + "Nested." + strings.Repeat("Part.", 6000) + "Text=x"), "MalformedQueryString"},
		{"text for a number", form("Name=soup&Count=many"), "MalformedInput"},
		{"a number too large", form("Name=soup&Count=99999999999999999999"), "MalformedInput"},
		{"no boolean", form("Name=soup&On=perhaps"), "MalformedInput"},
		{"no base64", form("Name=soup&Blob=***"), "MalformedInput"},
		{"no time", form("Name=soup&When=yesterday"), "MalformedInput"},
		{"too many parameters", form("Name=soup" + strings.Repeat("&x=", 100_000)), "MalformedQueryString"},
		{"a name with what names cannot have", form("Name=so%00up%0D%0Aup"), "ValidationError"},
		{"no name", form(""), "ValidationError"},
		{"no action", "Version=" + version + "&Name=soup", "MissingAction"},
	}
}

func malformedXML() []malformed {
	in := func(inner string) string { return "<CookRequest>" + inner + "</CookRequest>" }
	laughs := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>`
	return []malformed{
		{"cut off", "<CookRequest><Words>", "MalformedXML"},
		{"not XML", `{"Words":[]}`, "MalformedXML"},
		{"elements that cross", in("<Words><member></Words></member>"), "MalformedXML"},
		{"entities in entities", laughs + in("<Words><member>&c;</member></Words>"), "MalformedXML"},
		{"an external entity", `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>` + in("<Words><member>&f;</member></Words>"), "MalformedXML"},
		{"nested deeply", in(deep("<Nested><Part>", "</Part></Nested>", 5000)), "MalformedXML"},
		{"an unknown element nested deeply", in(deep("<x>", "</x>", 100_000)), "MalformedXML"},
		{"two roots", in("") + in(""), "MalformedXML"},
		{"characters that XML has not", in("<Words><member>\x00\x01</member></Words>"), "MalformedXML"},
		{"a reference to NUL", in("<Words><member>&#0;</member></Words>"), "MalformedXML"},
		{"not UTF-8", in("<Words><member>\xff</member></Words>"), "MalformedXML"},
		{"no boolean", in("<On>perhaps</On>"), "InvalidArgument"},
		{"no number", in("<Ratio>many</Ratio>"), "InvalidArgument"},
		{"no time", in("<When>yesterday</When>"), "InvalidArgument"},
		{"no base64", in("<Blob>***</Blob>"), "InvalidArgument"},
	}
}

func malformedCBOR() []malformed {
	const serialization = "SerializationException"
	named := "\x64Name\x64soup"
	return []malformed{
		{"cut off", "\xa1\x64Name\x64so", serialization},
		{"a list", "\x81\x64soup", serialization},
		{"text of a length that is not there", "\xa1\x64Name\x7b\x7f\xff\xff\xff\xff\xff\xff\xffsoup", serialization},
		{"a map of a length that is not there", "\xbb\xff\xff\xff\xff\xff\xff\xff\xff" + named, serialization},
		{"nested deeply", "\xa2" + named + "\x66Nested" + strings.Repeat("\xa1\x64Part", 5000) + "\xa0", serialization},
		{"an unknown member nested deeply", "\xa2" + named + "\x65Other" + strings.Repeat("\x81", 100_000) + "\x00", serialization},
		{"indefinite and never ended", "\xbf" + named, serialization},
		{"a number for text", "\xa1\x64Name\x05", serialization},
		{"text for a number", "\xa2" + named + "\x65Count\x64many", serialization},
		{"a number too large", "\xa2" + named + "\x65Count\x1b\xff\xff\xff\xff\xff\xff\xff\xff", serialization},
		{"not UTF-8", "\xa1\x64Name\x62\xff\xfe", serialization},
		{"more after the end", "\xa1" + named + "\xa0", serialization},
		{"a reserved byte", "\xa1\x64Name\x1c", serialization},
		{"no name", "\xa0", "ValidationException"},
	}
}

func (k *kind) malformed() []malformed {
	switch k.protocol {
	case wire.AWSQuery:
		return malformedForms(k.api.Version)
	case wire.EC2Query:
		list := malformedForms(k.api.Version)
		for i := range list { // EC2 has words of its own
			switch list[i].code {
			case "MalformedInput", "ValidationError":
				list[i].code = "InvalidParameterValue"
			}
			if list[i].what == "no name" {
				list[i].code = "MissingParameter"
			}
		}
		return list
	case wire.RPCv2CBOR:
		return malformedCBOR()
	case wire.RESTXML:
		list := malformedXML()
		if k.name != "s3" {
			for i := range list {
				list[i].code = "MalformedInput"
			}
		}
		return list
	case wire.RESTJSON1:
		var list []malformed
		for _, m := range malformedJSON() { // the name is in the path
			if m.code != "*" && m.code != "ValidationException" && m.what != "a number for text" && !strings.Contains(m.body, `"Count"`) {
				list = append(list, m)
			}
		}
		return list
	}
	return malformedJSON()
}

// TestMalformedBodies: a caller who can be named sends what cannot be read. It is refused in the words of the protocol, recorded
// once, and changes nothing.
func TestMalformedBodies(t *testing.T) {
	all := kinds()
	h := newHouse(t, gateway.Limits{}, servicesOf(all)...)
	for _, k := range all {
		for _, m := range k.malformed() {
			t.Run(k.name+"/"+m.what, func(t *testing.T) {
				r := h.signedBy(t, k.request(ask{body: &m.body}), k.signer())
				o := h.do(r)
				if o.status != http.StatusBadRequest || m.code != "*" && o.code != m.code {
					t.Errorf("%d %s, want %s: %.500s", o.status, o.code, m.code, o.w.Body)
				}
				if o.changes != 0 || o.events != 1 {
					t.Errorf("stored %d, recorded %d", o.changes, o.events)
				}
				if err := readable(o.w, r.Method); err != nil {
					t.Errorf("%v: %.500q", err, o.w.Body)
				}
				if o.w.Body.Len() > 20_000 {
					t.Errorf("an answer of %d bytes", o.w.Body.Len())
				}
			})
		}
	}
}

func TestOversizedBodiesInEveryProtocol(t *testing.T) {
	all := kinds()
	h := newHouse(t, gateway.Limits{Body: 1000}, servicesOf(all)...)
	big := strings.Repeat("x", 5000)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(bytes.Repeat([]byte("x"), 900_000))
	_ = z.Close()
	zipped := http.Header{"Content-Encoding": {"gzip"}}
	for _, k := range all {
		if o := h.do(h.signedBy(t, k.request(ask{body: &big}), k.signer())); o.status != http.StatusRequestEntityTooLarge || o.changes+o.events != 0 {
			t.Errorf("%s: %d %s, stored %d, recorded %d (its body was not read, so that nobody is proven)", k.name, o.status, o.code, o.changes, o.events)
		}
		if k.protocol == wire.AWSQuery || k.protocol == wire.EC2Query {
			continue // forms are not compressed
		}
		inflated := bomb.String()
		if o := h.do(h.signedBy(t, k.request(ask{body: &inflated, header: zipped}), k.signer())); o.status != http.StatusRequestEntityTooLarge && bomb.Len() <= 1000 || o.changes != 0 || o.events != 1 {
			t.Errorf("%s: a bomb of %d bytes: %d %s, stored %d, recorded %d", k.name, bomb.Len(), o.status, o.code, o.changes, o.events)
		}
		garbage := "no gzip"
		if o := h.do(h.signedBy(t, k.request(ask{body: &garbage, header: zipped}), k.signer())); o.status != http.StatusBadRequest || o.changes != 0 || o.events != 1 {
			t.Errorf("%s: no gzip: %d %s, stored %d, recorded %d", k.name, o.status, o.code, o.changes, o.events)
		}
	}
}

// TestWhatDoesNotExist: unknown and unbuilt operations, and a scope of another service.
func TestWhatDoesNotExist(t *testing.T) {
	all := kinds()
	h := newHouse(t, gateway.Limits{}, servicesOf(all)...)
	for _, k := range all {
		rpc := k.protocol != wire.RESTJSON1 && k.protocol != wire.RESTXML
		want, status, name := "UnknownOperationException", http.StatusBadRequest, "Boil"
		switch {
		case k.protocol == wire.AWSQuery, k.protocol == wire.EC2Query:
			want = "InvalidAction"
		case !rpc:
			status, name = http.StatusNotFound, "UnknownOperation"
		}
		o := h.do(h.signedBy(t, k.request(ask{operation: "Boil"}), k.signer()))
		if o.status != status || o.code != want || o.events != 1 || o.changes != 0 {
			t.Errorf("%s, unknown: %d %s, recorded %d: %s", k.name, o.status, o.code, o.events, o.w.Body)
		}
		if last := h.trail(t)[0]; last.EventName != name || last.ErrorCode != want || last.UserIdentity.Arn == "" {
			t.Errorf("%s, unknown: record %+v", k.name, last)
		}
		if rpc {
			if o := h.do(h.signedBy(t, k.request(ask{operation: "Bake"}), k.signer())); o.status != http.StatusNotImplemented || o.code != "NotImplemented" || o.events != 1 {
				t.Errorf("%s, not built: %d %s, recorded %d", k.name, o.status, o.code, o.events)
			}
		}
		other := k.signer()
		other.Service = "notes"
		if o := h.do(h.signedBy(t, k.request(ask{}), other)); o.status < 400 || o.status >= 500 || o.changes != 0 {
			t.Errorf("%s, the scope of another service: %d %s, stored %d: %s", k.name, o.status, o.code, o.changes, o.w.Body)
		}
		other.Service = "nowhere"
		if o := h.do(h.signedBy(t, k.request(ask{}), other)); o.status < 400 || o.status >= 500 || o.changes != 0 {
			t.Errorf("%s, the scope of no service: %d %s, stored %d: %s", k.name, o.status, o.code, o.changes, o.w.Body)
		}
	}
}

func TestPathsThatAreNotPlain(t *testing.T) {
	all := kinds()
	h := newHouse(t, gateway.Limits{}, servicesOf(all)...)
	for _, k := range all {
		base := map[wire.Protocol]string{wire.RESTJSON1: "/dishes/soup", wire.RESTXML: "/dishes/soup", wire.RPCv2CBOR: "/service/" + k.api.TargetPrefix + "/operation/Cook"}[k.protocol]
		if base == "" || k.name == "s3" {
			continue
		}
		for _, path := range []string{"/x/.." + base, "/x/%2e%2e" + base, "/." + base, "/%2E" + base, "/x/.%2e" + base, "/x/%2E." + base, "/" + base, base + "//", base + "/.", base + "/..", "/..", "//", "/dishes/..", "/dishes/%2e", "/dishes//soup"} {
			plain := h.signedBy(t, k.request(ask{path: path}), k.signer())
			normal := h.signedBy(t, k.request(ask{path: base}), k.signer()) // signed for what the path would be without its dots
			normal.URL = plain.URL
			for form, r := range map[string]*http.Request{"as sent": plain, "normalised": normal} {
				o := h.do(r)
				if o.status != http.StatusNotFound && !(form == "normalised" && o.code == "InvalidSignatureException") && !(k.protocol == wire.RPCv2CBOR && o.code == "UnknownOperationException") || o.changes != 0 {
					t.Errorf("%s %s, signed %s: %d %s, stored %d", k.name, path, form, o.status, o.code, o.changes)
				}
				if form == "as sent" && o.events != 1 {
					t.Errorf("%s %s: recorded %d", k.name, path, o.events)
				}
			}
		}
		if o := h.do(h.signedBy(t, k.request(ask{path: base}), k.signer())); o.status != 200 {
			t.Errorf("%s: the plain path: %d %s", k.name, o.status, o.w.Body)
		}
	}
}

func TestMethods(t *testing.T) {
	all := kinds()
	h := newHouse(t, gateway.Limits{}, servicesOf(all)...)
	for _, k := range all {
		for _, method := range []string{http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodTrace, http.MethodConnect, "BREW"} {
			r := k.request(ask{})
			r.Method = method
			if k.protocol != wire.RESTJSON1 && k.protocol != wire.RESTXML {
				continue // the path and the headers or form name the operation: see FuzzServeHTTP
			}
			o := h.do(h.signedBy(t, r, k.signer()))
			if o.status != http.StatusNotFound || o.changes != 0 || o.events != 1 {
				t.Errorf("%s %s: %d %s, stored %d, recorded %d", k.name, method, o.status, o.code, o.changes, o.events)
			}
			if method == http.MethodHead && o.w.Body.Len() > 0 {
				t.Errorf("%s: a body for HEAD: %q", k.name, o.w.Body)
			}
		}
	}
}

// TestUserAgents: what a client calls itself stands in the record as JSON, whatever it is.
func TestUserAgents(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	for _, agent := range []string{"a\x00b\x01\x1b[31m\x7f", "\xff\xfe\x80", `","errorCode":"x`, "a\r\nb", "\u2028\u2029</script>", strings.Repeat("é", 5000), "x" + strings.Repeat("€", 400)} {
		header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "User-Agent": {agent}}
		if w := h.send(t, "root", "Action=PutNote&Version=2026-01-01&Name=a", header); w.Code != 200 {
			t.Fatalf("%q: %d %s", agent, w.Code, w.Body)
		}
		got := h.trail(t)[0]
		if got.ErrorCode != "" || !utf8.ValidString(got.UserAgent) || len(got.UserAgent) > 3000 || got.UserAgent == "" {
			t.Errorf("%.40q: recorded %+v", agent, got)
		}
		if utf8.ValidString(agent) && len(agent) < 1000 && got.UserAgent != agent {
			t.Errorf("%q became %q", agent, got.UserAgent)
		}
	}
}

// TestOldClients: a request without a host and of HTTP/1.0 is one like others.
func TestOldClients(t *testing.T) {
	h := newHouse(t, gateway.Limits{}, servicesOf(kinds())...)
	for _, k := range kinds() {
		r := k.request(ask{})
		r.Proto, r.ProtoMajor, r.ProtoMinor, r.Host = "HTTP/1.0", 1, 0, ""
		if o := h.do(h.signedBy(t, r, k.signer())); o.status != 200 || o.events != 1 {
			t.Errorf("%s: %d %s", k.name, o.status, o.w.Body)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, &http.Request{Method: "", URL: httptest.NewRequest("GET", "/", nil).URL, Header: http.Header{}, RemoteAddr: "not an address"})
	if w.Code < 400 || w.Code >= 500 {
		t.Errorf("an empty request: %d %s", w.Code, w.Body)
	}
}
