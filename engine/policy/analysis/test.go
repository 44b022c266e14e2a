package analysis

import (
	"fmt"
	"strings"

	"vauban/engine/policy"
)

// test is one condition: a key, an operator and values. Equal conditions of several statements are one test.
type test struct {
	cond      policy.Condition
	key       string // in lower case
	id        string // of what it compares, whatever its sign
	whole     *policy.Document
	single    *policy.Document // without set operator and IfExists: how one value fares
	variables bool             // the values may hold variables
	open      bool             // they do
	asks      []string         // the keys of these variables
	rules     []int
}

// test finds or makes the test of a condition.
func (p *problem) test(c *policy.Condition, variables bool) (int, error) {
	t := test{cond: *c, key: strings.ToLower(c.Key), variables: variables && takesVariables(c.Operator.Comparison)}
	for _, v := range c.Values {
		if tpl := parseTemplate(v.Text, wildcards); t.variables && strings.Contains(v.Text, "${") {
			for _, x := range tpl.variables() {
				t.open = true
				t.asks = append(t.asks, x.key)
			}
		}
	}
	op := c.Operator
	t.id = fmt.Sprintf("%d %s %q", op.Comparison, t.key, texts(c.Values))
	id := fmt.Sprintf("%s %v %v %d %v", t.id, op.Negated, op.IfExists, op.Quantifier, t.variables && strings.Contains(t.id, "${"))
	if i, ok := p.testIDs[id]; ok {
		return i, nil
	}
	version := policy.Version2008
	if variables {
		version = policy.Version2012
	}
	var err error
	if t.whole, err = conditionProbe(version, c.Operator.Name, c); err != nil {
		return 0, err
	}
	if t.single, err = conditionProbe(version, bare(op.Name), c); err != nil {
		return 0, err
	}
	p.testIDs[id] = len(p.tests)
	p.tests = append(p.tests, t)
	return len(p.tests) - 1, nil
}

// conditionProbe is an identity policy that allows all if the condition holds.
func conditionProbe(version, operator string, c *policy.Condition) (*policy.Document, error) {
	return document(version, statement{Effect: "Allow", Action: "*", Resource: "*",
		Condition: map[string]map[string][]string{operator: {c.Key: append([]string{}, texts(c.Values)...)}}})
}

// bare is the name of an operator without set operator and IfExists.
func bare(name string) string {
	if _, after, ok := strings.Cut(name, ":"); ok {
		name = after
	}
	if n := len(name) - len("IfExists"); n > 0 && strings.EqualFold(name[n:], "IfExists") {
		name = name[:n]
	}
	return name
}

// takesVariables: AWS documentation: "IAM policy elements: Variables and tags", where you can use policy variables.
func takesVariables(c policy.Comparison) bool {
	switch c {
	case policy.StringEquals, policy.StringEqualsIgnoreCase, policy.StringLike, policy.ARNLike, policy.Bool:
		return true
	}
	return false
}

// fact is what a condition key holds in a request; no values means that it is absent.
type fact struct {
	key    string
	values []string
	multi  bool
}

func (f *fact) put(c *policy.Context) {
	switch {
	case f.multi:
		c.SetMulti(f.key, f.values)
	case len(f.values) > 0:
		c.Set(f.key, f.values[0])
	}
}

// holds asks the concrete engine whether a condition probe holds for facts.
func holds(probe *policy.Document, facts ...[]fact) bool {
	req := policy.Request{Principal: asker(), Action: "service:Action", Resource: "arn:aws:service:::resource"}
	for _, list := range facts {
		for i := range list {
			list[i].put(&req.Context)
		}
	}
	return judge{kind: Identity}.decide(probe, &req) == policy.Allow
}

// asker is somebody of whom nothing special holds.
func asker() policy.Principal {
	return policy.Principal{Kind: policy.RoleSession, Account: "111111111111", ARN: "arn:aws:sts::111111111111:assumed-role/r/s", Role: "arn:aws:iam::111111111111:role/r"}
}
