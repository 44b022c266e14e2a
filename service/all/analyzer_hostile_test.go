package all_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	analyzerapi "vauban/api/accessanalyzer"
	"vauban/api/wire"
	"vauban/service/all"
)

// TestNoAnalyzerInputPanics: every valid input of Access Analyzer, as full and as bare as the model lets it be, about an analyzer of each kind and
// about none, gets an answer or an error that is the caller's to see.
func TestNoAnalyzerInputPanics(t *testing.T) {
	w := newWorld(t)
	w.rows = nil
	for _, s := range all.Services(w.deps, nil) {
		if s.API() == analyzerapi.API {
			w.rows = s.Operations()
		}
	}
	for name, kind := range map[string]string{"external": "ACCOUNT", "unused": "ACCOUNT_UNUSED_ACCESS"} {
		if _, err := w.perform(w.row("CreateAnalyzer"), &analyzerapi.CreateAnalyzerInput{AnalyzerName: &name, Type: &kind}, false); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"external", "unused", "nothing"} {
		arn := "arn:aws:access-analyzer:us-east-1:" + home + ":analyzer/" + name
		values := map[string]any{
			"AnalyzerName": name, "AnalyzerArn": arn, "ResourceArn": arnOf("role"), "RuleName": "rule", "Type": "ACCOUNT", "PolicyType": "IDENTITY_POLICY",
			"PolicyDocument": anyPolicy, "NewPolicyDocument": anyPolicy, "ExistingPolicyDocument": anyPolicy, "PrincipalArn": arnOf("user"), "Status": "ACTIVE",
			"Id": "x", "JobId": "x", "ResourceType": "AWS::IAM::Role", "Locale": "EN", "AccessRole": arnOf("role"), "MaxResults": int64(5),
			"ValidatePolicyResourceType": "AWS::S3::Bucket", "Actions": []string{"iam:GetUser"}, "Resources": []string{"*"}, "OrderBy": "ASC", "AttributeName": "id",
			"InternalAccess": (*analyzerapi.InternalAccessConfiguration)(nil), "Filter": map[string]analyzerapi.Criterion{"id": {}, "resource": {Exists: new(true)}},
			"CloudTrailArn": "arn:aws:cloudtrail:us-east-1:" + home + ":trail/t", "Ids": []string{"x"}, "Tags": map[string]string{"Stage": "Dev"}, "ResourceOwnerAccount": home,
		}
		for i := range w.rows {
			row := &w.rows[i]
			for _, bare := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/bare=%t", row.Op.Name, name, bare), func(t *testing.T) {
					own := map[string]any{}
					for k, v := range values {
						own[k] = v
					}
					if row.Op.Name == "CheckNoPublicAccess" {
						own["ResourceType"] = "AWS::S3::Bucket"
					}
					if row.Op.Name == "TagResource" || row.Op.Name == "UntagResource" || row.Op.Name == "ListTagsForResource" {
						own["ResourceArn"] = arn
					}
					in := reflect.New(row.Op.Input)
					fill(in.Elem(), row.Op.Name, own)
					if bare {
						least(row.Op, in)
					}
					if err := valid(row.Op, in); err != nil {
						t.Fatal(err)
					}
					_, err := w.perform(row, in.Interface(), true)
					var e *wire.Error
					if err != nil && (!errors.As(err, &e) || e.Shape.Fault) {
						t.Errorf("%v", err)
					}
				})
			}
		}
	}
}
