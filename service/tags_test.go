package service_test

import (
	"errors"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/service"
)

type pair struct{ key, value string }

func (p pair) Pair() (key, value string) { return p.key, p.value }

func TestTagKeysOfQuestions(t *testing.T) {
	context := map[string][]string{}
	service.RequestTags(context, service.Tags([]pair{{"team", "red"}, {"env", ""}}))
	service.ResourceTags(context, service.TagMap(map[string]string{"team": "blue"}), "iam:ResourceTag/")
	want := map[string][]string{
		"aws:RequestTag/team": {"red"}, "aws:RequestTag/env": {""}, "aws:TagKeys": {"env", "team"},
		"aws:ResourceTag/team": {"blue"}, "iam:ResourceTag/team": {"blue"},
	}
	if diff := cmp.Diff(want, context); diff != "" {
		t.Error(diff)
	}
	context = map[string][]string{}
	service.RequestTags(context, service.Tags[pair](nil))
	if len(context) != 0 {
		t.Errorf("no tags give %v", context)
	}
}

func TestAddTagsRefuses(t *testing.T) {
	faults := map[service.TagFault]error{}
	for f := service.TagReserved; f <= service.TagsTooMany; f++ {
		faults[f] = errors.New(strconv.Itoa(int(f)))
	}
	full := map[string]string{}
	for i := range service.MaxTags {
		full[strconv.Itoa(i)] = ""
	}
	for name, c := range map[string]struct {
		have map[string]string
		more []pair
		want error
	}{
		"new":             {nil, []pair{{"a", "b"}}, nil},
		"in place":        {full, []pair{{"7", "b"}}, nil},
		"reserved":        {nil, []pair{{"AWS:x", ""}}, faults[service.TagReserved]},
		"twice":           {nil, []pair{{"a", "1"}, {"a", "2"}}, faults[service.TagTwice]},
		"no key":          {nil, []pair{{"", "1"}}, faults[service.TagKeyLength]},
		"longest":         {nil, []pair{{strings.Repeat("ä", 128), strings.Repeat("ä", 256)}}, nil},
		"too long":        {nil, []pair{{strings.Repeat("a", 129), ""}}, faults[service.TagKeyLength]},
		"too long a word": {nil, []pair{{"a", strings.Repeat("a", 257)}}, faults[service.TagValueLength]},
		"too many":        {full, []pair{{"a", ""}}, faults[service.TagsTooMany]},
	} {
		_, err := service.AddTags(c.have, service.Tags(c.more), func(f service.TagFault, _ string) error { return faults[f] })
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestAddTagsLaw: what was added is there, all else stays, and the map of the resource is not touched.
func TestAddTagsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tags := rapid.MapOfN(rapid.StringMatching(`[a-f]{1,3}`), rapid.StringMatching(`[a-f]{0,3}`), 0, 20)
		have, more := tags.Draw(t, "have"), tags.Draw(t, "more")
		before := maps.Clone(have)
		got, err := service.AddTags(have, service.TagMap(more), func(service.TagFault, string) error { return errors.New("refused") })
		if err != nil {
			t.Fatal(err)
		}
		want := maps.Clone(have)
		maps.Copy(want, more)
		if !maps.Equal(got, want) || !maps.Equal(have, before) {
			t.Fatalf("%v and %v give %v", before, more, got)
		}
	})
}
