package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// issueCase is a policy with one finding of that code (among others, perhaps), its details, and its locations as [shown] writes them.
type issueCase struct {
	code    string
	kind    Kind
	policy  string
	details string // "" where the issue's text has no placeholders
	want    []string
}

// with is a policy of these statements.
func with(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

// when is an identity policy with that Condition element.
func when(condition string) string {
	return with(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{` + condition + `}}`)
}

// on is an identity policy on that resource.
func on(resource string) string {
	return with(`{"Effect":"Allow","Action":"s3:*","Resource":` + resource + `}`)
}

// of is a resource policy's statement with that Principal element.
func of(principal, more string) string {
	return with(`{"Effect":"Allow","Principal":` + principal + `,"Action":"sqs:SendMessage","Resource":"*"` + more + `}`)
}

// trusting is a trust policy.
func trusting(principal, action, more string) string {
	return with(`{"Effect":"Allow","Principal":` + principal + `,"Action":` + action + more + `}`)
}

func (k issueCase) detailsIn(c map[string]issue) string {
	if k.details != "" {
		return k.details
	}
	return c[k.code].text
}

func cases() []issueCase {
	return slices.Concat(structureCases(), actionCases(), resourceCases(), principalCases(), conditionCases(), valueCases(), trustCases(), roleCases(), organizationCases())
}

func TestIssues(t *testing.T) {
	cat, texts := load(t), issues()
	seen := map[string]bool{}
	for _, k := range cases() {
		seen[k.code] = true
		t.Run(k.code, func(t *testing.T) {
			var found []Finding
			for _, f := range Check([]byte(k.policy), k.kind, cat) {
				if f.IssueCode == k.code {
					found = append(found, f)
				}
			}
			if len(found) != 1 {
				t.Fatalf("%d findings of %s in %s: %+v", len(found), k.code, k.policy, Check([]byte(k.policy), k.kind, cat))
			}
			f := found[0]
			if d := cmp.Diff(k.want, where(t, k.policy, f)); d != "" {
				t.Errorf("locations (-want +got):\n%s", d)
			}
			if want := k.detailsIn(texts); f.Details != want {
				t.Errorf("details %q, want %q", f.Details, want)
			}
			if strings.Contains(f.Details, "%!") || f.Type != texts[k.code].typ {
				t.Errorf("%s: %s %q", f.IssueCode, f.Type, f.Details)
			}
		})
	}
	for code := range texts {
		if code, _, _ = strings.Cut(code, " "); !seen[code] {
			t.Errorf("no case shows %s", code)
		}
	}
}

// TestEveryReportHasAText reads the sources for the codes that checks report.
func TestEveryReportHasAText(t *testing.T) {
	texts := issues()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	report := regexp.MustCompile(`c\.(?:at|report)\("([^"]+)"`)
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range report.FindAllStringSubmatch(string(b), -1) {
			n++
			if _, ok := texts[m[1]]; !ok && !strings.HasSuffix(m[1], "_") {
				t.Errorf("%s reports %s, which has no text", f, m[1])
			}
		}
	}
	if n < 80 {
		t.Errorf("found only %d reports in the sources", n)
	}
}
