package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vauban/engine/policy"
)

// parse makes a document of a text that must be one.
func parse(t testing.TB, text string) *policy.Document {
	t.Helper()
	d, err := policy.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return d
}

// doc wraps statements, given without braces, into a policy of the later version.
func doc(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[{` + strings.Join(statements, "},{") + `}]}`
}

func named(t testing.TB, name string, statements ...string) policy.Named {
	t.Helper()
	return policy.Named{Name: name, Document: parse(t, doc(statements...))}
}

func TestParse(t *testing.T) {
	text := `{
  "Version": "2012-10-17",
  "Id": "id",
  "Statement": [
    {"Sid": "é", "Effect": "Allow", "Principal": {"AWS": ["*", "123456789012"], "Service": "s3.amazonaws.com"},
     "NotAction": "s3:Get*", "Resource": ["arn:aws:s3:::a", "*"],
     "Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"a:b": [1, "2.5"]}}}
  ]
}`
	d := parse(t, text)
	at := func(line, column int, text string) policy.Element {
		return policy.Element{Position: policy.Position{Line: line, Column: column}, Text: text}
	}
	isTrue, less := operator(t, "Bool"), operator(t, "NumericLessThan")
	want := &policy.Document{Version: "2012-10-17", ID: "id", Digest: "hmn2jgAMOKqHKlPNcue6", Statements: []policy.Statement{{
		Position: policy.Position{Line: 5, Column: 5},
		Sid:      "é", Effect: policy.Allow,
		Principal: []policy.PrincipalElement{
			{Element: at(5, 59, "*"), Type: policy.PrincipalAny},
			{Element: at(5, 64, "123456789012"), Type: policy.PrincipalAWS},
			{Element: at(5, 92, "s3.amazonaws.com"), Type: policy.PrincipalService},
		},
		NotAction: []policy.Element{at(6, 19, "s3:Get*")},
		Resource:  []policy.Element{at(6, 43, "arn:aws:s3:::a"), at(6, 61, "*")},
		Condition: []policy.Condition{
			{Position: policy.Position{Line: 7, Column: 29}, Operator: isTrue, Key: "aws:SecureTransport", Values: []policy.Element{at(7, 52, "true")}},
			{Position: policy.Position{Line: 7, Column: 79}, Operator: less, Key: "a:b", Values: []policy.Element{at(7, 87, "1"), at(7, 90, "2.5")}},
		},
	}}}
	opts := cmpopts.IgnoreUnexported(policy.Statement{}, policy.PrincipalElement{}, policy.Condition{})
	if diff := cmp.Diff(want, d, opts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func operator(t *testing.T, name string) policy.Operator {
	t.Helper()
	op, ok := policy.ParseOperator(name)
	if !ok {
		t.Fatalf("%s is no operator", name)
	}
	return op
}

func TestParseForms(t *testing.T) {
	for name, text := range map[string]string{
		"a single statement":                `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`,
		"no statements":                     `{"Version":"2012-10-17","Statement":[]}`,
		"an empty unknown operator":         doc(`"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"x":{}}`),
		"an empty list of condition values": doc(`"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"a":[]}}`),
		"escapes":                           `{"Statement":{"Effect":"\u0041llow","Action":"a\/\\\"\b\f\n\r\t:\ud83d\ude00","Resource":"*"}}`,
		"operators in any case":             doc(`"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"forallvalues:stringequalsifexists":{"a":"b"}}`),
	} {
		if _, err := policy.Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	for _, c := range []struct{ text, want string }{
		{``, "line 1, column 1: unexpected end"},
		{`nope`, "expected a value"},
		{`{} x`, "line 1, column 4: unexpected text"},
		{`[]`, "a policy is a JSON object"},
		{`{"Statement":` + deep + `}`, "nested too deeply"},
		{strings.Repeat(" ", 300000), "too long"},
		{"{\"\xff\":1}", "not UTF-8"},
		{"{\n  \"Version\": \"2012-10-17\",\n  \"Version\": \"2012-10-17\"}", `line 3, column 3: "Version" stands twice`},
		{`{"Version":"2012-10-17"}`, "missing element Statement"},
		{`{"Version":"2013-01-01","Statement":[]}`, "Version is neither"},
		{`{"Version":1,"Statement":[]}`, "Version is a string"},
		{`{"version":"2012-10-17","Statement":[]}`, `unknown element "version"`},
		{`{"Statement":["a"]}`, "a statement is a JSON object"},
		{`{"Statement":[{}]}`, "missing element Effect"},
		{doc(`"Effect":"Allow"`), "either Action or NotAction"},
		{doc(`"Effect":"allow","Action":"*"`), "Effect is neither"},
		{doc(`"Effect":"Allow","action":"*"`), `unknown element "action"`},
		{doc(`"Effect":"Allow","Action":"*","NotAction":"*"`), "either Action or NotAction"},
		{doc(`"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"`), "either Resource or NotResource"},
		{doc(`"Effect":"Allow","Action":"*","Principal":"*","NotPrincipal":"*"`), "either Principal or NotPrincipal"},
		{doc(`"Effect":"Allow","Action":[]`), "Action is empty"},
		{doc(`"Effect":"Allow","Action":[1]`), "not a string"},
		{doc(`"Effect":"Allow","Action":{"a":1}`), "not a string"},
		{doc(`"Effect":"Allow","Action":"*","Principal":"x"`), "Principal is"},
		{doc(`"Effect":"Allow","Action":"*","Principal":{}`), "Principal is"},
		{doc(`"Effect":"Allow","Action":"*","Principal":{"aws":"*"}`), `unknown type of principal "aws"`},
		{doc(`"Effect":"Allow","Action":"*","Condition":[]`), "Condition is an object"},
		{doc(`"Effect":"Allow","Action":"*","Condition":{"StringIs":{"a":"b"}}`), `unknown condition operator "StringIs"`},
		{doc(`"Effect":"Allow","Action":"*","Condition":{"NullIfExists":{"a":"true"}}`), "unknown condition operator"},
		{doc(`"Effect":"Allow","Action":"*","Condition":{"Bool":"x"}`), "Bool holds an object"},
		{doc(`"Effect":"Allow","Action":"*","Condition":{"Bool":{"a":null}}`), "strings, numbers and booleans"},
		{`{"a":"` + "\n" + `"}`, "control character"}, {`{"a":"x`, "string without an end"}, {`{"a":"\x"}`, "unknown escape"},
		{`{"a":"\ud83d"}`, "unknown escape"}, {`{"a":"\`, "unknown escape"}, {`{"a":"\u12"}`, "unknown escape"},
		{`{"a" 1}`, "expected a colon"}, {`{"a":1 "b"}`, "expected a comma"}, {`{a:1}`, "expected a name"}, {`{"a":[1}`, "expected a comma"},
		{`{"a":01}`, "not a number"}, {`{"a":-}`, "not a number"}, {`{"a":1.}`, "not a number"}, {`{"a":1e}`, "not a number"}, {`{"a":nul}`, "expected a value"},
	} {
		_, err := policy.Parse([]byte(c.text))
		var syntax *policy.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80s: error %v, want %q", c.text, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(doc(`"Effect":"Allow","Action":["s3:*","iam:Get?ser"],"Resource":"arn:aws:s3:::${aws:username, 'x'}/*","Principal":{"AWS":"123456789012"}`)))
	f.Add([]byte(doc(`"Effect":"Deny","NotAction":"*","NotResource":["*"],"NotPrincipal":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"IpAddress":{"aws:SourceIp":["::1/64"]}}`)))
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Action":"\ud83d\ude00"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := policy.Parse(text)
		if (d == nil) == (err == nil) {
			t.Fatalf("document %v, error %v", d, err)
		}
		policy.Size(text)
		if err != nil {
			return
		}
		policy.ContextKeys(d)
		for _, kind := range kinds {
			_, _ = policy.Validate(kind, text, policy.Checks{})
		}
		same, err := policy.RenderPrincipals(string(text), func(string) (string, bool) { return "", false })
		if err != nil || same != string(text) {
			t.Fatalf("rendering without replacing gives %q, %v", same, err)
		}
		evaluateAnything(d)
	})
}

var kinds = []policy.Kind{
	policy.IdentityPolicy, policy.BoundaryPolicy, policy.SessionPolicy, policy.TrustPolicy, policy.ResourcePolicy,
	policy.EndpointPolicy, policy.ServiceControlPolicy, policy.ResourceControlPolicy,
}

// evaluateAnything asks some questions of a document in every place, for the panics.
func evaluateAnything(d *policy.Document) {
	n := policy.Named{Name: "p", Document: d}
	all := &policy.Policies{
		Identity: []policy.Named{n}, Boundary: &n, Session: []policy.Named{n}, Resource: &n, Endpoints: []policy.Named{n},
		SCPs: []policy.Level{{Name: "r", Policies: []policy.Named{n}}}, RCPs: []policy.Level{{Name: "r", Policies: []policy.Named{n}}},
	}
	for kind := policy.Anonymous; kind <= policy.Service; kind++ {
		req := &policy.Request{
			Principal: policy.Principal{Kind: kind, Account: "123456789012", ARN: "arn:aws:iam::123456789012:user/u", ID: "AIDAEXAMPLE123456789"},
			Action:    "s3:GetObject", Resource: "arn:aws:s3:::bucket/key", ResourceAccount: "123456789012",
		}
		req.Context.Set("aws:username", "u")
		req.Context.SetMulti("aws:TagKeys", []string{"a", "\xff"})
		policy.DenialMessage(req, policy.Evaluate(req, all))
		policy.Explain(req, all)
	}
}
