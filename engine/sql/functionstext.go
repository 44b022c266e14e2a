package sql

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

func reverse(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

// substr counts characters from 1, or from the end when the start is negative.
func substr(a []any) string {
	r := []rune(a[0].(string))
	start, n := a[1].(int64), int64(len(r))
	switch {
	case start < 0:
		start += n
	default:
		start--
	}
	if start < 0 || start >= n || a[1].(int64) == 0 {
		return ""
	}
	stop := n
	if len(a) > 2 {
		if a[2].(int64) <= 0 {
			return ""
		}
		stop = start + min(a[2].(int64), n-start)
	}
	return string(r[start:stop])
}

func strpos(s, sub string) int64 {
	n := strings.Index(s, sub)
	if n < 0 {
		return 0
	}
	return int64(utf8.RuneCountInString(s[:n])) + 1
}

func replace(at pos, a []any) (any, error) {
	s, old, by := a[0].(string), a[1].(string), ""
	if len(a) > 2 {
		by = a[2].(string)
	}
	if grown := int64(len(s)) + int64(strings.Count(s, old))*int64(len(by)-len(old)); grown > mostString {
		return nil, tooLong(at)
	}
	return strings.ReplaceAll(s, old, by), nil
}

func splitPart(at pos, a []any) (any, error) {
	s, sep, n := a[0].(string), a[1].(string), a[2].(int64)
	if n < 1 {
		return nil, at.errorf("Index must be greater than zero")
	}
	if sep == "" {
		return nil, at.errorf("The delimiter must not be empty")
	}
	for ; n > 1; n-- {
		_, rest, found := strings.Cut(s, sep)
		if !found {
			return nil, nil
		}
		s = rest
	}
	s, _, _ = strings.Cut(s, sep)
	return s, nil
}

// mostPattern bounds regular expressions, which are worked with in linear time.
const mostPattern = 1000

func compileRegexp(at pos, s string) (*regexp.Regexp, error) {
	if len(s) > mostPattern {
		return nil, at.errorf("the regular expression has more than %d characters", mostPattern)
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, at.errorf("invalid regular expression: %s", err)
	}
	return re, nil
}

func regexpLike(at pos, a []any) (any, error) {
	re, err := compileRegexp(at, a[1].(string))
	if err != nil {
		return nil, err
	}
	return re.MatchString(a[0].(string)), nil
}

func regexpExtract(at pos, a []any) (any, error) {
	re, err := compileRegexp(at, a[1].(string))
	if err != nil {
		return nil, err
	}
	group := int64(0)
	if len(a) > 2 {
		group = a[2].(int64)
	}
	if group < 0 || group > int64(re.NumSubexp()) {
		return nil, at.errorf("Pattern has %d groups. Cannot access group %d", re.NumSubexp(), group)
	}
	m := re.FindStringSubmatchIndex(a[0].(string))
	if m == nil || m[2*group] < 0 {
		return nil, nil
	}
	return a[0].(string)[m[2*group]:m[2*group+1]], nil
}
