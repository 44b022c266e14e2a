package logpattern

import "strings"

// layouts are forms of times: 0 is a digit, everything else is itself, and M begins the name of a month.
var layouts = [...]string{
	"0000-00-00T00:00:00", "0000-00-00 00:00:00", "0000/00/00 00:00:00", "00/M/0000:00:00:00", "M 00 00:00:00", "M  0 00:00:00", "0000-00-00", "00:00:00",
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// timeIn is the length of the time that a text begins with, its fraction and zone included.
func timeIn(s string) int {
	if !digit(s[0]) && (len(s) < 3 || month(s) == 0) {
		return 0
	}
	for _, layout := range layouts {
		n := fits(s, layout)
		if n == 0 {
			continue
		}
		if strings.HasSuffix(layout, "00:00:00") {
			n += fraction(s[n:])
			n += zone(s[n:])
		}
		if n < len(s) && (digit(s[n]) || letters(s[n:n+1])) {
			continue
		}
		return n
	}
	return 0
}

func month(s string) int {
	for i := 0; i < len(months); i += 3 {
		if strings.HasPrefix(s, months[i:i+3]) {
			return 3
		}
	}
	return 0
}

func fits(s, layout string) int {
	at := 0
	for i := range len(layout) {
		if at >= len(s) {
			return 0
		}
		switch c := layout[i]; {
		case c == 'M':
			n := month(s[at:])
			if n == 0 {
				return 0
			}
			at += n - 1
		case c == '0' && !digit(s[at]), c != '0' && s[at] != c:
			return 0
		}
		at++
	}
	return at
}

func fraction(s string) int {
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || !digit(s[1]) {
		return 0
	}
	n := 1
	for n < len(s) && digit(s[n]) {
		n++
	}
	return n
}

// zone is the length of Z, +00:00 or +0000 with a space before it or not.
func zone(s string) int {
	space := 0
	if strings.HasPrefix(s, " ") {
		space = 1
	}
	z := s[space:]
	switch {
	case space == 0 && strings.HasPrefix(z, "Z"):
		return 1
	case len(z) >= 6 && (z[0] == '+' || z[0] == '-') && fits(z[1:], "00:00") > 0:
		return space + 6
	case len(z) >= 5 && (z[0] == '+' || z[0] == '-') && fits(z[1:], "0000") > 0:
		return space + 5
	}
	return 0
}
