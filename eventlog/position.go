package eventlog

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"vauban/eventlog/archive"
)

// ErrPosition says that Query.Before is not a position that Lookup gave.
var ErrPosition = errors.New("eventlog: not a position of a look-up")

// position is where a look-up goes on: at entries of an earlier day, or of this day with Seq < before. Look-ups go by day and, within it,
// by sequence number: both never change, so a position stays good while events arrive and move to the archive.
type position struct {
	day    archive.Day
	before int64
}

// start is before the newest entry.
func start() position { return position{day: math.MaxInt32, before: math.MaxInt64} }

func (p position) String() string {
	return strconv.Itoa(int(p.day)) + "." + strconv.FormatInt(p.before, 10)
}

func parsePosition(s string) (position, error) {
	if s == "" {
		return start(), nil
	}
	d, b, _ := strings.Cut(s, ".")
	day, err1 := strconv.ParseInt(d, 10, 32)
	before, err2 := strconv.ParseInt(b, 10, 64)
	p := position{archive.Day(day), before}
	if err1 != nil || err2 != nil || before < 0 || p.String() != s {
		return position{}, ErrPosition
	}
	return p, nil
}

// ahead reports whether the entry is still to come.
func (p position) ahead(day archive.Day, seq int64) bool {
	return day < p.day || day == p.day && seq < p.before
}

func positionOf(e *Entry) position { return position{archive.DayOf(e.Time), e.Seq} }
