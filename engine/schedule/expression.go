package schedule

import (
	"strconv"
	"strings"
	"time"
)

// Dialect is whose expressions are read.
type Dialect uint8

// Rules knows rate and cron and insists on "1 minute" and "2 minutes". Scheduler knows at(...) too and takes either form of a unit.
const (
	Rules Dialect = iota
	Scheduler
)

// MaxLength is the longest expression that either service takes.
const MaxLength = 256

// Expression is a schedule. It is immutable.
type Expression struct {
	cron  *cron
	every time.Duration // rate
	once  wall          // at
}

// Fault is an expression that AWS would refuse, in the words of the service.
type Fault struct{ Message string }

func (f *Fault) Error() string { return f.Message }

func (d Dialect) fault(text string) error {
	if d == Scheduler {
		return &Fault{"Invalid Schedule Expression " + text + "."}
	}
	return &Fault{"Parameter ScheduleExpression is not valid."}
}

// Parse reads an expression. Its error is a *[Fault].
func Parse(text string, d Dialect) (*Expression, error) {
	kind, rest, _ := strings.Cut(text, "(")
	inside, closed := strings.CutSuffix(rest, ")")
	if !closed || len(text) > MaxLength {
		return nil, d.fault(text)
	}
	var e *Expression
	switch {
	case kind == "rate":
		e = parseRate(inside, d)
	case kind == "cron":
		if c := parseCron(inside); c != nil {
			e = &Expression{cron: c}
		}
	case kind == "at" && d == Scheduler:
		e = parseAt(inside)
	}
	if e == nil {
		return nil, d.fault(text)
	}
	return e, nil
}

// Rate returns the time between two occurrences of a rate(...); 0 for others.
func (e *Expression) Rate() time.Duration { return e.every }

// Once says that the expression is an at(...).
func (e *Expression) Once() bool { return e.cron == nil && e.every == 0 }

// parseRate reads "5 minutes". A day is 24 hours, whatever the clocks of a zone do.
func parseRate(text string, d Dialect) *Expression {
	number, unit, _ := strings.Cut(text, " ")
	if number == "" || strings.Trim(number, "0123456789") != "" {
		return nil
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 {
		return nil
	}
	singular, plural := strings.CutSuffix(unit, "s")
	if d == Rules && plural == (n == 1) {
		return nil
	}
	each := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[singular]
	if each == 0 || n > int64((1<<63-1)/each) {
		return nil
	}
	return &Expression{every: time.Duration(n) * each}
}

const atLayout = "2006-01-02T15:04:05"

func parseAt(text string) *Expression {
	t, err := time.Parse(atLayout, text)
	if err != nil || len(text) != len(atLayout) || t.Year() < firstYear || t.Year() > lastYear {
		return nil
	}
	return &Expression{once: wallOf(t)}
}
