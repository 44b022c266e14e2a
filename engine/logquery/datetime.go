package logquery

import (
	"strconv"
	"strings"
	"time"
)

// interval is a period of time: so many of a unit.
type interval struct {
	n    int64
	ms   int64 // of the unit; 0 for months
	unit int   // months
}

var units = map[string]interval{
	"ms": {ms: 1}, "msec": {ms: 1}, "s": {ms: 1e3}, "sec": {ms: 1e3}, "m": {ms: 6e4}, "min": {ms: 6e4}, "h": {ms: 36e5}, "hr": {ms: 36e5}, "d": {ms: 864e5}, "day": {ms: 864e5},
	"w": {ms: 7 * 864e5}, "week": {ms: 7 * 864e5}, "mo": {unit: 1}, "mon": {unit: 1}, "q": {unit: 3}, "qtr": {unit: 3}, "y": {unit: 12}, "yr": {unit: 12},
}

// interval parses the period at the token, such as 5m.
func (p *parser) interval() (*interval, error) {
	t := p.tok
	i := strings.IndexFunc(t.value, func(r rune) bool { return r < '0' || r > '9' })
	if t.kind != period || i <= 0 {
		return nil, p.fail("a period such as 5m is expected here, not %q", t.value)
	}
	n, err := strconv.ParseInt(t.value[:i], 10, 32)
	unit := strings.ToLower(t.value[i:])
	v, ok := units[unit]
	if !ok && strings.HasSuffix(unit, "s") {
		v, ok = units[strings.TrimSuffix(unit, "s")] // mins, hrs, days
	}
	if err != nil || n < 1 || !ok {
		return nil, p.fail("%q is not a period such as 5m", t.value)
	}
	v.n = n
	return &v, p.next()
}

// floor is the beginning of the interval that the time is in.
func (v *interval) floor(t int64) int64 {
	if v.unit == 0 {
		size, shift := v.n*v.ms, int64(0)
		if v.ms == 7*864e5 {
			shift = 3 * 864e5 // weeks begin on Monday; the epoch was a Thursday
		}
		r := (t + shift) % size
		if r < 0 {
			r += size
		}
		return t - r
	}
	y, m, _ := time.UnixMilli(t).UTC().Date()
	size := int64(v.unit) * v.n
	months := int64(y)*12 + int64(m) - 1
	months -= months % size
	return time.Date(int(months/12), time.Month(months%12)+1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
}

// ceil is the beginning of the next interval, unless the time is one.
func (v *interval) ceil(t int64) int64 {
	f := v.floor(t)
	switch {
	case f == t:
		return t
	case v.unit == 0:
		return f + v.n*v.ms
	}
	return time.UnixMilli(f).UTC().AddDate(0, v.unit*int(v.n), 0).UnixMilli()
}

// bin groups by time.
type bin struct{ every *interval }

func (b *bin) eval(s *scope) value {
	t, ok := s.row.get("@timestamp").(moment)
	if !ok {
		return nil
	}
	return moment(b.every.floor(int64(t)))
}

// bin parses what is behind bin(.
func (p *parser) bin() (expr, error) {
	every, err := p.interval()
	if err != nil {
		return nil, err
	}
	return &bin{every}, p.expect(")")
}

// timed parses a time and a period, up to the closing parenthesis.
func (p *parser) timed() ([]expr, error) {
	x, err := p.expr()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	every, err := p.interval()
	if err != nil {
		return nil, err
	}
	return []expr{x, &constant{every}}, p.expect(")")
}

func rounded(up bool) func(*scope, []expr) value {
	return func(s *scope, args []expr) value {
		n, ok := numberOf(args[0].eval(s))
		if !ok || n < -1e15 || n > 1e15 {
			return nil
		}
		every := args[1].(*constant).v.(*interval)
		if up {
			return moment(every.ceil(int64(n)))
		}
		return moment(every.floor(int64(n)))
	}
}
