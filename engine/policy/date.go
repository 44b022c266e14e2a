package policy

import (
	"strconv"
	"strings"
	"time"
)

// parseInstant reads a date of the W3C profile of ISO 8601 (year, month, day, minutes, seconds, fractions; without offset it is
// UTC) or seconds since 1970. Four digits are a year. AWS documentation: "Date condition operators".
func parseInstant(s string) (time.Time, bool) {
	if s == "" {
		return time.Time{}, false
	}
	if len(s) > 4 && s[4] == '-' {
		return parseDate(s)
	}
	if len(s) == 4 {
		if year, ok := digits(s, 4); ok {
			return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), true
		}
	}
	return parseEpoch(s)
}

func parseEpoch(s string) (time.Time, bool) {
	whole, fraction, point := strings.Cut(s, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	const limit = 1 << 40 // some 35,000 years
	if err != nil || sec > limit || sec < -limit {
		return time.Time{}, false
	}
	ns := 0
	if point {
		var ok bool
		if ns, ok = nanoseconds(fraction); !ok {
			return time.Time{}, false
		}
		if whole[0] == '-' {
			ns = -ns
		}
	}
	return time.Unix(sec, int64(ns)).UTC(), true
}

// nanoseconds reads the digits after the point of a second.
func nanoseconds(s string) (int, bool) {
	if s == "" || len(s) > 18 {
		return 0, false
	}
	ns, scale := 0, 100_000_000
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		ns += int(s[i]-'0') * scale
		scale /= 10
	}
	return ns, true
}

// digits reads n digits from the start of s.
func digits(s string, n int) (int, bool) {
	if len(s) < n {
		return 0, false
	}
	v := 0
	for i := range n {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		v = v*10 + int(s[i]-'0')
	}
	return v, true
}

// parseDate reads YYYY-MM, YYYY-MM-DD and YYYY-MM-DDThh:mm[:ss[.s]][Z|±hh:mm|±hhmm].
func parseDate(s string) (time.Time, bool) {
	year, ok := digits(s, 4)
	month, ok2 := digits(s[5:], 2)
	if !ok || !ok2 || month < 1 || month > 12 {
		return time.Time{}, false
	}
	if len(s) == 7 {
		return time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC), true
	}
	if s[7] != '-' {
		return time.Time{}, false
	}
	day, ok := digits(s[8:], 2)
	if !ok || day < 1 || day > daysIn(year, month) {
		return time.Time{}, false
	}
	t := time.Unix(days(year, month, day)*86_400, 0).UTC()
	s = s[10:]
	if s == "" {
		return t, true
	}
	if s[0] != 'T' && s[0] != 't' && s[0] != ' ' {
		return time.Time{}, false
	}
	d, ok := parseClock(s[1:])
	return t.Add(d), ok
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// days counts from 1970-01-01, in the Gregorian calendar. Years begin in March here, so that a leap day is the last of its year.
func days(year, month, day int) int64 {
	if month <= 2 {
		year, month = year-1, month+12
	}
	return int64(365*year + floor(year, 4) - floor(year, 100) + floor(year, 400) + (153*(month-3)+2)/5 + day - 1 - 719_468)
}

func floor(a, b int) int {
	if a < 0 {
		return (a - b + 1) / b
	}
	return a / b
}

// parseClock reads the time of day with its offset, as the distance from midnight UTC.
func parseClock(s string) (time.Duration, bool) {
	hour, ok := digits(s, 2)
	if !ok || hour > 23 || len(s) < 5 || s[2] != ':' {
		return 0, false
	}
	minute, ok := digits(s[3:], 2)
	if !ok || minute > 59 {
		return 0, false
	}
	d := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
	s = s[5:]
	if strings.HasPrefix(s, ":") {
		second, ok := digits(s[1:], 2)
		if !ok || second > 59 {
			return 0, false
		}
		d += time.Duration(second) * time.Second
		s = s[3:]
		if strings.HasPrefix(s, ".") {
			n := 1
			for n < len(s) && '0' <= s[n] && s[n] <= '9' {
				n++
			}
			ns, ok := nanoseconds(s[1:n])
			if !ok {
				return 0, false
			}
			d += time.Duration(ns)
			s = s[n:]
		}
	}
	offset, ok := parseOffset(s)
	return d - offset, ok
}

func parseOffset(s string) (time.Duration, bool) {
	if s == "" || s == "Z" || s == "z" {
		return 0, true
	}
	sign := time.Duration(1)
	switch s[0] {
	case '+':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	hour, ok := digits(s[1:], 2)
	if !ok || hour > 23 {
		return 0, false
	}
	s = strings.TrimPrefix(s[3:], ":")
	minute, ok := digits(s, 2)
	if !ok || minute > 59 || len(s) != 2 {
		return 0, false
	}
	return sign * (time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute), true
}
