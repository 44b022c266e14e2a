package logtransform

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"vauban/engine/regex"
)

// dateConverter reads a time in one of some forms, which are those of Java, and writes it in another.
type dateConverter struct {
	Source         string   `json:"source"`
	Target         string   `json:"target"`
	MatchPatterns  []string `json:"matchPatterns"`
	TargetFormat   string   `json:"targetFormat"`
	SourceTimezone string   `json:"sourceTimezone"`
	TargetTimezone string   `json:"targetTimezone"`
	Locale         string   `json:"locale"`

	layouts  []string
	out      string
	from, to *time.Location
}

const defaultDate = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"

func (d *dateConverter) prepare(*regex.Compiler) (err error) {
	if err := errors.Join(checkPaths(d.Source, d.Target), entries(len(d.MatchPatterns), 5)); err != nil {
		return err
	}
	switch strings.ToLower(strings.ReplaceAll(d.Locale, "_", "-")) {
	case "", "en", "en-us", "en-gb", "root":
	default:
		return fmt.Errorf("the locale %.40s is not built: names of months and days are English ones", d.Locale)
	}
	for _, p := range d.MatchPatterns {
		layout, err := layoutOf(p)
		if err != nil {
			return err
		}
		d.layouts = append(d.layouts, layout)
	}
	if d.TargetFormat == "" {
		d.TargetFormat = defaultDate
	}
	if d.out, err = layoutOf(d.TargetFormat); err != nil {
		return err
	}
	if d.from, err = zoneOf(d.SourceTimezone); err != nil {
		return err
	}
	d.to, err = zoneOf(d.TargetTimezone)
	return err
}

// zoneOf is a time zone by its name, or by its offset: UTC+05:30.
func zoneOf(name string) (*time.Location, error) {
	offset := name
	for _, p := range []string{"UTC", "GMT", "UT"} {
		if rest, ok := strings.CutPrefix(name, p); ok {
			offset = rest
			break
		}
	}
	switch {
	case offset == "", offset == "Z":
		return time.UTC, nil
	case offset[0] == '+' || offset[0] == '-':
		t, err := time.Parse("-07:00", offset)
		if err != nil {
			t, err = time.Parse("-0700", offset)
		}
		if err != nil {
			return nil, fmt.Errorf("%.40s is no time zone", name)
		}
		_, seconds := t.Zone()
		return time.FixedZone(name, seconds), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("%.40s is no time zone", name)
	}
	return loc, nil
}

func (d *dateConverter) apply(e *event) error {
	v, ok := at(e.doc, d.Source)
	if !ok {
		return nil
	}
	text := textOf(v)
	for _, layout := range d.layouts {
		if t, err := time.ParseInLocation(layout, text, d.from); err == nil {
			if err := e.set(d.Target, t.In(d.to).Format(d.out)); err != nil {
				return fmt.Errorf("dateTimeConverter: %w", err)
			}
			return nil
		}
	}
	return fmt.Errorf("dateTimeConverter: the value of %s has none of the forms", d.Source)
}

// javaLayouts are the parts of Java's patterns as Go has them.
var javaLayouts = map[string]string{
	"yyyy": "2006", "uuuu": "2006", "yy": "06", "MMMM": "January", "MMM": "Jan", "MM": "01", "M": "1", "dd": "02", "d": "2", "EEEE": "Monday", "EEE": "Mon", "E": "Mon",
	"HH": "15", "H": "15", "hh": "03", "h": "3", "a": "PM", "mm": "04", "m": "4", "ss": "05", "s": "5", "Z": "-0700", "X": "Z07", "XX": "Z0700", "XXX": "Z07:00", "xxx": "-07:00", "z": "MST",
}

// literals are what a form can have beside its parts, so that nothing in it is mistaken for a part.
const literals = "TZ -:/.,()[]"

// layoutOf writes a form of Java's DateTimeFormatter as Go wants it.
func layoutOf(pattern string) (string, error) {
	if pattern == "" || len(pattern) > 64 {
		return "", errors.New("a form of a time has 1 to 64 characters")
	}
	var b strings.Builder
	for i := 0; i < len(pattern); {
		c := pattern[i]
		if c == '\'' {
			inner, rest, ok := strings.Cut(pattern[i+1:], "'")
			if !ok || strings.Trim(inner, literals) != "" {
				return "", fmt.Errorf("the form %s has a text in quotes that is not closed or not built: T, Z and punctuation are", pattern)
			}
			b.WriteString(inner)
			i = len(pattern) - len(rest)
			continue
		}
		n := i
		for n < len(pattern) && pattern[n] == c {
			n++
		}
		part := pattern[i:n]
		layout, ok := javaLayouts[part]
		switch {
		case ok:
			b.WriteString(layout)
		case c == 'S' && i > 0 && (pattern[i-1] == '.' || pattern[i-1] == ',') && len(part) <= 9:
			b.WriteString(strings.Repeat("0", len(part)))
		case strings.Trim(part, literals) == "" && c != 'T' && c != 'Z':
			b.WriteString(part)
		default:
			return "", fmt.Errorf("the part %.20s of a form of a time is not built", part)
		}
		i = n
	}
	return b.String(), nil
}
