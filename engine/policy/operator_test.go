package policy_test

import (
	"encoding/json"
	"testing"
	"time"

	"vauban/engine/policy"
)

// holds says whether {operator: {"k:key": wanted}} holds for the request's values: none, one, or a set.
func holds(t *testing.T, operator, wanted string, set func(*policy.Context)) bool {
	t.Helper()
	n := named(t, "p", `"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"`+operator+`":{"k:key":`+wanted+`}}`)
	req := &policy.Request{Principal: alice, Action: "a:b", Resource: "*"}
	if set != nil {
		set(&req.Context)
	}
	got := policy.Evaluate(req, &policy.Policies{Identity: []policy.Named{n}}).Effect == policy.Allow
	if explained := policy.Explain(req, &policy.Policies{Identity: []policy.Named{n}}).Layers[0].Policies[0].Statements[0].Matches; explained != got {
		t.Errorf("%s %s: Explain says %v, Evaluate %v", operator, wanted, explained, got)
	}
	return got
}

func one(v string) func(*policy.Context) {
	return func(c *policy.Context) { c.Set("k:key", v) }
}

func many(v ...string) func(*policy.Context) {
	return func(c *policy.Context) { c.SetMulti("K:KEY", v) }
}

// One subtest for each operator of the documentation's tables: values that are the same, values that are not, and no value; with
// and without IfExists.
func TestOperators(t *testing.T) {
	type row struct {
		operator, wanted string
		yes, no          []string
	}
	negated := func(r row, operator string) row {
		return row{operator: operator, wanted: r.wanted, yes: r.no, no: r.yes}
	}
	equals := row{"StringEquals", `["a","b*"]`, []string{"a", "b*"}, []string{"A", "bc", "", "ab"}}
	fold := row{"StringEqualsIgnoreCase", `"aÉ"`, []string{"aÉ", "Aé"}, []string{"a", "aÉx"}}
	like := row{"StringLike", `["a*c","?"]`, []string{"ac", "abc", "abbc", "é"}, []string{"Ac", "", "ab"}}
	number := row{"NumericEquals", `["10",-0.50]`, []string{"10", "10.0", "010", "+10", "-.5", "-0.5"}, []string{"1", "100", "0.5", "ten", "", "1e1"}}
	date := row{"DateEquals", `"2026-03-01T12:00:00Z"`,
		[]string{"2026-03-01T12:00Z", "2026-03-01T12:00:00.000Z", "2026-03-01T13:30:00+01:30", "2026-03-01T11:00:00-0100", "1772366400", "1772366400.0"},
		[]string{"2026-03-01", "2026-03-01T12:00:01Z", "1772366401", "yesterday", "2026-13-01", "2026-02-30", "2026-03-01T12", "2026-03-01x12:00Z", "2026-03-01T12:00:00.Z", "2026-03-01T12:00:61Z",
			"2026-03-01T24:00Z", "2026-03-01T12:60Z", "2026-03-01T12:00X", "2026-03-01T12:00+25:00", "2026-03-01T12:00+01:99", "2026-03-01T12:00+01:000", "2026-03", "2026", "2026/3", "-99999999999999999999", "1772366400.x", "1772366400.", "12x4", "2026-0x"}}
	ip := row{"IpAddress", `["10.0.0.0/8","192.168.1.7","2001:db8::/32"]`,
		[]string{"10.255.0.1", "192.168.1.7", "2001:DB8:1::5", "::ffff:10.0.0.1"}, []string{"11.0.0.1", "192.168.1.8", "2001:db9::1", "::1", "x", "10.0.0.0/8"}}
	arn := row{"ArnLike", `["arn:aws:sns:*:111122223333:fin?nce/*","arn:aws:iam::1:role/R"]`,
		[]string{"arn:aws:sns:us-east-2:111122223333:finance/doc:1", "arn:aws:iam::1:role/R"},
		[]string{"arn:aws:sns:us-east-2:999999999999:store/abc:111122223333:finance/document.txt", "arn:aws:iam::1:role/r", "role/R", "*", ""}}
	rows := []row{
		equals, negated(equals, "StringNotEquals"),
		fold, negated(fold, "StringNotEqualsIgnoreCase"),
		like, negated(like, "StringNotLike"),
		number, negated(number, "NumericNotEquals"),
		{"NumericLessThan", `"5.5"`, []string{"5.49", "-7", "5"}, []string{"5.5", "5.51", "60", "x"}},
		{"NumericLessThanEquals", `"5.5"`, []string{"5.49", "5.50", "-60"}, []string{"5.51", "60"}},
		{"NumericGreaterThan", `-3`, []string{"-2.9", "0", "10"}, []string{"-3", "-3.0", "-10", "x"}},
		{"NumericGreaterThanEquals", `-3`, []string{"-3.0", "0"}, []string{"-3.01", "-10"}},
		date, negated(date, "DateNotEquals"),
		{"DateLessThan", `"2026-03-01"`, []string{"2026-02-28T23:59:59Z", "0", "2025", "2026-02"}, []string{"2026-03-01", "2026-03-01T00:00:00Z", "x"}},
		{"DateLessThanEquals", `"2026-03-01"`, []string{"2026-02-28", "2026-03-01T01:00:00+01:00"}, []string{"2026-03-01T00:00:01Z"}},
		{"DateGreaterThan", `1772366400`, []string{"2026-03-01T12:00:00.5Z", "1772366401"}, []string{"1772366400", "2026-03-01"}},
		{"DateGreaterThanEquals", `1772366400`, []string{"1772366400", "2026-03-02"}, []string{"1772366399"}},
		{"Bool", `"true"`, []string{"true", "TRUE", "True"}, []string{"false", "yes", ""}},
		{"Bool", `false`, []string{"false"}, []string{"true", "0"}},
		{"BinaryEquals", `"AP8="`, []string{"\x00\xff", "AP8="}, []string{"AP7=", "\x00", ""}},
		ip, negated(ip, "NotIpAddress"),
		arn, negated(arn, "ArnNotLike"), {"ArnEquals", arn.wanted, arn.yes, arn.no}, negated(arn, "ArnNotEquals"),
		{"ArnLike", `"*"`, []string{"arn:aws:iam::1:role/R"}, []string{"x"}},
	}
	for _, r := range rows {
		t.Run(r.operator, func(t *testing.T) {
			negative := operator(t, r.operator).Negated
			for _, suffix := range []string{"", "IfExists"} {
				for _, v := range r.yes {
					if !holds(t, r.operator+suffix, r.wanted, one(v)) {
						t.Errorf("%s %s does not hold for %q", r.operator+suffix, r.wanted, v)
					}
				}
				for _, v := range r.no {
					if holds(t, r.operator+suffix, r.wanted, one(v)) {
						t.Errorf("%s %s holds for %q", r.operator+suffix, r.wanted, v)
					}
				}
				if got := holds(t, r.operator+suffix, r.wanted, nil); got != (negative || suffix != "") {
					t.Errorf("%s without the key: %v", r.operator+suffix, got)
				}
				// A set never matches an operator without a quantifier; an empty one is no value at all.
				for _, v := range append(r.yes[:1:1], r.no[0]) {
					if holds(t, r.operator+suffix, r.wanted, many(v)) {
						t.Errorf("%s holds for the set of %q", r.operator+suffix, v)
					}
				}
				if got := holds(t, r.operator+suffix, r.wanted, many()); got != (negative || suffix != "") {
					t.Errorf("%s with the empty set: %v", r.operator+suffix, got)
				}
				quantified(t, r.operator+suffix, r.wanted, r.yes, r.no)
			}
		})
	}
}

