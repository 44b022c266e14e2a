package analysis

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"time"

	"vauban/engine/policy"
)

// family is a kind of comparison. Within one family the values that are worth trying are known exactly.
type family uint8

const (
	ofNone family = iota // Null: only presence counts
	ofText
	ofNumber
	ofDate
	ofAddress
	ofBinary
)

func familyOf(c policy.Comparison) family {
	switch c {
	case policy.StringEquals, policy.StringEqualsIgnoreCase, policy.StringLike, policy.ARNLike, policy.Bool:
		return ofText
	case policy.NumericEquals, policy.NumericLessThan, policy.NumericLessThanEquals, policy.NumericGreaterThan, policy.NumericGreaterThanEquals:
		return ofNumber
	case policy.DateEquals, policy.DateLessThan, policy.DateLessThanEquals, policy.DateGreaterThan, policy.DateGreaterThanEquals:
		return ofDate
	case policy.IPAddress:
		return ofAddress
	case policy.BinaryEquals:
		return ofBinary
	}
	return ofNone
}

// samples are values of a key such that every other value fares in all tests as one of them. Complete false means that there may be more.
type samples struct {
	values   []string
	complete bool
}

// samples returns the values worth trying for tests on one key.
func (p *problem) samples(tests []*test, env environment, kind string) samples {
	found := map[family]bool{}
	for _, t := range tests {
		if f := familyOf(t.cond.Operator.Comparison); f != ofNone {
			found[f] = true
		}
	}
	if kind == "Bool" {
		return samples{[]string{"true", "false"}, true}
	}
	out := samples{complete: len(found) <= 1}
	add := func(s samples) {
		out.values = append(out.values, s.values...)
		out.complete = out.complete && s.complete
	}
	if found[ofNumber] {
		add(numbers(valuesOf(tests, ofNumber)))
	}
	if found[ofDate] {
		add(dates(valuesOf(tests, ofDate)))
	}
	if found[ofAddress] {
		add(addresses(valuesOf(tests, ofAddress)))
	}
	if found[ofBinary] {
		add(binaries(valuesOf(tests, ofBinary)))
	}
	if found[ofText] {
		add(p.words(tests, env))
	}
	if len(found) == 0 || !found[ofText] && !typed(kind) {
		out.values = append(out.values, plain(kind)) // what no comparison can read
	}
	return out
}

// typed says that a value of the key can always be read as what the reference says it is.
func typed(kind string) bool { return kind == "Numeric" || kind == "Date" || kind == "IPAddress" }

// plain is some value of a type.
func plain(kind string) string {
	switch kind {
	case "Numeric":
		return "1"
	case "Date":
		return "2030-01-01T00:00:00Z"
	case "IPAddress":
		return "203.0.113.1"
	case "ARN":
		return "arn:aws:service:::resource"
	}
	return "value"
}

func valuesOf(tests []*test, f family) []string {
	var out []string
	for _, t := range tests {
		if familyOf(t.cond.Operator.Comparison) == f {
			out = append(out, texts(t.cond.Values)...)
		}
	}
	return out
}

// numbers returns each bound, what lies between two, and what lies beyond all.
func numbers(bounds []string) samples {
	var list []*big.Rat
	digits := 0
	out := samples{complete: true}
	for _, b := range bounds {
		r, ok := decimal(b)
		if !ok {
			out.complete = out.complete && strings.Trim(b, "+-.0123456789") != ""
			continue
		}
		list = append(list, r)
		_, fraction, _ := strings.Cut(b, ".")
		digits = max(digits, len(fraction))
	}
	if len(list) == 0 {
		out.values = []string{"1"}
		return out
	}
	slices.SortFunc(list, func(a, b *big.Rat) int { return a.Cmp(b) })
	write := func(r *big.Rat) string {
		if r.IsInt() {
			return r.Num().String()
		}
		return r.FloatString(digits + 1)
	}
	one, half := big.NewRat(1, 1), big.NewRat(1, 2)
	for i, r := range list {
		out.values = append(out.values, write(r))
		if i > 0 {
			sum := new(big.Rat).Add(list[i-1], r)
			out.values = append(out.values, write(sum.Mul(sum, half)))
		}
	}
	out.values = append(out.values, write(new(big.Rat).Sub(list[0], one)), write(new(big.Rat).Add(list[len(list)-1], one)))
	return out
}

// decimal reads digits with an optional sign and point.
func decimal(s string) (*big.Rat, bool) {
	if strings.Trim(strings.TrimLeft(s, "+-"), "0123456789.") != "" || len(s) > 400 {
		return nil, false
	}
	if strings.HasSuffix(s, ".") {
		s += "0"
	}
	return new(big.Rat).SetString(s)
}

// layouts are the forms of dates that conditions use. AWS documentation: "Date condition operators".
func layouts() []string {
	return []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02", "2006-01", "2006"}
}

func instant(s string) (time.Time, bool) {
	for _, l := range layouts() {
		if t, err := time.Parse(l, strings.ToUpper(s)); err == nil {
			return t.UTC(), true
		}
	}
	if r, ok := decimal(s); ok && r.IsInt() && r.Num().IsInt64() && len(s) < 12 {
		return time.Unix(r.Num().Int64(), 0).UTC(), true
	}
	return time.Time{}, false
}

// dates returns each bound and what lies right before and after it; seconds are tried first, for they read better.
func dates(bounds []string) samples {
	out := samples{complete: true}
	for _, step := range []time.Duration{0, time.Second, time.Nanosecond} {
		for _, b := range bounds {
			t, ok := instant(b)
			if !ok {
				out.complete = false
				continue
			}
			for _, x := range []time.Time{t.Add(-step), t.Add(step)} {
				out.values = append(out.values, x.Format(time.RFC3339Nano))
			}
		}
	}
	return out
}

// addresses returns the first and last address of each block, their neighbours, and one address of each family beyond.
func addresses(blocks []string) samples {
	out := samples{values: []string{"203.0.113.1", "2001:db8::1"}, complete: true}
	add := func(a netip.Addr) {
		if a.IsValid() {
			out.values = append(out.values, a.String())
		}
	}
	for _, b := range blocks {
		p, ok := prefix(b)
		if !ok {
			continue // matches nothing
		}
		first, last := p.Addr(), lastAddress(p)
		add(first)
		add(last)
		add(first.Prev())
		add(last.Next())
	}
	return out
}

func prefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

func lastAddress(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// binaries returns each value, decoded, and one that is none of them.
func binaries(values []string) samples {
	out := samples{complete: true}
	longest := 0
	for _, v := range values {
		if raw, err := base64.StdEncoding.DecodeString(v); err == nil {
			out.values = append(out.values, string(raw))
			longest = max(longest, len(raw))
		}
	}
	out.values = append(out.values, strings.Repeat("x", longest+1))
	return out
}
