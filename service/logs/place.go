package logs

import (
	"cmp"
	"fmt"
	"strconv"
)

// place is where an event stands among those of its group: by time, then by stream, then by its number in the stream. As a boundary it is before the event that
// has it.
type place struct {
	Time   int64 // milliseconds
	Stream int64
	N      int64
}

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.Time, o.Time), cmp.Compare(p.Stream, o.Stream), cmp.Compare(p.N, o.N))
}

// next is the boundary behind the event at p.
func (p place) next() place { return place{p.Time, p.Stream, p.N + 1} }

// placeID writes a place as AWS writes the ID of an event: 56 digits.
func placeID(time, stream, n int64) string { return fmt.Sprintf("%020d%020d%016d", time, stream, n) }

func (p place) id() string { return placeID(p.Time, p.Stream, p.N) }

// parsePlace reads what id has written.
func parsePlace(s string) (p place, ok bool) {
	if len(s) != 56 {
		return p, false
	}
	for i, at := range []*int64{&p.Time, &p.Stream, &p.N} {
		part := [...]string{s[:20], s[20:40], s[40:]}[i]
		n, err := strconv.ParseUint(part, 10, 63)
		if err != nil || part[0] == '+' {
			return p, false
		}
		*at = int64(n)
	}
	return p, true
}
