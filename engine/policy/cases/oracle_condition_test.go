package cases_test

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// conditions: all operators, and all keys of each, must hold. AWS documentation: "Conditions with multiple context keys or values".
func (o *oracle) conditions(block any, variables bool) bool {
	operators, _ := block.(object)
	for operator, keys := range operators {
		for key, values := range keys.(object) {
			if !o.condition(operator, strings.ToLower(key), list(values), variables) {
				return false
			}
		}
	}
	return true
}

func (o *oracle) condition(operator, key string, values []any, variables bool) bool {
	seen := o.context[key]
	if operator == "Null" {
		for _, v := range values {
			if strings.EqualFold(text(v), strconv.FormatBool(len(seen) == 0)) {
				return true
			}
		}
		return false
	}
	set, operator, qualified := strings.Cut(operator, ":")
	if !qualified {
		set, operator = "", set
	}
	operator, ifExists := strings.CutSuffix(operator, "IfExists")
	positive := strings.Replace(operator, "Not", "", 1)
	negated := positive != operator
	readable := !slices.ContainsFunc(values, func(v any) bool { return !o.readable(positive, text(v), variables) })
	holds := func(value string) bool { // one value of the request against all of the policy's
		if negated && !readable {
			return false
		}
		for _, v := range values {
			if o.compare(positive, value, text(v), variables) {
				return !negated
			}
		}
		return negated
	}
	switch set {
	case "ForAllValues":
		if len(seen) == 1 && seen[0] == "" {
			return true // "a null dataset, such as an empty string"
		}
		for _, v := range seen {
			if !holds(v) {
				return false
			}
		}
		return true
	case "ForAnyValue":
		for _, v := range seen {
			if holds(v) {
				return true
			}
		}
		return false
	}
	switch {
	case len(seen) == 0: // an empty set is no value, as Null says too
		return negated || ifExists
	case o.multi[key]:
		return false
	}
	return holds(seen[0])
}

// readable: a negated operator with a value that cannot be read holds never.
func (o *oracle) readable(operator, want string, variables bool) bool {
	switch {
	case operator == "ArnEquals" || operator == "ArnLike":
		return want == "*" || strings.Count(want, ":") >= 5 || variables && strings.Contains(want, "${")
	case strings.HasPrefix(operator, "Numeric"):
		_, ok := number(want)
		return ok
	}
	return true
}

// compare applies a positive operator to one value of the request and one of the policy. AWS documentation: "IAM JSON policy elements:
// Condition operators".
func (o *oracle) compare(operator, seen, want string, variables bool) bool {
	switch operator {
	case "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool":
		p := pieces(want)
		if variables {
			var ok bool
			if p, ok = o.substitute(want); !ok {
				return false
			}
		}
		return compareText(operator, seen, p)
	case "BinaryEquals":
		a, errA := base64.StdEncoding.DecodeString(seen)
		b, errB := base64.StdEncoding.DecodeString(want)
		return errA == nil && errB == nil && string(a) == string(b)
	case "IpAddress":
		return within(seen, want)
	}
	if kind, ok := strings.CutPrefix(operator, "Numeric"); ok {
		a, okA := number(seen)
		b, okB := number(want)
		return okA && okB && order(kind, a.Cmp(b))
	}
	if kind, ok := strings.CutPrefix(operator, "Date"); ok {
		a, okA := instant(seen)
		b, okB := instant(want)
		return okA && okB && order(kind, a.Compare(b))
	}
	panic("operator " + operator)
}

func compareText(operator, seen string, p []piece) bool {
	switch operator {
	case "StringLike":
		return glob(p, seen)
	case "ArnEquals", "ArnLike":
		if plain(p) == "*" {
			p = pieces("*:*:*:*:*:*")
		}
		want, have := splitARN(p), splitARN(literal(seen))
		if len(want) != 6 || len(have) != 6 || !strings.HasPrefix(seen, "arn:") {
			return false
		}
		for i := range want {
			if !glob(want[i], plain(have[i])) {
				return false
			}
		}
		return true
	case "StringEquals":
		return plain(p) == seen
	case "StringEqualsIgnoreCase":
		return strings.EqualFold(plain(p), seen)
	}
	want := strings.ToLower(plain(p))
	return (want == "true" || want == "false") && strings.ToLower(seen) == want
}

func plain(p []piece) string {
	var b strings.Builder
	for _, x := range p {
		b.WriteByte(x.wild | x.char) // one of them is 0
	}
	return b.String()
}

func order(kind string, c int) bool {
	switch kind {
	case "Equals":
		return c == 0
	case "LessThan":
		return c < 0
	case "LessThanEquals":
		return c <= 0
	case "GreaterThan":
		return c > 0
	case "GreaterThanEquals":
		return c >= 0
	}
	panic("order " + kind)
}

func number(s string) (*big.Rat, bool) {
	if strings.Trim(s, "0123456789.-") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func instant(s string) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(n, 0), true
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04Z07:00", time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func within(seen, want string) bool {
	a, err := netip.ParseAddr(seen)
	if err != nil {
		return false
	}
	if b, err := netip.ParseAddr(want); err == nil {
		return a == b
	}
	p, err := netip.ParsePrefix(want)
	return err == nil && p.Masked().Contains(a)
}
