package cases_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"vauban/engine/policy/cases"
)

// shape is what a kind of policy holds.
type shape struct {
	principal  bool // a Principal or NotPrincipal in each statement
	everybody  bool // Principal "*"
	noResource bool
	full       int // percent of documents that allow everything
	effect     string
}

func (w world) policies(prefix string, most int, s shape) []any {
	var out []any
	for i := range rapid.IntRange(1, most).Draw(w.t, "policies") {
		out = append(out, object{"name": fmt.Sprintf("%s%d", prefix, i), "policy": w.document(s)})
	}
	return out
}

func (w world) levels(prefix string, s shape) []any {
	var out []any
	for i := range rapid.IntRange(1, 3).Draw(w.t, "levels") {
		policies := w.policies(prefix, 2, s)
		if w.chance(10, "empty level") {
			policies = []any{}
		}
		out = append(out, object{"level": fmt.Sprintf("level%d", i), "policies": policies})
	}
	return out
}

func (w world) document(s shape) any {
	doc := object{"Version": "2012-10-17"}
	switch rapid.IntRange(0, 9).Draw(w.t, "version") {
	case 0:
		doc["Version"] = "2008-10-17"
	case 1:
		delete(doc, "Version")
	}
	var statements []any
	if s.effect == "" && w.chance(s.full, "full") {
		full := object{"Effect": "Allow", "Action": "*", "Resource": "*"}
		if s.principal {
			full["Principal"] = w.who()
		}
		statements = append(statements, full)
	}
	for range rapid.IntRange(1, 3).Draw(w.t, "statements") {
		statements = append(statements, w.statement(s))
	}
	doc["Statement"] = statements
	if len(statements) == 1 && w.chance(30, "bare") {
		doc["Statement"] = statements[0]
	}
	if w.chance(5, "as text") {
		b, _ := json.Marshal(doc)
		return string(b)
	}
	return doc
}

func (w world) statement(s shape) object {
	out := object{"Effect": "Allow"}
	if s.effect == "Deny" || w.chance(10, "deny") {
		out["Effect"] = "Deny"
	}
	if w.chance(15, "NotAction") {
		out["NotAction"] = w.some(worldActionPatterns, "NotAction")
	} else {
		out["Action"] = w.some(worldActionPatterns, "Action")
	}
	if !s.noResource || w.chance(10, "resource in trust") {
		if w.chance(12, "NotResource") {
			out["NotResource"] = w.some(worldResourcePatterns, "NotResource")
		} else {
			out["Resource"] = w.some(worldResourcePatterns, "Resource")
		}
	}
	switch {
	case s.everybody:
		out["Principal"] = "*"
	case s.principal && out["Effect"] == "Deny" && w.chance(40, "NotPrincipal"):
		out["NotPrincipal"] = w.who()
	case s.principal:
		out["Principal"] = w.who()
	}
	if w.chance(40, "conditions") {
		out["Condition"] = w.conditions()
	}
	return out
}

func (w world) who() any {
	switch rapid.IntRange(0, 7).Draw(w.t, "who") {
	case 0:
		return "*"
	case 1:
		return object{"Service": w.some([]string{"cloudtrail.amazonaws.com", "sns.amazonaws.com"}, "service")}
	case 2:
		return object{"Federated": pick(w, []string{"accounts.google.com", "arn:aws:iam::111122223333:oidc-provider/idp.example", "arn:aws:iam::111122223333:saml-provider/corp"}, "federated"),
			"AWS": w.some(worldNames, "AWS")}
	}
	return object{"AWS": w.some(worldNames, "AWS")}
}

// some is one string or a list of up to four.
func (w world) some(from []string, what string) any {
	values := rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, 4, rapid.ID).Draw(w.t, what)
	if len(values) == 1 && w.chance(60, "alone") {
		return values[0]
	}
	return values
}

func (w world) conditions() object {
	out := object{}
	for range rapid.IntRange(1, 2).Draw(w.t, "conditions") {
		k := pick(w, worldKeys, "key")
		operator, want := w.operator(k)
		out[operator] = object{w.spell(k.key): want}
	}
	return out
}

func (w world) operator(k worldKey) (string, any) {
	families := strings.Fields(k.families)
	family := pick(w, families, "family")
	if family == "Null" || w.chance(8, "null") {
		return "Null", pick(w, []any{"true", "false", true, []any{"false", "true"}}, "null")
	}
	if family == "String" || w.chance(90, "fitting") {
		operator := pick(w, worldOperators[family], "operator")
		if w.chance(25, "IfExists") {
			operator += "IfExists"
		}
		set := 15
		if k.key == "aws:TagKeys" {
			set = 90
		}
		if w.chance(set, "set") {
			operator = pick(w, []string{"ForAllValues:", "ForAnyValue:"}, "quantifier") + operator
		}
		return operator, w.some(k.want, "want")
	}
	return pick(w, worldOperators["String"], "operator"), w.some(k.want, "want")
}

// The engine and the plain interpreter agree on all questions: on the decision, on all denying statements, and on the missing layers.
func TestEngineAgreesWithOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { agree(t, world{t}.question()) })
}

// The plain interpreter is held to AWS's examples too, so that the two cannot agree on an error.
func TestOracleAnswersDocumentedExamples(t *testing.T) {
	for _, e := range examples(t, "documented.jsonl") {
		want := strings.Fields(e.Want)
		decision, reasons := ask(e.Question)
		if decision == "allow" {
			reasons = want[1:]
		}
		sort.Strings(want[1:])
		if decision != want[0] || !slices.Equal(reasons, want[1:]) {
			t.Errorf("%s %v, want %s: %s", decision, reasons, e.Want, e.Question)
		}
	}
}

type failer interface {
	Fatalf(string, ...any)
}

func agree(t failer, q object) {
	b, err := json.Marshal(q)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var r cases.Reader
	a, ok := r.Answer(b)
	if !ok {
		t.Fatalf("%s\n%s", a.Error, b)
	}
	decision, want := ask(b)
	got := []string{}
	for _, r := range a.DecidedBy {
		if a.Decision != "allow" {
			got = append(got, strings.TrimPrefix(summary(cases.Answer{DecidedBy: []cases.Reason{r}}), " "))
		}
	}
	sort.Strings(got)
	if a.Decision != decision || !reflect.DeepEqual(got, want) {
		t.Fatalf("engine %s %v\noracle %s %v\n%s", a.Decision, got, decision, want, b)
	}
}
