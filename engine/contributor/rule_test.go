package contributor

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// rule writes a rule over JSON logs with other members than usual.
func rule(changes ...string) string {
	m := map[string]any{
		"Schema": map[string]any{"Name": "CloudWatchLogRule", "Version": 1}, "LogGroupNames": []string{"/app/*", "trail"}, "LogFormat": "JSON",
		"Contribution": map[string]any{"Keys": []string{"$.ip"}}, "AggregateOn": "Count",
	}
	for i := 0; i+1 < len(changes); i += 2 {
		delete(m, changes[i])
		if changes[i+1] != "" {
			m[changes[i]] = json.RawMessage(changes[i+1])
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func contributing(keys, valueOf string, filters ...string) string {
	text := fmt.Sprintf(`{"Keys":%s,"Filters":[%s]`, keys, strings.Join(filters, ","))
	if valueOf != "" {
		text += fmt.Sprintf(`,"ValueOf":%q`, valueOf)
	}
	return text + "}"
}

func TestParse(t *testing.T) {
	for _, text := range []string{
		rule(), rule("LogGroupNames", `["*"]`), rule("LogGroupNames", "", "LogGroupARNs", `["arn:aws:logs:us-east-1:111122223333:log-group:/a*","arn:aws:logs:us-west-1:*:log-group/b","arn:aws:logs:us-west-1:*:log-group:c:*"]`),
		rule("Contribution", contributing(`["$.a","$.b[0]","$.c.d","$['e f']"]`, "", `{"Match":"$.a","In":["x"]}`, `{"NotIn":["x","y"],"Match":"$.a"}`, `{"Match":"$.n","GreaterThan":1.5}`, `{"Match":"$.n","IsPresent":true}`)),
		rule("Contribution", contributing(`["$.a"]`, "$.bytes"), "AggregateOn", `"Sum"`), rule("AggregateOn", `"Sum"`),
		rule("LogFormat", `"CLF"`, "Fields", `{"4":"IpAddress","7":"StatusCode"}`, "Contribution", contributing(`["IpAddress","2"]`, "", `{"Match":"StatusCode","EqualTo":200}`)),
		rule("Fields", "{}"), rule("Contribution", `{"Keys":["$.a"]}`), " " + rule() + "\n",
	} {
		if _, err := Parse(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	many := func(n int, of string) string { return "[" + strings.TrimSuffix(strings.Repeat(of+",", n), ",") + "]" }
	for text, want := range map[string]string{
		"":                 "not the JSON",
		"[]":               "not the JSON",
		rule() + "x":       "behind",
		rule("Other", "1"): "unknown field",
		rule("Schema", `{"Name":"ServiceLogRule","Version":1}`): "Schema must be",
		rule("Schema", ""):                                               "Schema must be",
		rule("LogGroupNames", ""):                                        "no log group is named",
		rule("LogGroupNames", "[]"):                                      "no log group is named",
		rule("LogGroupNames", `["a*b"]`):                                 "not the name",
		rule("LogGroupNames", `[""]`):                                    "not the name",
		rule("LogGroupNames", many(101, `"a"`)):                          "more than 100",
		rule("LogGroupARNs", `["arn:aws:logs:us-east-1:*:log-group:a"]`): "exclude each other",
		rule("LogGroupNames", "", "LogGroupARNs", `["arn:aws:logs:us-east-1:1111*:log-group:a"]`): "not the ARN",
		rule("LogGroupNames", "", "LogGroupARNs", `["arn:aws:s3:us-east-1:*:log-group:a"]`):       "not the ARN",
		rule("LogFormat", `"XML"`):                               "JSON or CLF",
		rule("AggregateOn", `"Max"`):                             "Count or Sum",
		rule("Contribution", ""):                                 "1 to 4 Keys",
		rule("Contribution", contributing(many(5, `"$.a"`), "")): "1 to 4 Keys",
		rule("Contribution", contributing(`["$.a","$.a"]`, "")):  "twice",
		rule("Contribution", contributing(`["a"]`, "")):          "not the path",
		rule("Contribution", contributing(`["$"]`, "")):          "not the path",
		rule("Contribution", contributing(`[1]`, "")):            "cannot be a number",
		rule("Contribution", contributing(`["$.a"]`, "$.n")):     "AggregateOn Sum",
		rule("Contribution", contributing(`["$.a"]`, "", many(5, `{"Match":"$.a","IsPresent":true}`)[1:len(many(5, `{"Match":"$.a","IsPresent":true}`))-1])): "4 Filters",
		rule("Contribution", contributing(`["$.a"]`, "", `{"Match":"$.a"}`)):                                                                                 "one operator",
		rule("Contribution", contributing(`["$.a"]`, "", `{"IsPresent":true}`)):                                                                              "Match must be",
		rule("Contribution", contributing(`["$.a"]`, "", `{"Match":"$.a","In":["x"],"IsPresent":true}`)):                                                     "one operator",
		rule("Contribution", contributing(`["$.a"]`, "", `{"Match":"$.a","Like":["x"]}`)):                                                                    "no operator",
		rule("Contribution", contributing(`["$.a"]`, "", `{"Match":"$.a","In":[]}`)):                                                                         "1 to 10 strings",
		rule("Contribution", contributing(`["$.a"]`, "", `{"Match":"$.a","In":[1]}`)):                                                                        "1 to 10 strings",
		rule("Contribution", contributing(`["$.a"]`, "", `{"Match":"$.a","In":`+many(11, `"x"`)+`}`)):                                                        "1 to 10 strings",
		rule("Contribution", contributing(`["$.a"]`, "", `{"Match":"$.a","EqualTo":"1"}`)):                                                                   "wants a number",
		rule("Contribution", contributing(`["$.a"]`, "", `{"Match":"$.a","EqualTo":null}`)):                                                                  "wants a number",
		rule("Contribution", contributing(`["$.a"]`, "", `{"Match":"$.a","IsPresent":"yes"}`)):                                                               "true or false",
		rule("Fields", `{"1":"a"}`): "LogFormat CLF have Fields",
		rule("LogFormat", `"CLF"`):  "neither the number",
		rule("LogFormat", `"CLF"`, "Contribution", contributing(`["1"]`, ""), "Fields", `{"0":"a"}`):         "not the number",
		rule("LogFormat", `"CLF"`, "Contribution", contributing(`["1"]`, ""), "Fields", `{"01":"a"}`):        "not the number",
		rule("LogFormat", `"CLF"`, "Contribution", contributing(`["1"]`, ""), "Fields", `{"1":"a","2":"a"}`): "two fields",
		rule("LogFormat", `"CLF"`, "Contribution", contributing(`["1"]`, ""), "Fields", `{"1":""}`):          "empty name",
		strings.Repeat(" ", maxText) + rule(): "more than 8192",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.120s: %v, want %q", text, err, want)
		}
	}
}

func TestWatches(t *testing.T) {
	arns := rule("LogGroupNames", "", "LogGroupARNs", `["arn:aws:logs:us-east-1:111122223333:log-group:/a*","arn:aws:logs:us-east-1:*:log-group/b"]`)
	for _, x := range []struct {
		text, account, region, group string
		want                         bool
	}{
		{rule(), "111122223333", "us-east-1", "/app/web", true}, {rule(), "111122223333", "us-east-1", "/app/", true}, {rule(), "111122223333", "us-east-1", "trail", true},
		{rule(), "111122223333", "us-east-1", "trail2", false}, {rule(), "111122223333", "us-east-1", "/App/web", false}, {rule("LogGroupNames", `["*"]`), "1", "r", "any", true},
		{arns, "111122223333", "us-east-1", "/api", true}, {arns, "111122223333", "us-west-1", "/api", false}, {arns, "444455556666", "us-east-1", "/api", false}, {arns, "444455556666", "us-east-1", "b", true},
	} {
		r, err := Parse(x.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Watches(x.account, x.region, x.group); got != x.want {
			t.Errorf("%v %v watches %s: %t", r.Names, r.Groups, x.group, got)
		}
	}
}

func TestMatch(t *testing.T) {
	denied := contributing(`["$.userIdentity.arn","$.eventName"]`, "", `{"Match":"$.errorCode","IsPresent":true}`)
	const event = `{"userIdentity":{"arn":"arn:aws:iam::1:user/eve"},"eventName":"GetUser","errorCode":"AccessDenied","n":7,"s":"8.5","b":true,"nil":null,"list":[{"x":"first"}],"o":{}}`
	filtered := func(f string) string { return contributing(`["$.eventName"]`, "", f) }
	for _, x := range []struct{ contribution, message, want string }{
		{denied, event, "[arn:aws:iam::1:user/eve GetUser] 1"},
		{denied, strings.Replace(event, "errorCode", "code", 1), ""},
		{denied, `not json, errorCode eventName userIdentity arn`, ""},
		{denied, `{"userIdentity":{},"eventName":"x","errorCode":"y","arn":1}`, ""},
		{denied, `{"userIdentity":{"\u0061rn":"a"},"eventName":"x","error\u0043ode":"y"}`, "[a x] 1"},
		{contributing(`["$.n","$.b","$.list[0].x"]`, ""), event, "[7 true first] 1"},
		{contributing(`["$.nil"]`, ""), event, ""}, {contributing(`["$.o"]`, ""), event, ""}, {contributing(`["$.list[1].x"]`, ""), event, ""},
		{filtered(`{"Match":"$.errorCode","In":["x","AccessDenied"]}`), event, "[GetUser] 1"}, {filtered(`{"Match":"$.errorCode","In":["accessdenied"]}`), event, ""},
		{filtered(`{"Match":"$.n","In":["7"]}`), event, "[GetUser] 1"}, {filtered(`{"Match":"$.b","In":["true"]}`), event, "[GetUser] 1"},
		{filtered(`{"Match":"$.errorCode","NotIn":["AccessDenied"]}`), event, ""}, {filtered(`{"Match":"$.errorCode","NotIn":["x"]}`), event, "[GetUser] 1"}, {filtered(`{"Match":"$.none","NotIn":["x"]}`), event, ""},
		{filtered(`{"Match":"$.errorCode","StartsWith":["x","Access"]}`), event, "[GetUser] 1"}, {filtered(`{"Match":"$.errorCode","StartsWith":["ccess"]}`), event, ""},
		{filtered(`{"Match":"$.n","GreaterThan":6.9}`), event, "[GetUser] 1"}, {filtered(`{"Match":"$.n","GreaterThan":7}`), event, ""}, {filtered(`{"Match":"$.s","LessThan":9}`), event, "[GetUser] 1"},
		{filtered(`{"Match":"$.n","EqualTo":7.0}`), event, "[GetUser] 1"}, {filtered(`{"Match":"$.errorCode","EqualTo":7}`), event, ""}, {filtered(`{"Match":"$.n","NotEqualTo":7}`), event, ""},
		{filtered(`{"Match":"$.errorCode","NotEqualTo":7}`), event, "[GetUser] 1"}, {filtered(`{"Match":"$.none","NotEqualTo":7}`), event, ""},
		{filtered(`{"Match":"$.none","IsPresent":false}`), event, "[GetUser] 1"}, {filtered(`{"Match":"$.nil","IsPresent":false}`), event, "[GetUser] 1"}, {filtered(`{"Match":"$.o","IsPresent":true}`), event, ""},
		{contributing(`["$.eventName"]`, "", `{"Match":"$.n","EqualTo":7}`, `{"Match":"$.b","In":["false"]}`), event, ""},
	} {
		match(t, rule("Contribution", x.contribution), x.message, x.want)
	}
	sums := func(field string) string {
		return rule("Contribution", contributing(`["$.eventName"]`, field), "AggregateOn", `"Sum"`)
	}
	match(t, sums("$.n"), event, "[GetUser] 7")
	match(t, sums("$.s"), event, "[GetUser] 8.5")
	match(t, sums("$.errorCode"), event, "")
	match(t, sums("$.none"), event, "")
	match(t, sums("$.big"), `{"eventName":"x","big":1e200}`, "")
	match(t, rule("AggregateOn", `"Sum"`), `{"ip":"a"}`, "[a] 1")
	clf := rule("LogFormat", `"CLF"`, "Fields", `{"1":"ip","6":"status","7":"bytes"}`, "Contribution", contributing(`["ip","5"]`, "bytes", `{"Match":"status","GreaterThan":399}`), "AggregateOn", `"Sum"`)
	match(t, clf, `192.0.2.7 - bob [10/Oct/2026:13:55:36 +0000] "GET /a b HTTP/1.1" 404 123`, "[192.0.2.7 GET /a b HTTP/1.1] 123")
	match(t, clf, `192.0.2.7 - bob [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 123`, "")
	match(t, clf, `192.0.2.7 - bob [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 404`, "")
	match(t, rule(), `{"ip":"`+strings.Repeat("é", 200)+`"}`, "["+strings.Repeat("é", 128)+"] 1")
}

func match(t *testing.T, text, message, want string) {
	t.Helper()
	r, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	got := ""
	if keys, value, ok := r.Match(NewEvent(message)); ok {
		got = fmt.Sprint(keys, " ", value)
		got = strings.Replace(got, "]  ", "] ", 1)
	}
	if got != want {
		t.Errorf("%s\n%s: %q, want %q", text, message, got, want)
	}
}

func TestSame(t *testing.T) {
	parse := func(text string) *Rule {
		r, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	a := parse(rule())
	if !a.Same(parse(rule("LogGroupNames", `["other"]`, "Contribution", contributing(`["$.ip"]`, "", `{"Match":"$.a","IsPresent":true}`)))) {
		t.Error("other groups and filters make another thing of contributors")
	}
	for _, text := range []string{rule("AggregateOn", `"Sum"`), rule("Contribution", contributing(`["$.ip","$.a"]`, "")), rule("LogFormat", `"CLF"`, "Contribution", contributing(`["1"]`, ""))} {
		if a.Same(parse(text)) {
			t.Errorf("%s counts the same", text)
		}
	}
}

// FuzzParse: no definition makes the parser or a match panic, and what is parsed keeps its bounds.
func FuzzParse(f *testing.F) {
	f.Add(rule(), `{"ip":"a"}`)
	f.Add(rule("LogFormat", `"CLF"`, "Fields", `{"4":"a"}`, "Contribution", contributing(`["a","1"]`, "2", `{"Match":"3","EqualTo":1}`), "AggregateOn", `"Sum"`), `1 2 "3 4" [5]`)
	f.Add(rule("LogGroupNames", "", "LogGroupARNs", `["arn:aws:logs:us-east-1:*:log-group:a*"]`, "Contribution", contributing(`["$.a[0].b"]`, "", `{"Match":"$.n","IsPresent":false}`)), `[{"a":1}]`)
	f.Fuzz(func(t *testing.T, text, message string) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		if len(r.Keys) == 0 || len(r.Keys) > maxKeys || len(r.filters) > maxFilters || len(r.Names)+len(r.Groups) == 0 {
			t.Errorf("%q is a rule", text)
		}
		r.Watches("111122223333", "us-east-1", message)
		if keys, value, ok := r.Match(NewEvent(message)); ok {
			s := NewSummary(1)
			s.Add(keys, value)
			if got, ok := s.Of(keys); !ok || got != value || s.Unique() != 1 {
				t.Errorf("%q of %q is kept as %v", keys, message, got)
			}
		}
	})
}
