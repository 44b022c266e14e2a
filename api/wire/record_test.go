package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestAppendRecord(t *testing.T) {
	at := time.Date(2026, 11, 24, 3, 16, 53, 987e6, time.UTC)
	comma := cook(AWSQuery)
	comma.Service.RecordTime = "Jan 2, 2006, 3:04:05 PM"
	ec2 := kitchenService(EC2Query).Operation("Cook")
	for _, tc := range []struct {
		name string
		op   *Operation
		v    any
		want string
	}{
		{"nothing", cook(AWSQuery), &kitchen{}, `null`},
		{"nil", cook(AWSQuery), nil, `null`},
		{"nil pointer", cook(AWSQuery), (*kitchen)(nil), `null`},
		{"names, times, secrets", cook(AWSQuery), &kitchen{Name: ptr("x"), When: &at, Secret: ptr("hunter2"), Map: map[string]string{"B": "1", "a": "2"}, Tags: []tag{{Key: ptr("k")}}},
			`{"name":"x","when":"Nov 24, 2026 3:16:53 AM","tags":[{"key":"k"}],"map":{"B":"1","a":"2"},"secret":"HIDDEN_DUE_TO_SECURITY_REASONS"}`},
		{"a layout of the service's own", comma, &kitchen{When: &at}, `{"when":"Nov 24, 2026, 3:16:53 AM"}`},
		{"ec2 wraps lists", ec2, &kitchen{Flat: []int64{1, 2}, Tags: []tag{{Key: ptr("k")}}}, `{"flattened":{"items":[1,2]},"tags":{"items":[{"key":"k"}]}}`},
		{"what a handler puts in its place", cook(AWSQuery), map[string]any{"userName": "HIDDEN", "n": 1}, `{"n":1,"userName":"HIDDEN"}`},
		{"what cannot be written", cook(AWSQuery), map[string]any{"f": func() {}}, `null`},
	} {
		if got := string(AppendRecord([]byte("x"), tc.op, tc.v)); got != "x"+tc.want {
			t.Errorf("%s:\n got %s\nwant x%s", tc.name, got, tc.want)
		}
	}
}

func TestAppendRecordBounds(t *testing.T) {
	op := cook(AWSJSON11)
	long := &kitchen{Name: ptr(strings.Repeat("ä", maxRecord)), Color: ptr("red")}
	got := AppendRecord(nil, op, long)
	var view struct {
		Name, Color string
		Omitted     bool
	}
	if err := json.Unmarshal(got, &view); err != nil {
		t.Fatal(err)
	}
	if len(got) > 2048 || !view.Omitted || view.Color != "red" || view.Name != strings.Repeat("ä", cutRecordString/2) {
		t.Errorf("%d bytes, omitted %v, color %q", len(got), view.Omitted, view.Color)
	}
	deep := &kitchen{Nested: map[string]kitchen{}}
	for i := range 50 {
		inner := map[string]kitchen{}
		for j := range 50 {
			inner[strings.Repeat("k", j+1)] = kitchen{Name: ptr(strings.Repeat("x", 1000))}
		}
		deep.Nested[strings.Repeat("n", i+1)] = kitchen{Nested: inner}
	}
	got = AppendRecord(nil, op, deep)
	var rest map[string]any
	if err := json.Unmarshal(got, &rest); err != nil {
		t.Fatal(err)
	}
	if len(got) > maxRecord || rest["omitted"] != true || rest["originalSize"].(float64) < maxRecord {
		t.Errorf("%d bytes: %.200s", len(got), got)
	}
}
