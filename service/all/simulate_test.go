package all_test

import (
	"strings"
	"testing"

	iamapi "vauban/api/iam"
)

// TestSimulationsAreBounded: what one request lets the server compute is bounded, however large its policies are.
func TestSimulationsAreBounded(t *testing.T) {
	w := newWorld(t)
	row := w.row("SimulateCustomPolicy")
	const statement = `{"Effect":"Allow","Action":"*a*b*c*d","Resource":"*a*b*c*d*e"}`
	large := `{"Version":"2012-10-17","Statement":[` + strings.Repeat(statement+",", 1999) + statement + `]}`
	resources := make([]string, 1000)
	for i := range resources {
		resources[i] = "arn:aws:s3:::" + strings.Repeat("abcd", 20)
	}
	actions := []string{"s3:GetObject", "s3:PutObject", "s3:ListBucket"}
	ask := func(policies int, resources []string) (*iamapi.SimulateCustomPolicyOutput, error) {
		in := &iamapi.SimulateCustomPolicyInput{ActionNames: actions, ResourceArns: resources}
		for range policies {
			in.PolicyInputList = append(in.PolicyInputList, large)
		}
		out, err := w.perform(row, in, true)
		if err != nil {
			return nil, err
		}
		return out.(*iamapi.SimulateCustomPolicyOutput), nil
	}
	if _, err := ask(10, resources); codeOf(err) != "InvalidInput" {
		t.Errorf("20,000,000 comparisons: %v", err)
	}
	out, err := ask(1, resources[:300])
	if err != nil {
		t.Fatal(err)
	}
	if !*out.IsTruncated || len(out.EvaluationResults) != 1 {
		t.Errorf("600,000 comparisons an action: %d of %d actions on a page, truncated %t", len(out.EvaluationResults), len(actions), *out.IsTruncated)
	}
}
