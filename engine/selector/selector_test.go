package selector_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vauban/engine/selector"
)

const record = `{"eventCategory":"Data","eventSource":"s3.amazonaws.com","eventName":"PutObject","eventType":"AwsApiCall","readOnly":false,
	"sessionCredentialFromConsole":"true","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},
	"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::logs/2026/a.gz"},{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::logs","accountId":"111122223333"}]}`

func eq(field string, values ...string) selector.Field {
	return selector.Field{Field: field, Equals: values}
}

func TestMatch(t *testing.T) {
	e, err := selector.EventOf([]byte(record))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		fields []selector.Field
		want   bool
	}{
		{"category", []selector.Field{eq("eventCategory", "Data")}, true},
		{"another category", []selector.Field{eq("eventCategory", "Management")}, false},
		{"all fields", []selector.Field{eq("eventCategory", "Data"), eq("readOnly", "false"), eq("eventSource", "s3.amazonaws.com"), eq("eventType", "AwsApiCall"),
			eq("sessionCredentialFromConsole", "true"), eq("userIdentity.arn", "arn:aws:iam::111122223333:user/alice")}, true},
		{"one field of all differs", []selector.Field{eq("eventCategory", "Data"), eq("readOnly", "true")}, false},
		{"one value of several", []selector.Field{eq("eventName", "GetObject", "PutObject")}, true},
		{"one operator of several", []selector.Field{{Field: "eventName", Equals: []string{"GetObject"}, StartsWith: []string{"Put"}}}, true},
		{"what is left out wins", []selector.Field{{Field: "eventName", StartsWith: []string{"Put"}, NotEndsWith: []string{"Object"}}}, false},
		{"left out is another", []selector.Field{{Field: "eventName", NotEquals: []string{"GetObject"}, NotStartsWith: []string{"Delete"}}}, true},
		{"resource", []selector.Field{eq("resources.type", "AWS::S3::Object"), {Field: "resources.ARN", StartsWith: []string{"arn:aws:s3:::logs/"}}}, true},
		{"the ARN is that of a resource of another type", []selector.Field{eq("resources.type", "AWS::S3::Object"), eq("resources.ARN", "arn:aws:s3:::logs")}, false},
		{"a resource that is left out", []selector.Field{eq("resources.type", "AWS::S3::Object"), {Field: "resources.ARN", NotEndsWith: []string{".gz"}}}, false},
		{"no such resource", []selector.Field{eq("resources.type", "AWS::KMS::Key")}, false},
	}
	for _, tt := range tests {
		if got := (selector.Selectors{{Fields: tt.fields}}).Match(e); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	if (selector.Selectors{}).Match(e) {
		t.Error("no selectors select something")
	}
	if _, err := selector.EventOf([]byte(`{"readOnly":"x"}`)); err == nil {
		t.Error("a record that is none is read")
	}
}

func TestCheck(t *testing.T) {
	management, data := eq("eventCategory", "Management"), eq("eventCategory", "Data")
	tests := []struct {
		name  string
		want  string // part of the error, "" when there is none
		scope selector.Scope
		field []selector.Field
	}{
		{"management", "", selector.Trail, []selector.Field{management, eq("readOnly", "true")}},
		{"data", "", selector.Trail, []selector.Field{data, eq("resources.type", "AWS::S3::Object"), {Field: "resources.ARN", StartsWith: []string{"arn:aws:s3:::a/"}}}},
		{"no category", "has no field eventCategory", selector.Trail, []selector.Field{eq("readOnly", "true")}},
		{"two categories", "one value", selector.Trail, []selector.Field{eq("eventCategory", "Management", "Data")}},
		{"unknown category", "not recorded here", selector.Trail, []selector.Field{eq("eventCategory", "NetworkActivity")}},
		{"insights on a trail", "not recorded here", selector.Trail, []selector.Field{eq("eventCategory", "Insight")}},
		{"insights in a store", "", selector.EventDataStore, []selector.Field{eq("eventCategory", "Insight")}},
		{"unknown field", "colour", selector.Trail, []selector.Field{management, eq("colour", "red")}},
		{"twice", "twice", selector.Trail, []selector.Field{management, eq("readOnly", "true"), eq("readOnly", "true")}},
		{"no operator", "no operator", selector.Trail, []selector.Field{management, {Field: "readOnly"}}},
		{"no type", "resources.type", selector.Trail, []selector.Field{data}},
		{"two types", "one value", selector.Trail, []selector.Field{data, eq("resources.type", "AWS::S3::Object", "AWS::KMS::Key")}},
		{"readOnly", "true or false", selector.Trail, []selector.Field{management, eq("readOnly", "perhaps")}},
		{"a trail keeps KMS out", "", selector.Trail, []selector.Field{management, {Field: "eventSource", NotEquals: []string{"kms.amazonaws.com"}}}},
		{"a trail keeps only IAM", "NotEquals", selector.Trail, []selector.Field{management, eq("eventSource", "iam.amazonaws.com")}},
		{"a store keeps only IAM", "", selector.EventDataStore, []selector.Field{management, eq("eventSource", "iam.amazonaws.com")}},
		{"a trail has no names", "eventName", selector.Trail, []selector.Field{management, eq("eventName", "CreateUser")}},
		{"too many", "at most 500", selector.EventDataStore, []selector.Field{management, eq("eventName", strings.Split(strings.Repeat("x,", 500), ",")...)}},
	}
	for _, tt := range tests {
		err := selector.Selectors{{Fields: tt.field}}.Check(tt.scope)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestLaws: another value widens what is selected, another exclusion narrows it, and the two sides of an operator exclude each other.
func TestLaws(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 1, 4, -1)
	words := rapid.SliceOfN(word, 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		e := &selector.Event{Name: word.Draw(t, "name")}
		f := selector.Field{Field: "eventName", Equals: words.Draw(t, "equals"), StartsWith: words.Draw(t, "starts"), EndsWith: words.Draw(t, "ends"),
			NotEquals: words.Draw(t, "notEquals"), NotStartsWith: words.Draw(t, "notStarts"), NotEndsWith: words.Draw(t, "notEnds")}
		match := func(f selector.Field) bool { return selector.Selector{Fields: []selector.Field{f}}.Match(e) }
		more, less := f, f
		if len(f.Equals) > 0 {
			more.Equals = append(more.Equals[:len(f.Equals):len(f.Equals)], word.Draw(t, "more"))
		}
		less.NotStartsWith = append(less.NotStartsWith[:len(f.NotStartsWith):len(f.NotStartsWith)], word.Draw(t, "less"))
		if match(f) && !match(more) {
			t.Error("another value selects less")
		}
		if match(less) && !match(f) {
			t.Error("another exclusion selects more")
		}
		v := words.Draw(t, "values")
		if len(v) > 0 && match(selector.Field{Field: "eventName", EndsWith: v}) == match(selector.Field{Field: "eventName", NotEndsWith: v}) {
			t.Error("both sides or none")
		}
	})
}