// quantified checks ForAllValues and ForAnyValue of the same operator.
func quantified(t *testing.T, operator, wanted string, yes, no []string) {
	t.Helper()
	for _, c := range []struct {
		quantifier string
		set        func(*policy.Context)
		want       bool
	}{
		{"ForAllValues", many(yes...), true}, {"ForAnyValue", many(yes...), true},
		{"ForAllValues", many(no...), false}, {"ForAnyValue", many(no...), false},
		{"ForAllValues", many(append(yes[:1:1], no[0])...), false}, {"ForAnyValue", many(append(no[:1:1], yes[0])...), true},
		{"ForAllValues", nil, true}, {"ForAnyValue", nil, false},
		{"ForAllValues", many(), true}, {"ForAnyValue", many(), false},
		{"ForAllValues", one(yes[0]), true}, {"ForAnyValue", one(yes[0]), true},
		{"ForAllValues", one(no[0]), no[0] == ""}, {"ForAnyValue", one(no[0]), false},
	} {
		if got := holds(t, c.quantifier+":"+operator, wanted, c.set); got != c.want {
			t.Errorf("%s:%s %s: %v, want %v", c.quantifier, operator, wanted, got, c.want)
		}
	}
}

// An empty string is a null data set to ForAllValues.
func TestForAllValuesOfNothing(t *testing.T) {
	for _, set := range []func(*policy.Context){one(""), many(""), many(), nil} {
		if !holds(t, "ForAllValues:StringEquals", `"a"`, set) {
			t.Error("an empty value fails")
		}
	}
	if holds(t, "ForAllValues:StringEquals", `"a"`, many("a", "")) {
		t.Error("an empty value among others passes")
	}
}

func TestNull(t *testing.T) {
	for _, c := range []struct {
		wanted string
		set    func(*policy.Context)
		want   bool
	}{
		{`"true"`, nil, true}, {`true`, nil, true}, {`"false"`, nil, false}, {`"TRUE"`, many(), true},
		{`"true"`, one(""), false}, {`"false"`, one(""), true}, {`"false"`, many("a", "b"), true}, {`"maybe"`, nil, false}, {`["true","false"]`, one("x"), true},
	} {
		if got := holds(t, "Null", c.wanted, c.set); got != c.want {
			t.Errorf("Null %s: %v", c.wanted, got)
		}
	}
}

