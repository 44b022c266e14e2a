package postpolicy

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Form is what a browser sent: fields by their names in lower case, without the file.
type Form struct {
	Bucket string // of the address that it was sent to
	Fields map[string]string
}

// Check says whether the policy lets the form in, apart from the size of its file.
func (p *Policy) Check(f Form, now time.Time) error {
	if !now.Before(p.Expiration) {
		return refused("Policy expired.")
	}
	named := map[string]bool{}
	for i := range p.conditions {
		c := &p.conditions[i]
		if c.operator == "content-length-range" {
			if _, _, ok := c.bounds(); !ok {
				return refused("Policy Condition failed: %s", c.text)
			}
			continue
		}
		name, ok := strings.CutPrefix(c.field, "$")
		if !ok || !c.holds(f.value(name)) {
			return refused("Policy Condition failed: %s", c.text)
		}
		named[name] = true
	}
	var extra []string
	for name := range f.Fields {
		if !named[name] && !isExempt(name) {
			extra = append(extra, name)
		}
	}
	if len(extra) > 0 {
		slices.Sort(extra)
		return refused("Extra input fields: %s", strings.Join(extra, ", "))
	}
	return nil
}

// value is what a condition compares: the bucket is the one that was asked, whatever the form says.
func (f *Form) value(name string) string {
	if name == "bucket" {
		return f.Bucket
	}
	return f.Fields[name]
}

func (c *condition) holds(value string) bool {
	if c.operator == "eq" {
		return value == c.value
	}
	if c.field == "$content-type" { // one field may list several types, each of which must begin so
		for part := range strings.SplitSeq(value, ",") {
			if !strings.HasPrefix(strings.TrimSpace(part), c.value) {
				return false
			}
		}
		return true
	}
	return strings.HasPrefix(value, c.value)
}

// isExempt says that no condition must name the field. POST Policy, "Condition Matching".
func isExempt(name string) bool {
	switch name {
	case "x-amz-signature", "signature", "awsaccesskeyid", "file", "policy", "bucket":
		return true
	}
	return strings.HasPrefix(name, "x-ignore-")
}

func (c *condition) bounds() (least, most int64, ok bool) {
	least, err := strconv.ParseInt(c.field, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	most, err = strconv.ParseInt(c.value, 10, 64)
	return least, most, err == nil && least >= 0 && most >= least
}

// Sizes returns the least and the largest file that the policy takes.
func (p *Policy) Sizes() (least, most int64) {
	most = math.MaxInt64
	for i := range p.conditions {
		if c := &p.conditions[i]; c.operator == "content-length-range" {
			if l, m, ok := c.bounds(); ok {
				least, most = max(least, l), min(most, m)
			}
		}
	}
	return least, most
}

// CheckSize says whether the policy takes a file of so many bytes.
func (p *Policy) CheckSize(n int64) error {
	switch least, most := p.Sizes(); {
	case n < least:
		return &Fault{Code: "EntityTooSmall", Status: 400, Message: "Your proposed upload is smaller than the minimum allowed size", Proposed: n, Allowed: least}
	case n > most:
		return &Fault{Code: "EntityTooLarge", Status: 400, Message: "Your proposed upload exceeds the maximum allowed size", Proposed: n, Allowed: most}
	}
	return nil
}
