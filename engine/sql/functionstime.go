package sql

import (
	"math"
	"strings"
	"time"
)

func timeParts() map[string]func(time.Time) int64 {
	return map[string]func(time.Time) int64{
		"year": func(t time.Time) int64 { return int64(t.Year()) }, "quarter": func(t time.Time) int64 { return int64(t.Month()+2) / 3 },
		"month": func(t time.Time) int64 { return int64(t.Month()) }, "day": func(t time.Time) int64 { return int64(t.Day()) },
		"hour": func(t time.Time) int64 { return int64(t.Hour()) }, "minute": func(t time.Time) int64 { return int64(t.Minute()) },
		"second": func(t time.Time) int64 { return int64(t.Second()) }, "day_of_year": func(t time.Time) int64 { return int64(t.YearDay()) },
		"day_of_week": func(t time.Time) int64 { return int64(t.Weekday()+6)%7 + 1 },
		"week":        func(t time.Time) int64 { _, w := t.ISOWeek(); return int64(w) },
	}
}

func badUnit(at pos, unit string) error {
	return at.errorf("'%s' is not a valid Timestamp field", unit)
}

func dateTrunc(at pos, a []any) (any, error) {
	t := a[1].(time.Time)
	y, m, d := t.Date()
	switch unit := strings.ToLower(a[0].(string)); unit {
	case "second":
		return t.Truncate(time.Second), nil
	case "minute":
		return t.Truncate(time.Minute), nil
	case "hour":
		return t.Truncate(time.Hour), nil
	case "day":
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), nil
	case "week": // begins on Monday
		return time.Date(y, m, d-int(t.Weekday()+6)%7, 0, 0, 0, 0, time.UTC), nil
	case "month":
		return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC), nil
	case "quarter":
		return time.Date(y, (m-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC), nil
	case "year":
		return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC), nil
	default:
		return nil, badUnit(at, unit)
	}
}

// unitOf is a unit in microseconds, or in months.
func unitOf(at pos, unit string) (micros, months int64, err error) {
	switch strings.ToLower(unit) {
	case "millisecond":
		return 1000, 0, nil
	case "second":
		return second, 0, nil
	case "minute":
		return minute, 0, nil
	case "hour":
		return hour, 0, nil
	case "day":
		return day, 0, nil
	case "week":
		return 7 * day, 0, nil
	case "month":
		return 0, 1, nil
	case "quarter":
		return 0, 3, nil
	case "year":
		return 0, 12, nil
	}
	return 0, 0, badUnit(at, unit)
}

// dateDiff counts whole units.
func dateDiff(at pos, a []any) (any, error) {
	micros, months, err := unitOf(at, a[0].(string))
	if err != nil {
		return nil, err
	}
	from, to := a[1].(time.Time), a[2].(time.Time)
	if months == 0 {
		return (to.UnixMicro() - from.UnixMicro()) / micros, nil
	}
	sign := int64(1)
	if to.Before(from) {
		from, to, sign = to, from, -1
	}
	n := int64(to.Year()-from.Year())*12 + int64(to.Month()-from.Month())
	if addPeriod(from, period{months: n}).After(to) {
		n--
	}
	return sign * (n / months), nil
}

// mostShift bounds what is added to times: beyond it they are no times any more.
const mostShift = 1 << 40

func dateAdd(at pos, a []any) (any, error) {
	micros, months, err := unitOf(at, a[0].(string))
	if err != nil {
		return nil, err
	}
	n := a[1].(int64)
	if n > mostShift/max(micros/1000, 1) || n < -mostShift/max(micros/1000, 1) || months > 0 && (n > 100_000 || n < -100_000) {
		return nil, at.errorf("the time is out of range")
	}
	return addPeriod(a[2].(time.Time), period{months * n, micros * n}), nil
}

func fromISO(at pos, a []any) (any, error) {
	t, err := parseTime(a[0].(string))
	if err != nil {
		return nil, at.errorf("%s", err)
	}
	return t, nil
}

func fromUnix(at pos, a []any) (any, error) {
	f := toFloat(a[0])
	if math.IsNaN(f) || math.Abs(f) > 1e11 {
		return nil, at.errorf("the time is out of range")
	}
	return time.UnixMicro(int64(f * 1e6)).UTC(), nil
}

// dateFormat writes a time in MySQL's way.
func dateFormat(at pos, a []any) (any, error) {
	t, format := a[0].(time.Time), a[1].(string)
	layouts := map[byte]string{
		'Y': "2006", 'y': "06", 'm': "01", 'c': "1", 'd': "02", 'e': "2", 'H': "15", 'k': "15", 'h': "03", 'I': "03", 'l': "3", 'i': "04", 's': "05", 'S': "05",
		'f': "000000", 'p': "PM", 'M': "January", 'b': "Jan", 'W': "Monday", 'a': "Mon", 'T': "15:04:05", 'r': "03:04:05 PM", 'j': "002",
	}
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		switch layout, ok := layouts[format[i]]; {
		case format[i] == 'f':
			b.WriteString(t.Format(".000000")[1:])
		case ok:
			b.WriteString(t.Format(layout))
		case format[i] == '%':
			b.WriteByte('%')
		default:
			return nil, at.errorf("the format %%%c is not supported", format[i])
		}
	}
	return b.String(), nil
}

// Numbers.

func absolute(at pos, a []any) (any, error) {
	switch x := a[0].(type) {
	case int64:
		if x == math.MinInt64 {
			return nil, at.errorf("Value %d is out of range for abs(bigint)", x)
		}
		return max(x, -x), nil
	case float64:
		return math.Abs(x), nil
	}
	return nil, nil
}

func floor(_ pos, a []any) (any, error) { return rounded(a[0], math.Floor), nil }

func ceil(_ pos, a []any) (any, error) { return rounded(a[0], math.Ceil), nil }

func rounded(v any, how func(float64) float64) any {
	if f, ok := v.(float64); ok {
		return how(f)
	}
	return v
}

func round(_ pos, a []any) (any, error) {
	f, ok := a[0].(float64)
	if !ok {
		return a[0], nil
	}
	scale := 1.0
	if len(a) > 1 {
		scale = math.Pow(10, float64(a[1].(int64)))
	}
	if r := math.Round(f*scale) / scale; !math.IsNaN(r) && !math.IsInf(r, 0) {
		return r, nil
	}
	return f, nil
}
