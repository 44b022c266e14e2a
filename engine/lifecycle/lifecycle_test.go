package lifecycle

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// days is a rule for everything.
func days(n int64) Rule { return Rule{ID: "r", Enabled: true, Expiration: &Expiration{Days: &n}} }

func TestDaysEndAtMidnight(t *testing.T) {
	for created, want := range map[string]string{
		"2014-01-15T10:30:00Z":      "2014-01-19T00:00:00Z", // the example of "Lifecycle configuration elements"
		"2014-01-15T00:00:00Z":      "2014-01-18T00:00:00Z",
		"2014-01-15T23:59:59Z":      "2014-01-19T00:00:00Z",
		"2014-01-15T23:30:00-02:00": "2014-01-20T00:00:00Z",
	} {
		d := Current([]Rule{days(3)}, &Object{Key: "k", Created: at(created)})
		if !d.At.Equal(at(want)) || d.Rule != "r" {
			t.Errorf("created %s: expires %v by %q, want %s", created, d.At, d.Rule, want)
		}
	}
}

func TestFilters(t *testing.T) {
	o := &Object{Key: "logs/a", Size: 100, Tags: map[string]string{"team": "x", "env": "dev"}, Created: at("2026-01-01T00:00:00Z")}
	for _, c := range []struct {
		name string
		f    Filter
		want bool
	}{
		{"everything", Filter{}, true},
		{"prefix", Filter{Prefix: new("logs/")}, true},
		{"another prefix", Filter{Prefix: new("/logs/")}, false},
		{"tags", Filter{Tags: map[string]string{"team": "x"}}, true},
		{"tags, one missing", Filter{Tags: map[string]string{"team": "x", "stage": ""}}, false},
		{"tag of another value", Filter{Tags: map[string]string{"team": "X"}}, false},
		{"size, not greater", Filter{Greater: new(int64(100))}, false},
		{"size, greater", Filter{Greater: new(int64(99))}, true},
		{"size, not less", Filter{Less: new(int64(100))}, false},
		{"all", Filter{Prefix: new("l"), Tags: map[string]string{"env": "dev"}, Greater: new(int64(0)), Less: new(int64(101))}, true},
	} {
		r := days(1)
		r.Filter = c.f
		if got := Current([]Rule{r}, o).Set(); got != c.want {
			t.Errorf("%s: covered %v, want %v", c.name, got, c.want)
		}
	}
	off := days(1)
	off.Enabled = false
	if Current([]Rule{off}, o).Set() {
		t.Error("a disabled rule expires an object")
	}
}

func TestEarliestRuleWins(t *testing.T) {
	o := &Object{Key: "k", Created: at("2026-01-01T00:00:00Z")}
	date := at("2026-01-03T00:00:00Z")
	rules := []Rule{days(9), {ID: "date", Enabled: true, Expiration: &Expiration{Date: &date}}, days(5)}
	if d := Current(rules, o); !d.At.Equal(date) || d.Rule != "date" {
		t.Errorf("expires %v by %q, want %v by the date", d.At, d.Rule, date)
	}
}

func TestOldVersions(t *testing.T) {
	rules := []Rule{{ID: "r", Enabled: true, Noncurrent: &Noncurrent{Days: new(int64(2)), Newer: new(int64(3))}}}
	o := &Object{Key: "k", Created: at("2020-01-01T00:00:00Z")}
	ceased := at("2026-01-01T12:00:00Z")
	if OldVersion(rules, o, ceased, 2).Set() {
		t.Error("a version with two newer ones is removed, though three are to be kept")
	}
	if d := OldVersion(rules, o, ceased, 3); !d.At.Equal(at("2026-01-04T00:00:00Z")) {
		t.Errorf("removed at %v, want two days after it ceased to be current", d.At)
	}
	if Current(rules, o).Set() || Marker(rules, o).Set() {
		t.Error("a rule for old versions ends something else")
	}
}

