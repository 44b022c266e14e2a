package iam

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vauban/engine/policy"
)

func TestStatementSpans(t *testing.T) {
	at := func(line, column int) textPosition { return textPosition{line, column} }
	tests := []struct {
		name, text string
		want       []statementSpan
	}{
		// AWS CLI Command Reference, "simulate-custom-policy", first example.
		{"single", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}`,
			[]statementSpan{{at(1, 38), at(1, 167)}}},
		{"list", `{"Statement":[{"Sid":"a"},{"Sid":"b"}]}`, []statementSpan{{at(1, 15), at(1, 26)}, {at(1, 26), at(1, 38)}}},
		{"lines", "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Sid\": \"ä\"\n    }\n  ]\n}", []statementSpan{{at(3, 17), at(6, 6)}}},
		{"characters", `{"Id":"äöü","Statement":{"Sid":"€"}}`, []statementSpan{{at(1, 26), at(1, 36)}}},
		{"none", `{"Statement":[]}`, nil},
		{"no policy", `[1]`, nil},
		{"broken", `{"Statement":[{"Sid":"a"},{`, nil},
	}
	for _, tt := range tests {
		got := statementSpans(tt.text)
		if d := cmp.Diff(tt.want, got, cmp.AllowUnexported(statementSpan{}, textPosition{})); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

// FuzzStatementSpans: each statement that the policy language finds has a span, and it ends behind it begins.
func FuzzStatementSpans(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	f.Add(`{"Statement": [ {"Effect":"Deny","NotAction":["a:b"],"Resource":"*"} , {"Effect":"Allow","Action":"*","Resource":"ä"} ] }`)
	f.Fuzz(func(t *testing.T, text string) {
		spans := statementSpans(text)
		doc, err := policy.Parse([]byte(text))
		if err != nil {
			return
		}
		if len(spans) != len(doc.Statements) {
			t.Fatalf("%d spans of %d statements", len(spans), len(doc.Statements))
		}
		for _, s := range spans {
			if s.start.line > s.end.line || s.start.line == s.end.line && s.start.column >= s.end.column {
				t.Errorf("span %v", s)
			}
		}
	})
}
