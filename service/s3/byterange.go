package s3

import (
	"fmt"
	"strconv"
	"strings"
	"vauban/api/wire"
)

// span is the part of an object that is read.
type span struct {
	off, n int64
	whole  bool // no part was asked for
}

// parseRange reads a Range header. What is no range of bytes, or several, stands for the whole object, as RFC 9110 has it and S3 does.
func parseRange(header *string, size int64) (span, error) {
	whole := span{0, size, true}
	spec, ok := strings.CutPrefix(strings.TrimSpace(wire.Text(header)), "bytes=")
	first, last, dash := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok || !dash || strings.Contains(spec, ",") {
		return whole, nil
	}
	from, fromErr := position(first)
	to, toErr := position(last)
	switch {
	case first == "" && last == "", first != "" && fromErr != nil, last != "" && toErr != nil:
		return whole, nil
	case first == "":
		n := min(to, size)
		if n == 0 {
			return whole, unsatisfiable(*header, size)
		}
		return span{size - n, n, false}, nil
	case last != "" && to < from:
		return whole, nil
	case from >= size:
		return whole, unsatisfiable(*header, size)
	case last == "" || to >= size:
		to = size - 1
	}
	return span{from, to - from + 1, false}, nil
}

func position(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err
}

func unsatisfiable(header string, size int64) error {
	return errInvalidRange.New("The requested range is not satisfiable").With("ActualObjectSize", size).With("RangeRequested", header)
}

// header is Content-Range, nil for a whole object.
func (s span) header(size int64) *string {
	if s.whole {
		return nil
	}
	return new(fmt.Sprintf("bytes %d-%d/%d", s.off, s.off+s.n-1, size))
}
