package cloudtrail

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// open is a sealer that hides nothing.
type open struct{}

func (open) Seal(string, store.Key, []byte) ([]byte, error) { return nil, errors.New("not asked for") }
func (open) Open(string, store.Key, []byte) ([]byte, error) { return nil, errors.New("not asked for") }
func (open) SealToken(purpose string, b []byte) (string, error) {
	return purpose + ":" + string(b), nil
}

func (open) OpenToken(purpose, token string) ([]byte, error) {
	n := len(purpose) + 1
	if len(token) < n || token[:n] != purpose+":" {
		return nil, errors.New("sealed for something else")
	}
	return []byte(token[n:]), nil
}

func code(err error) string {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Shape.Code
	}
	return ""
}

func TestTokensAreBoundToTheQuery(t *testing.T) {
	s := New(service.Deps{Seal: open{}}, nil)
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	base := eventlog.Query{Account: "111122223333", Region: "us-east-1", Attribute: eventlog.ByUsername, Value: "alice", Start: start, Limit: 10}
	token, err := s.seal(base, "position")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*eventlog.Query)
		ok     bool
	}{
		{"the same", func(*eventlog.Query) {}, true},
		{"another page size", func(q *eventlog.Query) { q.Limit = 50 }, true},
		{"the same time in another zone", func(q *eventlog.Query) { q.Start = start.In(time.FixedZone("", 3600)) }, true},
		{"another account", func(q *eventlog.Query) { q.Account = "444455556666" }, false},
		{"another region", func(q *eventlog.Query) { q.Region = "eu-west-1" }, false},
		{"another attribute", func(q *eventlog.Query) { q.Attribute = eventlog.ByEventName }, false},
		{"another value", func(q *eventlog.Query) { q.Value = "bob" }, false},
		{"another start", func(q *eventlog.Query) { q.Start = start.Add(time.Second) }, false},
		{"an end", func(q *eventlog.Query) { q.End = start }, false},
	}
	for _, tt := range tests {
		q := base
		tt.change(&q)
		at, err := s.open(q, *token)
		switch {
		case tt.ok && (err != nil || at != "position"):
			t.Errorf("%s: %q, %v", tt.name, at, err)
		case !tt.ok && code(err) != "InvalidNextTokenException":
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	for _, bad := range []string{"", "other:{}", tokens + ":{"} {
		if _, err := s.open(base, bad); code(err) != "InvalidNextTokenException" {
			t.Errorf("token %q: %v", bad, err)
		}
	}
}

func TestQuery(t *testing.T) {
	c := &service.Call{Account: "111122223333", Region: "us-east-1"}
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	one := api.LookupAttribute{AttributeKey: new("EventName"), AttributeValue: new("CreateUser")}
	q, err := query(c, &api.LookupEventsInput{LookupAttributes: []api.LookupAttribute{one}, StartTime: &at, EndTime: &at, MaxResults: new(int64(7))})
	if err != nil {
		t.Fatal(err)
	}
	want := eventlog.Query{
		Account: c.Account, Region: c.Region, Attribute: eventlog.ByEventName, Value: "CreateUser", Limit: 7,
		Start: at, End: time.Date(2026, 1, 2, 3, 4, 5, 999_999_999, time.UTC),
	}
	if d := cmp.Diff(want, q); d != "" {
		t.Errorf("query (-want +got):\n%s", d)
	}
	if q, err = query(c, &api.LookupEventsInput{}); err != nil || q.Limit != maxResults {
		t.Errorf("without a page size: %+v, %v", q, err)
	}
	tests := map[string]*api.LookupEventsInput{
		"InvalidMaxResultsException":       {MaxResults: new(int64(51))},
		"InvalidTimeRangeException":        {StartTime: new(at.Add(time.Second)), EndTime: &at},
		"InvalidLookupAttributesException": {LookupAttributes: []api.LookupAttribute{one, one}},
	}
	for want, in := range tests {
		if _, err := query(c, in); code(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
