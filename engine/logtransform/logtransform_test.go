package logtransform_test

import (
	"encoding/json"
	"strings"
	"testing"

	"vauban/engine/logtransform"
)

var meta = &logtransform.Meta{LogGroup: "g", LogStream: "s", Account: "111122223333", Region: "us-east-1"}

func TestTransform(t *testing.T) {
	for _, x := range []struct{ config, in, want string }{
		{`[{"parseJSON":{}}]`, `{"outer_key":{"inner_key":"inner_value"}}`, `{"outer_key":{"inner_key":"inner_value"}}`},
		{`[{"parseJSON":{"destination":"new_key"}}]`, `{"a":1.50}`, `{"new_key":{"a":1.50}}`},
		{`[{"parseJSON":{}},{"parseKeyValue":{"source":"q","fieldDelimiter":"!","keyValueDelimiter":":","nonMatchValue":"defaultValue","keyPrefix":"parsed_","destination":"new_key"}}]`,
			`{"q":"key1:value1!key2:value2!key4"}`, `{"new_key":{"parsed_key1":"value1","parsed_key2":"value2","parsed_key4":"defaultValue"},"q":"key1:value1!key2:value2!key4"}`},
		{`[{"parseKeyValue":{"fieldDelimiter":" "}}]`, `a=1 b=2`, `{"a":"1","b":"2"}`},
		{`[{"csv":{}}]`, `a,"b ""x"", c",`, `{"column_1":"a","column_2":"b \"x\", c","column_3":""}`},
		{`[{"csv":{"delimiter":"\\t","columns":["x","y.z"]}}]`, "1\t2\t3", `{"x":"1","y":{"z":"2"}}`},
		{`[{"grok":{"match":"%{IP:client.ip} %{WORD:method} %{NUMBER:ms}ms"}}]`, `10.0.0.1 GET 12.5ms`, `{"client":{"ip":"10.0.0.1"},"method":"GET","ms":"12.5"}`},
		{`[{"grok":{"match":"%{APACHE_ACCESS_LOG}"}}]`, `10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326 "http://x/" "curl/8"`,
			`{"agent":"curl/8","auth":"frank","bytes":"2326","clientip":"10.0.0.1","httpversion":"1.0","ident":"-","referrer":"http://x/","request":"/a.gif","response":"200","timestamp":"10/Oct/2000:13:55:36 -0700","verb":"GET"}`},
		{`[{"grok":{"match":"%{SYSLOG5424}"}}]`, `<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - failed`,
			`{"syslog5424_app":"su","syslog5424_host":"mymachine.example.com","syslog5424_msg":"failed","syslog5424_msgid":"ID47","syslog5424_pri":"34","syslog5424_proc":"-","syslog5424_sd":"-","syslog5424_ts":"2003-10-11T22:14:15.003Z","syslog5424_ver":"1"}`},
		{`[{"parseVPC":{}}]`, `2 123456789010 eni-abc123de 192.0.2.0 192.0.2.24 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK`,
			`{"accountId":"123456789010","action":"ACCEPT","bytes":4249,"dstAddr":"192.0.2.24","dstPort":22,"end":1418530070,"interfaceId":"eni-abc123de","logStatus":"OK","packets":20,"protocol":6,"srcAddr":"192.0.2.0","srcPort":20641,"start":1418530010,"version":2}`},
		{`[{"parsePostgres":{}}]`, `2019-03-10 03:54:59 UTC:10.0.0.123(52834):postgres@logtestdb:[20175]:ERROR: column "x" does not exist`,
			`{"dbName":"logtestdb","logLevel":"ERROR","logTime":"2019-03-10 03:54:59 UTC","processId":"20175","srcIp":"10.0.0.123(52834)","userName":"postgres"}`},
		{`[{"parseCloudfront":{}}]`, strings.Join([]string{"2019-12-04", "21:02:31", "LAX1", "392", "192.0.2.100", "GET", "d111111abcdef8.cloudfront.net", "/index.html", "200", "-",
			"Mozilla/5.0%20(Windows%20NT%2010.0)", "-", "-", "Hit", "SOX4xwn4XV6Q==", "d111111abcdef8.cloudfront.net", "https", "23", "0.001", "-", "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", "Hit",
			"HTTP/2.0", "-", "-", "11040", "0.001", "Hit", "text/html", "78", "-", "-"}, "\t"),
			`{"c-ip":"192.0.2.100","c-port":11040,"cs(Cookie)":"-","cs(Host)":"d111111abcdef8.cloudfront.net","cs(Referer)":"-","cs(User-Agent)":"Mozilla/5.0 (Windows NT 10.0)","cs-bytes":23,"cs-method":"GET","cs-protocol":"https","cs-protocol-version":"HTTP/2.0","cs-uri-query":"-","cs-uri-stem":"/index.html","date":"2019-12-04","fle-encrypted-fields":"-","fle-status":"-","sc-bytes":392,"sc-content-len":78,"sc-content-type":"text/html","sc-range-end":"-","sc-range-start":"-","sc-status":200,"ssl-cipher":"ECDHE-RSA-AES128-GCM-SHA256","ssl-protocol":"TLSv1.2","time":"21:02:31","time-taken":0.001,"time-to-first-byte":0.001,"x-edge-detailed-result-type":"Hit","x-edge-location":"LAX1","x-edge-request-id":"SOX4xwn4XV6Q==","x-edge-response-result-type":"Hit","x-edge-result-type":"Hit","x-forwarded-for":"-","x-host-header":"d111111abcdef8.cloudfront.net"}`},
		{`[{"parseRoute53":{"source":"@message"}}]`, `1.0 2017-12-13T08:15:50.235Z Z123412341234 example.com AAAA NOERROR TCP IAD12 192.0.2.0 198.51.100.0/24`,
			`{"edgeLocation":"IAD12","ednsClientSubnet":"198.51.100.0/24","hostZoneId":"Z123412341234","protocol":"TCP","queryName":"example.com","queryTimestamp":"2017-12-13T08:15:50.235Z","queryType":"AAAA","resolverIp":"192.0.2.0","responseCode":"NOERROR","version":"1.0"}`},
		{`[{"parseWAF":{}}]`, `{"action":"BLOCK","httpRequest":{"clientIp":"1.1.1.1","headers":[{"name":"Host","value":"localhost:1989"}]},"labels":[{"name":"l"}]}`,
			`{"action":"BLOCK","httpRequest":{"clientIp":"1.1.1.1","headers":{"Host":"localhost:1989"}},"labels":{"l":"l"}}`},
		{`[{"parseJSON":{}},{"addKeys":{"entries":[{"key":"outer_key.new_key","value":"new_value"},{"key":"n","value":"x"}]}}]`, `{"outer_key":{"inner_key":"v"},"n":1}`, `{"n":1,"outer_key":{"inner_key":"v","new_key":"new_value"}}`},
		{`[{"parseJSON":{}},{"deleteKeys":{"withKeys":["outer_key.inner_key","nothing.there"]}}]`, `{"outer_key":{"inner_key":"v"}}`, `{"outer_key":{}}`},
		{`[{"parseJSON":{}},{"moveKeys":{"entries":[{"source":"outer_key1.inner_key1","target":"outer_key2"}]}}]`,
			`{"outer_key1":{"inner_key1":"a"},"outer_key2":{"inner_key2":"b"}}`, `{"outer_key1":{},"outer_key2":{"inner_key1":"a","inner_key2":"b"}}`},
		{`[{"parseJSON":{}},{"renameKeys":{"entries":[{"key":"outer_key","renameTo":"new_key"},{"key":"a","renameTo":"b"}]}}]`, `{"outer_key":{"x":1},"a":1,"b":2}`, `{"a":1,"b":2,"new_key":{"x":1}}`},
		{`[{"parseJSON":{}},{"copyValue":{"entries":[{"source":"a.b","target":"c"},{"source":"@logGroupName","target":"log.group"},{"source":"@logGroupStream","target":"log.stream"},{"source":"@accountId","target":"acc"},{"source":"@regionName","target":"reg"}]}}]`,
			`{"a":{"b":{"x":1}}}`, `{"a":{"b":{"x":1}},"acc":"111122223333","c":{"x":1},"log":{"group":"g","stream":"s"},"reg":"us-east-1"}`},
		{`[{"parseJSON":{}},{"listToMap":{"source":"l","key":"k","valueKey":"v","target":"m"}},{"deleteKeys":{"withKeys":["l"]}}]`, `{"l":[{"k":"a","v":1},{"k":"b","v":2},{"k":"a","v":3}]}`, `{"m":{"a":[1,3],"b":[2]}}`},
		{`[{"parseJSON":{}},{"listToMap":{"source":"l","key":"k","valueKey":"v","flatten":true,"flattenedElement":"last"}},{"deleteKeys":{"withKeys":["l"]}}]`, `{"l":[{"k":"a","v":1},{"k":"b","v":2},{"k":"a","v":3}]}`, `{"a":3,"b":2}`},
		{`[{"parseJSON":{}},{"typeConverter":{"entries":[{"key":"status","type":"integer"},{"key":"f","type":"double"},{"key":"b","type":"boolean"},{"key":"n","type":"string"}]}}]`,
			`{"name":"value","status":"200","f":"1.5","b":"TRUE","n":5}`, `{"b":true,"f":1.5,"n":"5","name":"value","status":200}`},
		{`[{"parseJSON":{}},{"dateTimeConverter":{"source":"t","target":"t","matchPatterns":["yyyy-MM-dd","dd/MMM/yyyy:HH:mm:ss Z"]}}]`, `{"t":"10/Oct/2000:13:55:36 -0700"}`, `{"t":"2000-10-10T20:55:36.000Z"}`},
		{`[{"parseJSON":{}},{"dateTimeConverter":{"source":"t","target":"u","matchPatterns":["yyyy-MM-dd HH:mm:ss.SSS"],"sourceTimezone":"Europe/Berlin","targetTimezone":"UTC+05:30","targetFormat":"EEE, d MMM yyyy HH:mm:ss XXX"}}]`,
			`{"t":"2026-01-02 03:04:05.678"}`, `{"t":"2026-01-02 03:04:05.678","u":"Fri, 2 Jan 2026 07:34:05 +05:30"}`},
		{`[{"parseJSON":{}},{"substituteString":{"entries":[{"source":"a","from":"(\\w+)@(\\w+)","to":"$2 at $1\\$"},{"source":"b","from":"\\[|\\]","to":""}]}}]`, `{"a":"x@y $","b":"[INFO]"}`, `{"a":"y at x$ $","b":"INFO"}`},
		{`[{"parseJSON":{}},{"splitString":{"entries":[{"source":"a","delimiter":"."}]}},{"upperCaseString":{"withKeys":["b","gone"]}},{"lowerCaseString":{"withKeys":["c.d"]}},{"trimString":{"withKeys":["e"]}}]`,
			`{"a":"1.2","b":"x","c":{"d":"Y"},"e":"  z "}`, `{"a":["1","2"],"b":"X","c":{"d":"y"},"e":"z"}`},
	} {
		c, err := logtransform.Compile([]byte(x.config))
		if err != nil {
			t.Errorf("%s: %v", x.config, err)
			continue
		}
		got, err := c.Transform(x.in, meta)
		if err != nil || got != x.want {
			t.Errorf("%s\n on   %s\n got  %s %v\n want %s", x.config, x.in, got, err, x.want)
		}
	}
}

