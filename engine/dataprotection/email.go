package dataprotection

import "strings"

// Bounds of an address of mail (RFC 5321, section 4.5.3.1).
const (
	maxLocal  = 64
	maxDomain = 253
)

func isLocal(b byte) bool { return isWord(b) || strings.IndexByte("._%+-", b) >= 0 }

// scanEmails looks around each @.
func scanEmails(text string, found func(start, end int)) {
	for at := strings.IndexByte(text, '@'); at >= 0; {
		start, end := around(text, at)
		if start < at && end > at {
			found(start, end)
		}
		from := max(at+1, end)
		next := strings.IndexByte(text[from:], '@')
		if next < 0 {
			return
		}
		at = from + next
	}
}

// around finds where the address begins and ends whose @ is there; end is 0 when there is none.
func around(text string, at int) (start, end int) {
	start = at
	for start > 0 && at-start < maxLocal && isLocal(text[start-1]) {
		start--
	}
	for start < at && (text[start] == '.' || text[start] == '-' || text[start] == '%') {
		start++
	}
	if start == at || text[at-1] == '.' {
		return at, 0
	}
	i, dots, label := at+1, 0, at+1
	for i < len(text) && i-at <= maxDomain && (isWord(text[i]) || text[i] == '-' || text[i] == '.') {
		if text[i] == '.' {
			if i == label || text[i-1] == '-' {
				break
			}
			dots++
			label = i + 1
		}
		i++
	}
	for i > at+1 && (text[i-1] == '.' || text[i-1] == '-') {
		if text[i-1] == '.' {
			dots--
			label = strings.LastIndexByte(text[:i-1], '.') + 1
		}
		i--
	}
	label = max(label, at+1)
	if dots < 1 || i-label < 2 {
		return at, 0
	}
	for _, b := range []byte(text[label:i]) { // the last label is of letters, or IDNA's
		if isDigit(b) && !strings.HasPrefix(text[label:i], "xn--") {
			return at, 0
		}
	}
	return start, i
}
