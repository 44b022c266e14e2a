package wire

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// timeFormat is a smithy.api#timestampFormat.
type timeFormat uint8

const (
	formatDefault timeFormat = iota // whatever the place in the message has
	formatEpoch
	formatDateTime
	formatHTTPDate
)

func parseFormat(s string) (timeFormat, error) {
	switch s {
	case "":
		return formatDefault, nil
	case "epoch-seconds":
		return formatEpoch, nil
	case "date-time":
		return formatDateTime, nil
	case "http-date":
		return formatHTTPDate, nil
	}
	return 0, fmt.Errorf("unknown timestamp format %q", s)
}

func (f timeFormat) or(d timeFormat) timeFormat {
	if f == formatDefault {
		return d
	}
	return f
}

// The years that date-time can write; epoch seconds beyond them are refused, so that what was read can be written.
var (
	minEpoch = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	maxEpoch = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// fromEpoch makes a time of seconds, exact to the millisecond as AWS keeps them.
func fromEpoch(sec float64) (time.Time, bool) {
	if math.IsNaN(sec) || sec < float64(minEpoch) || sec > float64(maxEpoch) {
		return time.Time{}, false
	}
	whole := math.Floor(sec)
	ms := math.Round((sec - whole) * 1000)
	return time.Unix(int64(whole), int64(ms)*int64(time.Millisecond)).UTC(), true
}

// parseTime reads a timestamp that is text on the wire.
func parseTime(s string, f timeFormat) (time.Time, bool) {
	switch f {
	case formatEpoch:
		sec, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return time.Time{}, false
		}
		return fromEpoch(sec)
	case formatHTTPDate:
		for _, layout := range []string{http.TimeFormat, "Mon, 02 Jan 2006 15:04:05.999999999 GMT", time.RFC850, time.ANSIC} {
			if t, err := time.Parse(layout, s); err == nil {
				return t.UTC(), inYears(t)
			}
		}
		return time.Time{}, false
	}
	// RFC 3339, and the shorter forms that AWS takes from people: without zone, without time.
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), inYears(t)
		}
	}
	return time.Time{}, false
}

func inYears(t time.Time) bool {
	sec := t.Unix()
	return sec >= minEpoch && sec <= maxEpoch
}

// appendTime writes a timestamp as text without quotes: whole seconds, or milliseconds where there are any.
func appendTime(dst []byte, t time.Time, f timeFormat) []byte {
	switch f {
	case formatEpoch:
		return appendEpoch(dst, t)
	case formatHTTPDate:
		if t.Nanosecond()/1e6 != 0 {
			return t.UTC().AppendFormat(dst, "Mon, 02 Jan 2006 15:04:05.000 GMT")
		}
		return t.UTC().AppendFormat(dst, http.TimeFormat)
	}
	if t.Nanosecond()/1e6 != 0 {
		return t.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	}
	return t.UTC().AppendFormat(dst, "2006-01-02T15:04:05Z")
}

// appendEpoch writes seconds with up to three decimals.
func appendEpoch(dst []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(dst, ms/1000, 10)
	}
	if ms < 0 {
		dst = append(dst, '-')
		ms = -ms
	}
	dst = strconv.AppendInt(dst, ms/1000, 10)
	frac := ms % 1000
	dst = append(dst, '.', byte('0'+frac/100))
	if frac %= 100; frac != 0 {
		dst = append(dst, byte('0'+frac/10))
		if frac %= 10; frac != 0 {
			dst = append(dst, byte('0'+frac))
		}
	}
	return dst
}
