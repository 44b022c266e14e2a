package alarm

// Operator compares a datapoint with the threshold. The last three compare with a band.
type Operator string

// The operators.
const (
	GreaterOrEqual Operator = "GreaterThanOrEqualToThreshold"
	Greater        Operator = "GreaterThanThreshold"
	Less           Operator = "LessThanThreshold"
	LessOrEqual    Operator = "LessThanOrEqualToThreshold"
	OutsideBand    Operator = "LessThanLowerOrGreaterThanUpperThreshold"
	BelowBand      Operator = "LessThanLowerThreshold"
	AboveBand      Operator = "GreaterThanUpperThreshold"
)

// Band reports whether the operator compares with a band.
func (o Operator) Band() bool { return o == OutsideBand || o == BelowBand || o == AboveBand }

// Up reports whether a value breaches by being large, and Down, by being small.
func (o Operator) Up() bool   { return o == GreaterOrEqual || o == Greater }
func (o Operator) Down() bool { return o == Less || o == LessOrEqual }

// Breaches compares. For operators that compare with one threshold, lower and upper are both that.
func (o Operator) Breaches(v, lower, upper float64) bool {
	switch o {
	case GreaterOrEqual:
		return v >= upper
	case Greater, AboveBand:
		return v > upper
	case Less, BelowBand:
		return v < lower
	case LessOrEqual:
		return v <= lower
	}
	return v < lower || v > upper
}

// Words are how the comparison is told in a state's reason, after "was" or "was not".
func (o Operator) Words() string {
	switch o {
	case GreaterOrEqual:
		return "greater than or equal to"
	case Greater, AboveBand:
		return "greater than"
	case LessOrEqual:
		return "less than or equal to"
	}
	return "less than"
}
