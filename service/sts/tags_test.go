package sts

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	api "vauban/api/sts"
	"vauban/service"
)

func tags(pairs ...string) []api.Tag {
	var out []api.Tag
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, api.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return out
}

func TestReadTags(t *testing.T) {
	session := &service.Session{Tags: map[string]string{"Team": "blue", "own": "1"}, TransitiveTags: []string{"team"}}
	for _, test := range []struct {
		name       string
		requested  []api.Tag
		transitive []string
		caller     *service.Session
		want       map[string]string
		wantKeys   []string
		err        string
	}{
		{name: "none", want: map[string]string{}},
		{name: "requested", requested: tags("a", "1", "b", ""), transitive: []string{"B", "b"}, want: map[string]string{"a": "1", "b": ""}, wantKeys: []string{"B"}},
		{name: "inherited", requested: tags("a", "1"), caller: session, want: map[string]string{"a": "1", "Team": "blue"}, wantKeys: []string{"team"}},
		{name: "inherited and own", requested: tags("a", "1"), transitive: []string{"a"}, caller: session,
			want: map[string]string{"a": "1", "Team": "blue"}, wantKeys: []string{"a", "team"}},
		{name: "own tag of the session again", requested: tags("own", "2"), caller: session, want: map[string]string{"own": "2", "Team": "blue"}, wantKeys: []string{"team"}},
		{name: "duplicate", requested: tags("a", "1", "A", "2"), err: "InvalidParameterValue: Duplicate tag keys found."},
		{name: "reserved", requested: tags("AWS:x", "1"), err: "InvalidParameterValue: Tag keys that start with 'aws:'"},
		{name: "transitive but absent", requested: tags("a", "1"), transitive: []string{"b"}, err: "InvalidParameterValue: The specified transitive tag key must be included"},
		{name: "against the session", requested: tags("TEAM", "red"), caller: session, err: "InvalidParameterValue: One of the specified transitive tag keys can't be set"},
	} {
		got, err := readTags(test.requested, test.transitive, test.caller)
		if test.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), test.err) {
				t.Errorf("%s: %v, want %s", test.name, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if d := cmp.Diff(test.want, got.all); d != "" {
			t.Errorf("%s: tags (-want +got):\n%s", test.name, d)
		}
		if d := cmp.Diff(test.wantKeys, got.transitive); d != "" {
			t.Errorf("%s: transitive keys (-want +got):\n%s", test.name, d)
		}
	}
}

// Through any chain of sessions, a transitive tag keeps the value that it was given first.
func TestTransitiveTagsStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SampledFrom([]string{"a", "A", "b", "B", "c"})
		var session *service.Session
		given := map[string]string{} // transitive, by lower-case key
		for range rapid.IntRange(1, 6).Draw(t, "sessions") {
			var pairs []string
			seen := map[string]bool{}
			for _, k := range rapid.SliceOfN(key, 0, 3).Draw(t, "keys") {
				if !seen[strings.ToLower(k)] {
					seen[strings.ToLower(k)] = true
					pairs = append(pairs, k, rapid.StringMatching(`[0-9]`).Draw(t, "value"))
				}
			}
			var transitive []string
			for i := 0; i < len(pairs); i += 2 {
				if rapid.Bool().Draw(t, "transitive") {
					transitive = append(transitive, pairs[i])
				}
			}
			got, err := readTags(tags(pairs...), transitive, session)
			clash := slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(k string) bool { _, have := given[k]; return have })
			if (err != nil) != clash {
				t.Fatalf("tags %v over %v: %v", pairs, given, err)
			}
			if err != nil {
				continue
			}
			for _, k := range transitive {
				for i := 0; i < len(pairs); i += 2 {
					if pairs[i] == k {
						given[strings.ToLower(k)] = pairs[i+1]
					}
				}
			}
			session = &service.Session{}
			got.into(session)
			for k, want := range given {
				found := false
				for have, v := range session.Tags {
					if strings.EqualFold(have, k) {
						found = v == want
					}
				}
				if !found {
					t.Fatalf("tag %s should be %s in %v", k, want, session.Tags)
				}
			}
		}
	})
}
