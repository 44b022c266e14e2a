package policy

import "strings"

// Comparison is what an operator does with one value.
type Comparison uint8

// The comparisons, without negation.
const (
	StringEquals Comparison = iota + 1
	StringEqualsIgnoreCase
	StringLike
	NumericEquals
	NumericLessThan
	NumericLessThanEquals
	NumericGreaterThan
	NumericGreaterThanEquals
	DateEquals
	DateLessThan
	DateLessThanEquals
	DateGreaterThan
	DateGreaterThanEquals
	Bool
	BinaryEquals
	IPAddress
	ARNLike
	Null
)

// Quantifier says how an operator treats a set of values.
type Quantifier uint8

// The quantifiers. One is an operator without prefix: it wants a key with a single value.
const (
	One Quantifier = iota
	ForAllValues
	ForAnyValue
)

// Operator is a condition operator.
type Operator struct {
	Name       string // as written
	Comparison Comparison
	Negated    bool
	IfExists   bool
	Quantifier Quantifier
}

// ParseOperator reads the name of a condition operator, without regard to case. AWS documentation: "IAM JSON policy elements:
// Condition operators".
func ParseOperator(name string) (Operator, bool) {
	op := Operator{Name: name}
	rest := name
	if set, after, ok := strings.Cut(name, ":"); ok {
		switch {
		case strings.EqualFold(set, "ForAllValues"):
			op.Quantifier = ForAllValues
		case strings.EqualFold(set, "ForAnyValue"):
			op.Quantifier = ForAnyValue
		default:
			return Operator{}, false
		}
		rest = after
	}
	if n := len(rest) - len("IfExists"); n > 0 && strings.EqualFold(rest[n:], "IfExists") {
		op.IfExists, rest = true, rest[:n]
	}
	op.Comparison, op.Negated = comparison(strings.ToLower(rest))
	if op.Comparison == 0 || op.Comparison == Null && op.IfExists {
		return Operator{}, false
	}
	return op, true
}

func comparison(lower string) (c Comparison, negated bool) {
	switch lower {
	case "stringequals":
		return StringEquals, false
	case "stringnotequals":
		return StringEquals, true
	case "stringequalsignorecase":
		return StringEqualsIgnoreCase, false
	case "stringnotequalsignorecase":
		return StringEqualsIgnoreCase, true
	case "stringlike":
		return StringLike, false
	case "stringnotlike":
		return StringLike, true
	case "numericequals":
		return NumericEquals, false
	case "numericnotequals":
		return NumericEquals, true
	case "numericlessthan":
		return NumericLessThan, false
	case "numericlessthanequals":
		return NumericLessThanEquals, false
	case "numericgreaterthan":
		return NumericGreaterThan, false
	case "numericgreaterthanequals":
		return NumericGreaterThanEquals, false
	case "dateequals":
		return DateEquals, false
	case "datenotequals":
		return DateEquals, true
	case "datelessthan":
		return DateLessThan, false
	case "datelessthanequals":
		return DateLessThanEquals, false
	case "dategreaterthan":
		return DateGreaterThan, false
	case "dategreaterthanequals":
		return DateGreaterThanEquals, false
	case "bool":
		return Bool, false
	case "binaryequals":
		return BinaryEquals, false
	case "ipaddress":
		return IPAddress, false
	case "notipaddress":
		return IPAddress, true
	case "arnequals", "arnlike":
		return ARNLike, false
	case "arnnotequals", "arnnotlike":
		return ARNLike, true
	case "null":
		return Null, false
	}
	return 0, false
}

// variables says whether values of the comparison may hold policy variables. AWS documentation: "IAM policy elements: Variables
// and tags", where you can use policy variables.
func (c Comparison) variables() bool {
	switch c {
	case StringEquals, StringEqualsIgnoreCase, StringLike, ARNLike, Bool:
		return true
	}
	return false
}
