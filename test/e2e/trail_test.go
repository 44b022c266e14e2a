package e2e

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// cliAgent is how the aws CLI begins its user agent.
const cliAgent = "aws-cli/"

// drove fails unless the trail shows that the client, named by a part of its user agent, did the operations of testdata/operations.txt as
// that file says.
func (s *running) drove(t testing.TB, agent string) {
	t.Helper()
	list, err := os.ReadFile("testdata/operations.txt")
	if err != nil {
		t.Fatal(err)
	}
	done := s.operations(t, agent)
	for _, line := range strings.Split(string(list), "\n") {
		line, _, _ = strings.Cut(line, "#")
		for _, name := range strings.Fields(line) {
			name, sdksOnly := strings.CutPrefix(name, "~")
			if sdksOnly && agent == cliAgent {
				continue
			}
			name, refused := strings.CutPrefix(name, "!")
			if ok, seen := done[name]; !seen || ok == refused {
				t.Errorf("%s: the trail shows no %s (want success: %v)", agent, name, !refused)
			}
		}
	}
}

// operations are the names of the IAM and STS operations that the client has called, and whether a call of each has succeeded.
func (s *running) operations(t testing.TB, agent string) map[string]bool {
	t.Helper()
	done := map[string]bool{}
	for _, source := range []string{"iam.amazonaws.com", "sts.amazonaws.com"} {
		pages := cloudtrail.NewLookupEventsPaginator(cloudtrail.NewFromConfig(s.sdk(t, nil)), &cloudtrail.LookupEventsInput{
			LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventSource, AttributeValue: &source}},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Events {
				var record struct{ UserAgent, ErrorCode string }
				if err := json.Unmarshal([]byte(*e.CloudTrailEvent), &record); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(record.UserAgent, agent) {
					done[*e.EventName] = done[*e.EventName] || record.ErrorCode == ""
				}
			}
		}
	}
	return done
}
