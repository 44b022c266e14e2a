package cases_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"vauban/engine/policy/cases"
)

// Each file has a question a line, with what must come out in "want": the decision, then layer, policy and statement of each reason.
// Those of documented.jsonl are AWS's own examples, of the page of AWS documentation that "page" names.
func TestQuestions(t *testing.T) {
	var r cases.Reader
	for file, least := range map[string]int{"questions.jsonl": 50, "documented.jsonl": 120} {
		seen := map[string]bool{}
		for i, e := range examples(t, file) {
			a, ok := r.Answer(e.Question)
			if seen[a.ID] || a.ID == "" {
				t.Errorf("%s line %d: the ID %q is not unique", file, i+1, a.ID)
			}
			seen[a.ID] = true
			if got := summary(a); got != e.Want || !ok {
				t.Errorf("%s: %s %s, want %s (%s)", a.ID, got, a.Error, e.Want, e.Page)
			}
		}
		if len(seen) < least {
			t.Errorf("%s has only %d questions", file, len(seen))
		}
	}
}

// example is a question whose answer is known.
type example struct {
	Page     string          `json:"page"`
	Want     string          `json:"want"`
	Question json.RawMessage `json:"question"`
}

func examples(t *testing.T, file string) (out []example) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var e example
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s line %d: %v", file, i+1, err)
		}
		out = append(out, e)
	}
	return out
}

func summary(a cases.Answer) string {
	out := a.Decision
	for _, r := range a.DecidedBy {
		out += " " + string(r.Layer)
		if r.Level != "" {
			out += "@" + r.Level
		}
		if r.Statement != nil {
			out += fmt.Sprintf("=%s#%d", r.Policy, *r.Statement)
		}
	}
	return out
}

func TestAnswerInJSON(t *testing.T) {
	var r cases.Reader
	a, _ := r.Answer([]byte(`{"id":"q","request":{"principal":"arn:aws:iam::111122223333:user/u","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"},` +
		`"identityPolicies":[{"name":"p","policy":{"Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},{"Sid":"No","Effect":"Deny","Action":"s3:*","Resource":"*"}]}}]}`))
	got, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"id":"q","decision":"explicitDeny","decidedBy":[{"layer":"identity","policy":"p","statement":1,"sid":"No","line":1,"column":66}]}`; string(got) != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestQuestionsThatCannotBeDecided(t *testing.T) {
	const ask = `"request":{"principal":"arn:aws:iam::111122223333:user/u","action":"s3:GetObject","resource":"*"}`
	for name, c := range map[string][2]string{
		"not JSON":            {`{`, "cannot be read"},
		"two values":          {`{"id":"x",` + ask + `} {}`, "more than one"},
		"unknown member":      {`{"id":"x",` + ask + `,"permissionsBoundaries":[]}`, "unknown field"},
		"unknown inside":      {`{"id":"x","request":{"principal":"111122223333","action":"a:b","resource":"*","region":"x"}}`, "unknown field"},
		"unknown in a policy": {`{"id":"x",` + ask + `,"identityPolicies":[{"name":"p","policy":{"Statement":[{"Effect":"Allow","Actions":"*","Resource":"*"}]}}]}`, "unknown element"},
		"principal":           {`{"id":"x","request":{"principal":"bob","action":"a:b","resource":"*"}}`, "neither an ARN"},
		"principal type":      {`{"id":"x","request":{"principal":{"type":"AWS"},"action":"a:b","resource":"*"}}`, "Anonymous"},
		"group":               {`{"id":"x","request":{"principal":"arn:aws:iam::111122223333:group/g","action":"a:b","resource":"*"}}`, "not a user"},
		"action":              {`{"id":"x","request":{"principal":"111122223333","action":"GetObject","resource":"*"}}`, "service:Name"},
		"resource":            {`{"id":"x","request":{"principal":"111122223333","action":"a:b"}}`, "no resource"},
		"account":             {`{"id":"x","request":{"principal":"111122223333","action":"a:b","resource":"*","resourceAccount":"me"}}`, "12 digits"},
		"context":             {`{"id":"x","request":{"principal":"111122223333","action":"a:b","resource":"*","context":{"k":1}}}`, "string or a list"},
	} {
		t.Run(name, func(t *testing.T) {
			var r cases.Reader
			a, ok := r.Answer([]byte(c[0]))
			if ok || a.Decision != "" || !strings.Contains(a.Error, c[1]) {
				t.Errorf("%+v, want an error with %q", a, c[1])
			}
			if c[0] != "{" && a.ID != "x" && name != "two values" {
				t.Errorf("the answer lost the ID: %+v", a)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(`{"id":"q","request":{"principal":{"type":"Anonymous"},"action":"s3:GetObject","resource":"arn:aws:s3:::b/k","context":{"a":["b"]}},"scps":[{"level":"r","policies":[]}]}`)
	f.Add(`{"id":"q","request":{"principal":"arn:aws:sts::111122223333:assumed-role/R/s","action":"sts:AssumeRole","resource":"arn:aws:iam::1:role/x"},"sessionPolicy":"{}"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var r cases.Reader
		a, ok := r.Answer([]byte(text))
		if ok == (a.Error != "") || ok == (a.Decision == "") {
			t.Fatalf("%+v", a)
		}
	})
}
