package transform

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const instance = `{"version":"0","id":"7bf7","detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","account":"123456789012","time":"2015-11-11T21:29:54Z","region":"us-east-1","resources":["arn:a","arn:b"],"detail":{"instance-id":"i-0123","state":"RUN\"NING","count":1.50,"ok":true,"none":null,"parts":[{"n":1},{"n":2},{}]}}`

func decoded(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPaths(t *testing.T) {
	event := decoded(t, instance)
	for path, want := range map[string]string{
		"$":                            "whole",
		"$.source":                     `"aws.ec2"`,
		"$.detail-type":                `"EC2 Instance State-change Notification"`,
		"$.detail.count":               `1.50`,
		"$.detail.none":                `null`,
		"$.resources[1]":               `"arn:b"`,
		"$.resources":                  `["arn:a","arn:b"]`,
		"$.detail.parts[*].n":          `[1,2]`,
		"$.detail.parts[0]":            `{"n":1}`,
		"$['detail']['instance-id']":   `"i-0123"`,
		"$.resources[2]":               "absent",
		"$.detail.state.x":             "absent",
		"$.nothing":                    "absent",
		"detail":                       "bad",
		"":                             "bad",
		"$.":                           "bad",
		"$..detail":                    "bad",
		"$.a[":                         "bad",
		"$.a[-1]":                      "bad",
		"$.a[+1]":                      "bad",
		"$.a[?(@.b)]":                  "bad",
		"$x":                           "bad",
		"$" + strings.Repeat(".a", 65): "bad",
	} {
		got := "bad"
		if p, err := ParsePath(path); err == nil {
			v, ok := p.Find(event)
			switch {
			case path == "$":
				got = "whole"
			case ok:
				got = JSON(v)
			default:
				got = "absent"
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestTemplates follows the examples of the User Guide's page "Amazon EventBridge input transformation".
func TestTemplates(t *testing.T) {
	paths := map[string]string{"instance": "$.detail.instance-id", "state": "$.detail.state", "resources": "$.resources", "n": "$.detail.count", "gone": "$.detail.gone"}
	given := Given{RuleARN: "arn:rule", RuleName: "rule", Ingestion: "2026-01-02T03:04:05Z"}
	for template, want := range map[string]string{
		`"instance <instance> is in <n>"`:                               `"instance i-0123 is in 1.50"`,
		`"instance \"<instance>\" is here"`:                             `"instance \"i-0123\" is here"`,
		`{"instance" : <instance>, "state": "<state>"}`:                 `{"instance" : "i-0123", "state": "RUN\"NING"}`,
		`{"state": [9, <state>, true], "Transformed":"Yes"}`:            `{"state": [9, "RUN\"NING", true], "Transformed":"Yes"}`,
		`{"r": <resources>, "s": "<resources>"}`:                        `{"r": ["arn:a","arn:b"], "s": "[arn:a,arn:b]"}`,
		`{"a": <gone>, "b": "<gone>"}`:                                  `{"a": "", "b": ""}`,
		`{"rule": <aws.events.rule-arn>, "e": <aws.events.event.json>}`: `{"rule": "arn:rule", "e": ` + instance + `}`,
		`"<aws.events.rule-name> at <aws.events.event.ingestion-time>"`: `"rule at 2026-01-02T03:04:05Z"`,
		"\"one <instance>\"\n\"two <n>\"":                               "\"one i-0123\"\n\"two 1.50\"",
		`<resources>`:                                                   `["arn:a","arn:b"]`,
		`{"a":"1 < 2 > 1"}`:                                             `{"a":"1 < 2 > 1"}`,
	} {
		c, err := Compile(paths, template)
		if err != nil {
			t.Errorf("%s: %v", template, err)
		} else if got, err := c.Fill([]byte(instance), decoded(t, instance), given); got != want || err != nil {
			t.Errorf("%s:\n got %s (%v)\nwant %s", template, got, err, want)
		}
	}
	c, err := Compile(nil, `<aws.events.event>`)
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.Fill([]byte(instance), decoded(t, instance), given)
	if err != nil {
		t.Fatal(err)
	}
	if got := decoded(t, text); got["detail"] != nil || got["source"] != "aws.ec2" {
		t.Errorf("the event without its detail: %v", got)
	}
}

func TestRefusals(t *testing.T) {
	var unknown *PlaceholderError
	if _, err := Compile(nil, `{"a":<b>}`); !errors.As(err, &unknown) || unknown.Name != "b" {
		t.Errorf("an unknown variable: %v", err)
	}
	for _, bad := range []string{``, `text`, `<aws.events.rule-name> is`, `{"a":<aws.events.rule-name>`, `-<aws.events.rule-name>`, `{"a":1<aws.events.rule-name>}`, strings.Repeat(" ", 9000)} {
		if _, err := Compile(nil, bad); !errors.Is(err, ErrTemplate) {
			t.Errorf("%.50q: %v", bad, err)
		}
	}
	if _, err := Compile(map[string]string{"aws.x": "$.a"}, `{}`); !errors.Is(err, ErrTemplate) {
		t.Errorf("a reserved name: %v", err)
	}
	if _, err := Compile(map[string]string{"x": "a"}, `{}`); !errors.Is(err, ErrPath) {
		t.Errorf("a bad path: %v", err)
	}
}

// TestOutputIsJSON: whatever the event holds, what comes out is JSON.
func TestOutputIsJSON(t *testing.T) {
	c, err := Compile(map[string]string{"v": "$.detail.v"}, `{"in":"a <v> b","out":<v>,"list":[<v>,"<v>"]}`)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		v := rapid.OneOf(rapid.String().AsAny(), rapid.Int().AsAny(), rapid.SliceOf(rapid.String()).AsAny(), rapid.MapOf(rapid.String(), rapid.String()).AsAny()).Draw(t, "v")
		if err := json.NewEncoder(&b).Encode(map[string]any{"detail": map[string]any{"v": v}}); err != nil {
			t.Fatal(err)
		}
		var event map[string]any
		if err := json.Unmarshal(b.Bytes(), &event); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Fill(b.Bytes(), event, Given{}); err != nil || !json.Valid([]byte(got)) {
			t.Fatalf("not JSON: %s (%v)", got, err)
		}
	})
}

// TestLarge: a template that multiplies the event is not filled.
func TestLarge(t *testing.T) {
	event := `{"detail":"` + strings.Repeat("x", 200<<10) + `"}`
	for n, large := range map[int]bool{5: false, 6: true, 2000: true} {
		c, err := Compile(map[string]string{"v": "$.detail"}, `[""`+strings.Repeat(`,<v>`, n)+`]`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Fill([]byte(event), decoded(t, event), Given{})
		if errors.Is(err, ErrLarge) != large || large != (got == "") {
			t.Errorf("%d placeholders: %d bytes, %v", n, len(got), err)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("$.detail.v", `{"a":<v>,"b":"<v>"}`, `{"detail":{"v":"x"}}`)
	f.Add("$.a[*].b", `"<v>"`, `{"a":[{"b":1}]}`)
	f.Add("$", `<v> <aws.events.event> "<aws.events.event.json>"`, instance)
	f.Fuzz(func(t *testing.T, path, template, event string) {
		var v map[string]any
		if json.Unmarshal([]byte(event), &v) != nil || v == nil {
			return
		}
		c, err := Compile(map[string]string{"v": path}, template)
		if err != nil {
			return
		}
		if got, err := c.Fill([]byte(event), v, Given{"arn", "name", "time"}); !errors.Is(err, ErrLarge) && checkJSON(got) != nil {
			t.Fatalf("%q with %q of %q gives %q", template, path, event, got)
		}
	})
}
