package schedule

import "strings"

// cron is the six fields.
type cron struct {
	minutes, hours, months, years set
	days                          days
}

func parseCron(text string) *cron {
	f := strings.Fields(text)
	if len(f) != 6 {
		return nil
	}
	var c cron
	for _, part := range []struct {
		to   *set
		as   *field
		text string
	}{{&c.minutes, &minuteField, f[0]}, {&c.hours, &hourField, f[1]}, {&c.months, &monthField, f[3]}, {&c.years, &yearField, f[5]}} {
		s, ok := part.as.read(part.text)
		if !ok {
			return nil
		}
		*part.to = s
	}
	d, ok := parseDays(f[2], f[4])
	if !ok {
		return nil
	}
	c.days = d
	return &c
}