func TestMarkersAndUploads(t *testing.T) {
	now := at("2026-01-10T00:00:00Z")
	rules := []Rule{{ID: "m", Enabled: true, Expiration: &Expiration{DeleteMarker: new(true)}}, {ID: "u", Enabled: true, AbortDays: new(int64(7)), Filter: Filter{Prefix: new("up/")}}}
	if d := Marker(rules, &Object{Key: "k", Created: at("2026-01-09T23:00:00Z")}); !d.By(now) || d.Rule != "m" {
		t.Errorf("marker: %+v, want due", d)
	}
	if Current(rules, &Object{Key: "k"}).Set() {
		t.Error("a rule for markers expires an object")
	}
	if d := Upload(rules, "up/a", at("2026-01-02T01:00:00Z")); d.By(now.Add(-time.Nanosecond)) || !d.By(now) || d.Rule != "u" {
		t.Errorf("upload: %+v, want due at midnight", d)
	}
	if Upload(rules, "down/a", now).Set() {
		t.Error("an upload of another prefix is aborted")
	}
}

func TestAnObjectNeverEndsBeforeItsDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		created := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "created"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos"))
		n := rapid.Int64Range(1, 10_000).Draw(t, "days")
		d := Current([]Rule{days(n)}, &Object{Created: created})
		full := created.UTC().Add(time.Duration(n) * 24 * time.Hour)
		if d.At.Before(full) || d.At.Sub(full) >= 24*time.Hour || !d.At.Equal(d.At.Truncate(24*time.Hour)) {
			t.Fatalf("created %v, %d days: ends %v", created, n, d.At)
		}
	})
}

func TestCheck(t *testing.T) {
	noon := at("2026-01-01T12:00:00Z")
	with := func(r Rule, f Filter) Rule { r.Filter = f; return r }
	for _, c := range []struct {
		name       string
		rules      []Rule
		code, says string
	}{
		{"fine", []Rule{days(1)}, "", ""},
		{"none", nil, "MalformedXML", "published schema"},
		{"no action", []Rule{{ID: "a", Enabled: true}}, "InvalidRequest", "At least one action"},
		{"no days", []Rule{days(0)}, "InvalidArgument", "'Days' for Expiration action must be a positive integer"},
		{"same ID", []Rule{days(1), days(2)}, "InvalidArgument", "Rule ID must be unique"},
		{"long ID", []Rule{{ID: strings.Repeat("a", 256)}}, "InvalidArgument", "255"},
		{"noon", []Rule{{Expiration: &Expiration{Date: &noon}}}, "InvalidArgument", "'Date' must be at midnight GMT"},
		{"days and marker", []Rule{{Expiration: &Expiration{Days: new(int64(1)), DeleteMarker: new(true)}}}, "MalformedXML", ""},
		{"marker and tags", []Rule{with(Rule{Expiration: &Expiration{DeleteMarker: new(true)}}, Filter{Tags: map[string]string{"a": ""}})}, "InvalidRequest", "Tags"},
		{"two predicates without And", []Rule{with(days(1), Filter{Form: Single, Prefix: new("a"), Greater: new(int64(1))})}, "MalformedXML", ""},
		{"And of one", []Rule{with(days(1), Filter{Form: And, Prefix: new("a")})}, "MalformedXML", ""},
		{"no size fits", []Rule{with(days(1), Filter{Form: And, Greater: new(int64(5)), Less: new(int64(5))})}, "InvalidRequest", "less than"},
		{"too many newer", []Rule{{Noncurrent: &Noncurrent{Days: new(int64(1)), Newer: new(int64(101))}}}, "InvalidArgument", "between 1 and 100"},
		{"newer without days", []Rule{{Noncurrent: &Noncurrent{Newer: new(int64(1))}}}, "MalformedXML", ""},
		{"abort and tags", []Rule{with(Rule{AbortDays: new(int64(1))}, Filter{Tags: map[string]string{"a": "b"}})}, "InvalidRequest", "Tags"},
	} {
		err := Check(c.rules)
		if c.code == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		var f *Fault
		if !errors.As(err, &f) || f.Code != c.code || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: got %v, want %s %q", c.name, err, c.code, c.says)
		}
	}
}
