package cloudtrail

import (
	"fmt"
	"testing"

	api "vauban/api/cloudtrail"
	"vauban/engine/selector"
	"vauban/eventlog"
)

func anObject(name string, readOnly bool, arn string) *eventlog.Entry {
	return &eventlog.Entry{
		Account: home, Region: "us-east-1", Name: name, Source: "s3.amazonaws.com", ReadOnly: readOnly, Data: true,
		Resources: []eventlog.Resource{{Type: "AWS::S3::Object", Name: "key"}, {Type: "AWS::S3::Object", Name: arn}},
		Record: fmt.Appendf(nil, `{"eventCategory":"Data","eventName":%q,"eventSource":"s3.amazonaws.com","eventType":"AwsApiCall","readOnly":%t,
			"userIdentity":{"arn":"arn:aws:iam::111122223333:user/alice"}}`, name, readOnly),
	}
}

func management(name, source string, readOnly bool) *eventlog.Entry {
	return &eventlog.Entry{
		Account: home, Region: "us-east-1", Name: name, Source: source, ReadOnly: readOnly,
		Record: fmt.Appendf(nil, `{"eventCategory":"Management","eventName":%q,"eventSource":%q,"readOnly":%t}`, name, source, readOnly),
	}
}

func TestPicks(t *testing.T) {
	data := func(values ...string) []EventSelector {
		return []EventSelector{{ReadWrite: "All", Management: true, Data: []DataResource{{Type: "AWS::S3::Object", Values: values}}}}
	}
	advanced := func(fields ...selector.Field) Settings {
		return Settings{Advanced: selector.Selectors{{Fields: fields}}}
	}
	ofData := selector.Field{Field: "eventCategory", Equals: []string{"Data"}}
	objects := selector.Field{Field: "resources.type", Equals: []string{"AWS::S3::Object"}}
	get, put := anObject("GetObject", true, "arn:aws:s3:::files/a"), anObject("PutObject", false, "arn:aws:s3:::files/a")
	tests := []struct {
		name string
		with Settings
		e    *eventlog.Entry
		want bool
	}{
		{"the default: management", Settings{Basic: defaultSelectors()}, management("CreateUser", "iam.amazonaws.com", false), true},
		{"the default: no data", Settings{Basic: defaultSelectors()}, put, false},
		{"reads only, a read", Settings{Basic: []EventSelector{{ReadWrite: "ReadOnly", Management: true}}}, management("GetUser", "iam.amazonaws.com", true), true},
		{"reads only, a write", Settings{Basic: []EventSelector{{ReadWrite: "ReadOnly", Management: true}}}, management("CreateUser", "iam.amazonaws.com", false), false},
		{"writes only, a read", Settings{Basic: []EventSelector{{ReadWrite: "WriteOnly", Management: true}}}, management("GetUser", "iam.amazonaws.com", true), false},
		{"KMS left out", Settings{Basic: []EventSelector{{ReadWrite: "All", Management: true, Excluded: []string{"kms.amazonaws.com"}}}}, management("Decrypt", "kms.amazonaws.com", true), false},
		{"all objects", Settings{Basic: data("arn:aws:s3")}, put, true},
		{"a bucket's", Settings{Basic: data("arn:aws:s3:::files/")}, put, true},
		{"a prefix of another", Settings{Basic: data("arn:aws:s3:::files/b")}, put, false},
		{"another bucket's", Settings{Basic: data("arn:aws:s3:::file/")}, put, false},
		{"the second selector", Settings{Basic: append(data("arn:aws:s3:::x/"), data("arn:aws:s3:::files/")...)}, put, true},
		{"functions, not objects", Settings{Basic: []EventSelector{{ReadWrite: "All", Data: []DataResource{{Type: typeLambdaFunction, Values: []string{"arn:aws:lambda"}}}}}}, put, false},
		{"advanced: objects", advanced(ofData, objects), get, true},
		{"advanced: written objects", advanced(ofData, objects, selector.Field{Field: "readOnly", Equals: []string{"false"}}), get, false},
		{"advanced: by ARN", advanced(ofData, objects, selector.Field{Field: "resources.ARN", StartsWith: []string{"arn:aws:s3:::files/"}}), get, true},
		{"advanced: not that bucket", advanced(ofData, objects, selector.Field{Field: "resources.ARN", NotStartsWith: []string{"arn:aws:s3:::files/"}}), get, false},
		{"advanced: by caller", advanced(ofData, objects, selector.Field{Field: "userIdentity.arn", EndsWith: []string{"/alice"}}), get, true},
		{"advanced: data are no management events", advanced(ofData, objects), management("CreateUser", "iam.amazonaws.com", false), false},
		{"advanced: no KMS", advanced(selector.Field{Field: "eventCategory", Equals: []string{"Management"}}, selector.Field{Field: "eventSource", NotEquals: []string{"kms.amazonaws.com"}}),
			management("Decrypt", "kms.amazonaws.com", true), false},
	}
	for _, tt := range tests {
		if got := tt.with.picks(tt.e); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestCovers(t *testing.T) {
	in := func(account, region, source string) *eventlog.Entry {
		return &eventlog.Entry{Account: account, Region: region, Source: source}
	}
	one := Settings{Account: home, Region: "us-east-1", GlobalEvents: true}
	local, all, org := one, one, one
	local.GlobalEvents, all.MultiRegion, org.Organization = false, true, "o-exampleorg"
	members := []string{home, "444455556666"}
	tests := []struct {
		name string
		with Settings
		e    *eventlog.Entry
		want bool
	}{
		{"its region", one, in(home, "us-east-1", "kms.amazonaws.com"), true},
		{"another region", one, in(home, "eu-west-1", "kms.amazonaws.com"), false},
		{"another region, all", all, in(home, "eu-west-1", "kms.amazonaws.com"), true},
		{"another account", all, in("444455556666", "us-east-1", "kms.amazonaws.com"), false},
		{"a member", org, in("444455556666", "us-east-1", "kms.amazonaws.com"), true},
		{"no member", org, in("777788889999", "us-east-1", "kms.amazonaws.com"), false},
		{"global events", one, in(home, "us-east-1", "iam.amazonaws.com"), true},
		{"no global events", local, in(home, "us-east-1", "iam.amazonaws.com"), false},
		{"no global events, others", local, in(home, "us-east-1", "kms.amazonaws.com"), true},
	}
	for _, tt := range tests {
		if got := tt.with.covers(tt.e, members); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

// TestSelectorsAreRefused: what AWS refuses, by the words of the refusal.
func TestSelectorsAreRefused(t *testing.T) {
	s := newStage(t).s
	basic := func(e api.EventSelector) error {
		_, err := s.basicSelectors([]api.EventSelector{e})
		return err
	}
	of := func(kind string, values ...string) api.EventSelector {
		return api.EventSelector{DataResources: []api.DataResource{{Type: &kind, Values: values}}}
	}
	many := make([]string, 251)
	for i := range many {
		many[i] = fmt.Sprintf("arn:aws:s3:::bucket-%d/", i)
	}
	tests := []struct {
		name, want string
		in         api.EventSelector
	}{
		{"an unknown type", "Value AWS::X for DataResources.Type is invalid.", of("AWS::X", "arn:aws:s3")},
		{"a wildcard", "Value arn:aws:s3:::* for DataResources.Values is invalid.", of(typeS3Object, "arn:aws:s3:::*")},
		{"a bucket without a slash", "Value arn:aws:s3:::files for DataResources.Values is invalid.", of(typeS3Object, "arn:aws:s3:::files")},
		{"another service's", "Value arn:aws:lambda for DataResources.Values is invalid.", of(typeS3Object, "arn:aws:lambda")},
		{"no values", "DataResources.Values must have at least one value.", of(typeS3Object)},
		{"too many values", "The event selectors of a trail have at most 250 values of DataResources.", of(typeS3Object, many...)},
		{"another source left out", "Value iam.amazonaws.com for ExcludeManagementEventSources is invalid.",
			api.EventSelector{ExcludeManagementEventSources: []string{"iam.amazonaws.com"}}},
	}
	for _, tt := range tests {
		err := basic(tt.in)
		if codeOf(err) != "InvalidEventSelectorsException" || err.Error() != "InvalidEventSelectorsException: "+tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	for _, v := range []string{"arn:aws:s3", "arn:aws:s3:::", "arn:aws:s3:::files/", "arn:aws:s3:::files/prefix"} {
		if err := basic(of(typeS3Object, v)); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
}