// TestFails: what cannot be transformed says why.
func TestFails(t *testing.T) {
	for _, x := range []struct{ config, in, why string }{
		{`[{"parseJSON":{}}]`, `text`, "no JSON object"}, {`[{"parseJSON":{}}]`, `[1]`, "no JSON object"}, {`[{"parseJSON":{}}]`, `{} x`, "behind"}, {`[{"parseJSON":{"source":"a"}}]`, `x`, "no key a"},
		{`[{"parseJSON":{}}]`, strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200), "deeper"}, {`[{"parseJSON":{}}]`, `{"a":[` + strings.Repeat("1,", 300) + `1]}`, "values"},
		{`[{"grok":{"match":"%{IP:a}"}}]`, `x`, "does not match"}, {`[{"parseKeyValue":{}}]`, `x`, "no pair"}, {`[{"csv":{}}]`, `"x`, "not closed"}, {`[{"csv":{}}]`, `"x"y`, "behind"},
		{`[{"parseVPC":{}}]`, `2 3`, "fields"}, {`[{"parsePostgres":{}}]`, `x`, "PostgreSQL"}, {`[{"parseJSON":{}},{"addKeys":{"entries":[{"key":"a.b","value":"x"}]}}]`, `{"a":1}`, "no object"},
		{`[{"parseJSON":{}},{"typeConverter":{"entries":[{"key":"a","type":"integer"}]}}]`, `{"a":"x"}`, "no integer"},
		{`[{"parseJSON":{}},{"dateTimeConverter":{"source":"a","target":"b","matchPatterns":["yyyy"]}}]`, `{"a":"x"}`, "none of the forms"},
		{`[{"parseJSON":{}},{"substituteString":{"entries":[{"source":"a","from":".","to":"` + strings.Repeat("x", 128) + `"}]}}]`, `{"a":"` + strings.Repeat("y", 20_000) + `"}`, "bytes"},
		{`[{"parseJSON":{}},{"listToMap":{"source":"a","key":"b"}}]`, `{"a":1}`, "no list"},
	} {
		c, err := logtransform.Compile([]byte(x.config))
		if err != nil {
			t.Errorf("%s: %v", x.config, err)
			continue
		}
		if got, err := c.Transform(x.in, meta); err == nil || !strings.Contains(err.Error(), x.why) {
			t.Errorf("%s on %.60s: %s %v, want %q", x.config, x.in, got, err, x.why)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	many := func(n int, one string) string { return "[" + strings.Repeat(one+",", n-1) + one + "]" }
	for _, config := range []string{
		``, `{}`, `[]`, `[{}]`, `[{"parseJSON":{},"csv":{}}]`, `[{"parseJSON":{}}] x`, `[{"unknown":{}}]`, `[{"parseJSON":{"x":1}}]`, `[{"addKeys":{"entries":[{"key":"a","value":"b"}]}}]`,
		`[{"parseJSON":{}},{"parseVPC":{}}]`, `[{"parseToOCSF":{"eventSource":"VPCFlow","ocsfVersion":"V1_1"}}]`, many(6, `{"parseJSON":{}}`), many(21, `{"parseJSON":{}}`), many(2, `{"grok":{"match":"%{IP:a}"}}`),
		`[{"grok":{"match":"%{NOPE:a}"}}]`, `[{"grok":{"match":"%{IP:a"}}]`, `[{"grok":{"match":"%{NUMBER:a:int}"}}]`, `[{"grok":{"match":"x"}}]`, `[{"grok":{"match":"%{IP:a} ("}}]`, `[{"grok":{"match":"%{IP:a}(.{1000}){1000}"}}]`,
		`[{"grok":{"match":"` + strings.Repeat("%{WORD:a} ", 21) + `"}}]`, `[{"parseJSON":{"source":"a.b.c.d"}}]`, `[{"parseJSON":{"source":"a..b"}}]`, `[{"parseVPC":{"source":"x"}}]`, `[{"csv":{"delimiter":",,,"}}]`,
		`[{"parseJSON":{}},{"listToMap":{"source":"a","key":"b","flatten":true}}]`, `[{"parseJSON":{}},{"typeConverter":{"entries":[{"key":"a","type":"date"}]}}]`, `[{"parseJSON":{}},{"deleteKeys":{"withKeys":[]}}]`,
		`[{"parseJSON":{}},{"dateTimeConverter":{"source":"a","target":"b","matchPatterns":["QQ"]}}]`, `[{"parseJSON":{}},{"dateTimeConverter":{"source":"a","target":"b","matchPatterns":["yyyy"],"sourceTimezone":"Nowhere/No"}}]`,
		`[{"parseJSON":{}},{"dateTimeConverter":{"source":"a","target":"b","matchPatterns":["yyyy"],"locale":"de"}}]`, `[{"parseJSON":{}},{"substituteString":{"entries":[{"source":"a","from":"(","to":""}]}}]`,
		`[{"parseJSON":{}},{"substituteString":{"entries":[{"source":"a","from":"` + strings.Repeat("ä", 129) + `","to":""}]}}]`,
		`[{"parseJSON":{}},{"substituteString":{"entries":[{"source":"a","from":"x","to":"` + strings.Repeat("ä", 129) + `"}]}}]`,
		`[{"parseJSON":{}},{"splitString":{"entries":[{"source":"a","delimiter":"` + strings.Repeat("ä", 129) + `"}]}}]`,
	} {
		if _, err := logtransform.Compile([]byte(config)); err == nil {
			t.Errorf("%.80s is compiled", config)
		}
	}
}

func FuzzTransform(f *testing.F) {
	f.Add(`[{"parseJSON":{}},{"moveKeys":{"entries":[{"source":"a.b","target":"c"}]}},{"listToMap":{"source":"l","key":"k"}}]`, `{"a":{"b":1},"l":[{"k":1}]}`)
	f.Add(`[{"grok":{"match":"%{SYSLOG5424}"}},{"typeConverter":{"entries":[{"key":"x","type":"double"}]}}]`, `<34>1 - a b c d - m`)
	f.Add(`[{"csv":{}},{"dateTimeConverter":{"source":"column_1","target":"b","matchPatterns":["yyyy-MM-dd"]}},{"splitString":{"entries":[{"source":"b","delimiter":"-"}]}}]`, `2026-01-02,"x"`)
	f.Add(`[{"parseKeyValue":{}},{"substituteString":{"entries":[{"source":"a","from":"(x)","to":"$1$2\\"}]}},{"copyValue":{"entries":[{"source":"a","target":"a.b"}]}}]`, `a=x&b=y`)
	f.Fuzz(func(t *testing.T, config, message string) {
		c, err := logtransform.Compile([]byte(config))
		if err != nil {
			return
		}
		out, err := c.Transform(message, meta)
		if err == nil && !json.Valid([]byte(out)) {
			t.Fatalf("%q is no JSON", out)
		}
	})
}

func BenchmarkTransform(b *testing.B) {
	c, err := logtransform.Compile([]byte(`[{"grok":{"match":"%{APACHE_ACCESS_LOG}"}},{"typeConverter":{"entries":[{"key":"bytes","type":"integer"}]}}]`))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := c.Transform(`10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326 "http://x/" "curl/8"`, meta); err != nil {
			b.Fatal(err)
		}
	}
}