// A value that cannot be read matches nothing, and a negated operator with one never holds for a key that is present.
func TestUnreadableValues(t *testing.T) {
	for operator, wanted := range map[string]string{
		"NumericEquals": `"x"`, "NumericNotEquals": `["1","x"]`, "DateEquals": `"x"`, "DateNotEquals": `"x"`, "IpAddress": `"10.0.0.0/33"`,
		"NotIpAddress": `"x"`, "Bool": `"x"`, "BinaryEquals": `"!"`, "ArnLike": `"role"`, "ArnNotLike": `"arn:aws"`,
	} {
		for _, v := range []string{"x", "2", "10.0.0.1", "arn:aws:iam::1:role/R"} {
			if holds(t, operator, wanted, one(v)) {
				t.Errorf("%s %s holds for %q", operator, wanted, v)
			}
		}
	}
}

// Operators and keys are all needed; of the values one is enough, or none for negated operators.
func TestConditionBlock(t *testing.T) {
	n := named(t, "p", `"Effect":"Allow","Action":"a:b","Resource":"*",
		"Condition":{"StringEquals":{"k:a":["1","2"],"k:b":"3"},"StringNotEquals":{"k:c":["4","5"]}}`)
	for _, c := range []struct {
		a, b, c string
		want    policy.Effect
	}{
		{"1", "3", "6", policy.Allow}, {"2", "3", "6", policy.Allow}, {"3", "3", "6", policy.ImplicitDeny},
		{"1", "4", "6", policy.ImplicitDeny}, {"1", "3", "4", policy.ImplicitDeny}, {"1", "3", "5", policy.ImplicitDeny},
	} {
		req := &policy.Request{Principal: alice, Action: "a:b", Resource: "*"}
		req.Context.Set("K:A", c.a)
		req.Context.Set("k:B", c.b)
		req.Context.SetFunc("k:c", func() (string, bool) { return c.c, true })
		if got := policy.Evaluate(req, &policy.Policies{Identity: []policy.Named{n}}).Effect; got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestTimeComesFromTheRequest(t *testing.T) {
	n := named(t, "p", `"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{
		"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"NumericGreaterThan":{"aws:EpochTime":"1767225600"}}`)
	for _, c := range []struct {
		now  time.Time
		want policy.Effect
	}{
		{time.Date(2026, 1, 1, 0, 0, 1, 0, time.UTC), policy.Allow},
		{time.Date(2025, 12, 31, 23, 59, 59, 0, time.UTC), policy.ImplicitDeny},
		{time.Time{}, policy.ImplicitDeny},
	} {
		req := &policy.Request{Principal: alice, Action: "a:b", Resource: "*", Now: c.now}
		if got := policy.Evaluate(req, &policy.Policies{Identity: []policy.Named{n}}).Effect; got != c.want {
			t.Errorf("at %v: %v", c.now, got)
		}
	}
}

func TestParseOperator(t *testing.T) {
	want := policy.Operator{Name: "forANYvalue:StringNotLikeIFEXISTS", Comparison: policy.StringLike, Negated: true, IfExists: true, Quantifier: policy.ForAnyValue}
	if got := operator(t, want.Name); got != want {
		t.Errorf("got %+v", got)
	}
	for _, name := range []string{"", "IfExists", "Equals", "ForSomeValues:StringEquals", "ForAnyValue:", "ForAnyValue::StringEquals", "StringEqualsIfExistsIfExists", "NullIfExists"} {
		if op, ok := policy.ParseOperator(name); ok {
			t.Errorf("%q is taken for %+v", name, op)
		}
	}
}

func TestContext(t *testing.T) {
	var c policy.Context
	c.Set("aws:PrincipalTag/Team", "blue")
	c.Set("AWS:principaltag/team", "green")
	c.SetMulti("aws:TagKeys", []string{"a"})
	c.SetMultiFunc("k:set", func() []string { return []string{"x", "y"} })
	c.SetFunc("k:absent", func() (string, bool) { return "", false })
	clone := c.Clone()
	clone.Set("aws:PrincipalTag/Team", "red")
	clone.Delete("AWS:TAGKEYS")
	show := func(c *policy.Context, key string) string {
		values, multi, ok := c.Get(key)
		text, err := json.Marshal([]any{values, multi, ok})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, x := range []struct {
		c         *policy.Context
		key, want string
	}{
		{&c, "aws:principalTag/TEAM", `[["green"],false,true]`}, {&c, "aws:tagkeys", `[["a"],true,true]`}, {&c, "K:SET", `[["x","y"],true,true]`},
		{&c, "k:absent", `[null,false,false]`}, {&c, "nothing", `[null,false,false]`},
		{&clone, "aws:PrincipalTag/Team", `[["red"],false,true]`}, {&clone, "aws:TagKeys", `[null,false,false]`},
	} {
		if got := show(x.c, x.key); got != x.want {
			t.Errorf("%s: %s, want %s", x.key, got, x.want)
		}
	}
	if got := len(c.Keys()); got != 4 {
		t.Errorf("%d keys: %q", got, c.Keys())
	}
}
