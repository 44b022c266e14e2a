package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vauban/engine/catalog"
)

func load(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// show writes a path as people would: Statement[0].Action[1], {key} for a key, ~3+5 for a substring.
func show(path []PathElement) string {
	var b strings.Builder
	for _, e := range path {
		switch {
		case e.Index != nil:
			fmt.Fprintf(&b, "[%d]", *e.Index)
		case e.Key != nil:
			fmt.Fprintf(&b, ".{%s}", *e.Key)
		case e.Value != nil:
			fmt.Fprintf(&b, ".%s", *e.Value)
		case e.Substring != nil:
			fmt.Fprintf(&b, "~%d+%d", e.Substring.Start, e.Substring.Length)
		}
	}
	return strings.TrimPrefix(b.String(), ".")
}

// shown writes a location with the text that stands there, and holds its lines and columns against its offsets.
func shown(t *testing.T, text string, l Location) string {
	t.Helper()
	runes := []rune(text)
	for _, p := range []Position{l.Span.Start, l.Span.End} {
		if p.Offset < 0 || p.Offset > len(runes) {
			t.Fatalf("offset %d of a text of %d", p.Offset, len(runes))
		}
		before := string(runes[:p.Offset])
		line := strings.Count(before, "\n") + 1
		column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
		if p.Line != line || p.Column != column {
			t.Errorf("offset %d is line %d, column %d, not %d, %d", p.Offset, line, column, p.Line, p.Column)
		}
	}
	return show(l.Path) + " = " + string(runes[l.Span.Start.Offset:l.Span.End.Offset])
}

func where(t *testing.T, text string, f Finding) []string {
	t.Helper()
	var out []string
	for _, l := range f.Locations {
		out = append(out, shown(t, text, l))
	}
	return out
}

// TestDocumentedExample is the example of the AWS CLI's reference, "validate-policy", with AWS's own output: the order, the words, the paths
// and the positions. (The value of the condition is two characters longer here than in the documentation, whose positions count them.)
func TestDocumentedExample(t *testing.T) {
	const text = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "",
            "Effect": "Allow",
            "Principal": {
                "Federated": "cognito-identity.amazonaws.com"
            },
            "Action": [
                "sts:AssumeRole",
                "sts:TagSession"
            ],
            "Condition": {
                "StringEquals": {
                    "cognito-identity.amazonaws.com:aud": "us-west-2_EXAMPLE.."
                }
            }
        }
    ]
}
`
	at := func(line, column, offset, length int) Span {
		return Span{Position{line, column, offset}, Position{line, column + length, offset + length}}
	}
	value := func(s string) PathElement { return PathElement{Value: &s} }
	index := func(i int) PathElement { return PathElement{Index: &i} }
	statement := func(rest ...PathElement) []PathElement {
		return append([]PathElement{value("Statement"), index(0)}, rest...)
	}
	want := []Finding{
		{Suggestion, "EMPTY_SID_VALUE", "Add a value to the empty string in the Sid element.", reference + "suggestion-empty-sid-value",
			[]Location{{statement(value("Sid")), at(5, 19, 79, 2)}}},
		{Error, "MISMATCHED_ACTION_FOR_PRINCIPAL",
			"The sts:AssumeRole action is invalid with the following principal(s): cognito-identity.amazonaws.com. Use a SAML provider principal with the sts:AssumeRoleWithSAML action or use an OIDC provider principal with the sts:AssumeRoleWithWebIdentity action. Ensure the provider is Federated if you use either of the two options.",
			reference + "error-mismatched-action-for-principal",
			[]Location{{statement(value("Action"), index(0)), at(11, 16, 258, 16)}, {statement(value("Principal"), value("Federated")), at(8, 29, 170, 32)}}},
		{Error, "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
			"The following actions: sts:TagSession are not supported by the condition key cognito-identity.amazonaws.com:aud. The condition will not be evaluated for these actions. We recommend that you move these actions to a different statement without this condition key.",
			reference + "error-unsupported-action-for-condition-key",
			[]Location{{statement(value("Action"), index(1)), at(12, 16, 292, 16)},
				{statement(value("Condition"), value("StringEquals"), value("cognito-identity.amazonaws.com:aud")), at(16, 58, 443, 21)}}},
	}
	got := Check([]byte(text), Kind{Policy: Resource}, load(t))
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-AWS +Check:\n%s", d)
	}
}
