package automation

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// wake is when a sleep ends. User Guide: "aws:sleep – Delay an automation".
func wake(inputs map[string]any, now time.Time) (time.Time, error) {
	if v, ok := inputs["Duration"]; ok {
		d, err := parseDuration(textOf(v))
		if err != nil {
			return now, fmt.Errorf("the Duration %s is not valid: %w", clip(textOf(v)), err)
		}
		if d > 7*day {
			return now, fmt.Errorf("the Duration %s is longer than 7 days", clip(textOf(v)))
		}
		return now.Add(d), nil
	}
	text := textOf(inputs["Timestamp"])
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return now, fmt.Errorf("the Timestamp %s is not valid: write it like 2026-01-01T01:00:00Z", clip(text))
	}
	if at.After(now.Add(30 * day)) {
		return now, fmt.Errorf("the Timestamp %s is more than 30 days ahead", clip(text))
	}
	return at, nil
}

// parseDuration reads a duration of ISO 8601 in days, hours, minutes and seconds: PT10M, P1DT2H.
func parseDuration(text string) (time.Duration, error) {
	rest, ok := strings.CutPrefix(text, "P")
	if !ok || rest == "" || strings.HasSuffix(rest, "T") {
		return 0, errors.New("write it like PT10M")
	}
	units, total := "D", time.Duration(0)
	length := map[byte]time.Duration{'D': day, 'H': time.Hour, 'M': time.Minute, 'S': time.Second}
	for rest != "" {
		if after, ok := strings.CutPrefix(rest, "T"); ok && units != "HMS" {
			units, rest = "HMS", after
			continue
		}
		n := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if n < 1 || n > 7 || !strings.Contains(units, rest[n:n+1]) {
			return 0, errors.New("write it like PT10M")
		}
		count, err := strconv.Atoi(rest[:n])
		if err != nil {
			return 0, err
		}
		total += time.Duration(count) * length[rest[n]]
		if total > 366*day {
			return 0, errors.New("it is too long")
		}
		rest = rest[n+1:]
	}
	return total, nil
}
