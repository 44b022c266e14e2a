package logquery

import (
	"regexp"
	"strconv"
	"strings"
)

// reported are the parts of a function's REPORT line. User Guide: "Supported logs and discovered fields".
var reported = map[string]struct {
	field string
	times float64
}{
	"Duration": {"@duration", 1}, "Billed Duration": {"@billedDuration", 1}, "Memory Size": {"@memorySize", 1e6}, "Max Memory Used": {"@maxMemoryUsed", 1e6},
	"Init Duration": {"@initDuration", 1}, "Restore Duration": {"@restoreDuration", 1}, "Billed Restore Duration": {"@billedRestoreDuration", 1},
}

const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`

// lineID finds the request in a line that a function's runtime writes: time, request and level, between tabs.
var lineID = regexp.MustCompile(`^[^\t]{1,40}\t(` + uuid + `)\t`)

// bracketID finds it in Python's lines: [INFO]	time	request	message.
var bracketID = regexp.MustCompile(`^\[[A-Z]+\]\t[^\t]{1,40}\t(` + uuid + `)\t`)

// lambdaFields are the fields of a line of Lambda, nil for others.
func lambdaFields(m string) map[string]value {
	kind, rest, ok := strings.Cut(m, " RequestId: ")
	if !ok || kind != "START" && kind != "END" && kind != "REPORT" {
		for _, re := range []*regexp.Regexp{lineID, bracketID} {
			if found := re.FindStringSubmatch(m); found != nil {
				return map[string]value{"@requestId": found[1]}
			}
		}
		return nil
	}
	id := rest
	if n := strings.IndexAny(rest, " \t\r\n"); n >= 0 {
		id, rest = rest[:n], rest[n:]
	}
	out := map[string]value{"@type": kind, "@requestId": id}
	if kind != "REPORT" {
		return out
	}
	for item := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r == '\t' || r == '\n' }) {
		key, v, _ := strings.Cut(strings.TrimSpace(item), ": ")
		if key == "XRAY TraceId" {
			out["@xrayTraceId"] = strings.TrimSpace(v)
		}
		if known, ok := reported[key]; ok {
			number, _, _ := strings.Cut(v, " ")
			if f, err := strconv.ParseFloat(number, 64); err == nil {
				out[known.field] = f * known.times
			}
		}
	}
	return out
}
