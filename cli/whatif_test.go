package cli

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

func TestSinceTime(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"30d": "2026-01-30T12:00:00Z", "0d": "2026-03-01T12:00:00Z", "90m": "2026-03-01T10:30:00Z", "2026-01-31T00:00:00Z": "2026-01-31T00:00:00Z",
		"": "", "d": "", "-1d": "", "-5m": "", "yesterday": "", "1e9d": "",
	} {
		got, err := sinceTime(in, now)
		if (err != nil) != (want == "") || err == nil && got.Format(time.RFC3339) != want {
			t.Errorf("sinceTime(%q) = %v, %v; want %q", in, got, err, want)
		}
	}
}

// TestForecast: pages add up by kind.
func TestForecast(t *testing.T) {
	var out bytes.Buffer
	f := forecast{progress: progress{out: &out, began: time.Now().Add(-time.Hour)}}
	for _, text := range []string{
		`{"Changes":[{"Change":"denied","PrincipalArn":"a","Action":"x:Y","Resource":"*","Count":2,"First":100,"Last":200,"EventId":"e1"}],"Records":10,"Replayed":3,"Position":10,"Total":30}`,
		`{"Changes":[{"Change":"denied","PrincipalArn":"a","Action":"x:Y","Resource":"*","Count":3,"First":150,"Last":300,"EventId":"e2"},{"Change":"unknown","PrincipalArn":"a","Count":1,"First":5,"Last":5}],"Records":20,"Position":30,"Total":30}`,
	} {
		var p forecastPage
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		f.add(&p)
	}
	list, calls := f.of("denied")
	if len(list) != 1 || calls != 5 || list[0].First.Unix() != 100 || list[0].Last.Unix() != 300 || list[0].EventId != "e2" || f.Records != 30 {
		t.Errorf("%d changes, %d calls, %+v, %d records", len(list), calls, list[0], f.Records)
	}
	if got := out.String(); got != "10 of about 30 records (33%)\n" {
		t.Errorf("progress: %q", got)
	}
}
