package logquery

import (
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"unicode/utf8"
)

// function is one that can be called in every expression. User Guide: "Boolean, comparison, numeric, datetime, and other functions".
type function struct {
	min, max int  // arguments; -1 is any number
	period   bool // the second argument is a period
	eval     func(*scope, []expr) value
}

var functions = map[string]*function{
	"abs":      ofNumber(math.Abs),
	"ceil":     ofNumber(math.Ceil),
	"floor":    ofNumber(math.Floor),
	"log":      ofNumber(math.Log),
	"sqrt":     ofNumber(math.Sqrt),
	"greatest": {min: 1, max: -1, eval: extreme(func(a, b float64) bool { return a > b })},
	"least":    {min: 1, max: -1, eval: extreme(func(a, b float64) bool { return a < b })},

	"datefloor":  {min: 2, max: 2, period: true, eval: rounded(false)},
	"dateceil":   {min: 2, max: 2, period: true, eval: rounded(true)},
	"frommillis": {min: 1, max: 1, eval: fromMillis},
	"tomillis":   {min: 1, max: 1, eval: toMillis},
	"now":        {eval: func(s *scope, _ []expr) value { return float64(s.now / 1000) }},

	"unmask":    {min: 1, max: 1, eval: unmask},
	"ispresent": {min: 1, max: 1, eval: func(s *scope, a []expr) value { return truth(a[0].eval(s) != nil) }},
	"coalesce":  {min: 1, max: -1, eval: coalesce},

	"jsonparse":     {min: 1, max: 1, eval: jsonParse},
	"jsonstringify": {min: 1, max: 1, eval: jsonStringify},

	"isvalidip":      ofText(func(s string) value { return truth(address(s).IsValid()) }),
	"isvalidipv4":    ofText(func(s string) value { return truth(address(s).Is4()) }),
	"isvalidipv6":    ofText(func(s string) value { return truth(address(s).Is6()) }),
	"isipinsubnet":   {min: 2, max: 2, eval: inSubnet(func(a netip.Addr) bool { return true })},
	"isipv4insubnet": {min: 2, max: 2, eval: inSubnet(netip.Addr.Is4)},
	"isipv6insubnet": {min: 2, max: 2, eval: inSubnet(netip.Addr.Is6)},

	"isempty":     {min: 1, max: 1, eval: func(s *scope, a []expr) value { return truth(textOf(a[0].eval(s)) == "") }},
	"isblank":     {min: 1, max: 1, eval: func(s *scope, a []expr) value { return truth(strings.TrimSpace(textOf(a[0].eval(s))) == "") }},
	"concat":      {min: 1, max: -1, eval: concat},
	"ltrim":       {min: 1, max: 2, eval: trim(strings.TrimLeft)},
	"rtrim":       {min: 1, max: 2, eval: trim(strings.TrimRight)},
	"trim":        {min: 1, max: 2, eval: trim(strings.Trim)},
	"strlen":      ofText(func(s string) value { return float64(utf8.RuneCountInString(s)) }),
	"toupper":     ofText(func(s string) value { return strings.ToUpper(s) }),
	"tolower":     ofText(func(s string) value { return strings.ToLower(s) }),
	"substr":      {min: 2, max: 3, eval: substr},
	"replace":     {min: 3, max: 3, eval: replace},
	"strcontains": {min: 2, max: 2, eval: strContains},
}

func ofNumber(fn func(float64) float64) *function {
	return &function{min: 1, max: 1, eval: func(s *scope, a []expr) value {
		n, ok := numberOf(a[0].eval(s))
		if !ok {
			return nil
		}
		return finite(fn(n))
	}}
}

func ofText(fn func(string) value) *function {
	return &function{min: 1, max: 1, eval: func(s *scope, a []expr) value {
		v := a[0].eval(s)
		if v == nil {
			return nil
		}
		return fn(textOf(v))
	}}
}

func extreme(better func(a, b float64) bool) func(*scope, []expr) value {
	return func(s *scope, args []expr) (best value) {
		for _, a := range args {
			n, ok := numberOf(a.eval(s))
			if !ok {
				continue
			}
			if have, ok := best.(float64); !ok || better(n, have) {
				best = n
			}
		}
		return best
	}
}

func fromMillis(s *scope, a []expr) value {
	n, ok := numberOf(a[0].eval(s))
	if !ok || math.Abs(n) > 1e15 {
		return nil
	}
	return moment(int64(n))
}

func toMillis(s *scope, a []expr) value {
	n, ok := numberOf(a[0].eval(s))
	if !ok {
		return nil
	}
	return n
}

func coalesce(s *scope, args []expr) value {
	for _, a := range args {
		if v := a.eval(s); v != nil {
			return v
		}
	}
	return nil
}

func jsonParse(s *scope, a []expr) value {
	t, ok := a[0].eval(s).(string)
	if !ok {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(t))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return ofJSON(v)
}

func jsonStringify(s *scope, a []expr) value {
	v := a[0].eval(s)
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return string(b)
}

func address(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a
}

func inSubnet(of func(netip.Addr) bool) func(*scope, []expr) value {
	return func(s *scope, args []expr) value {
		v, net := args[0].eval(s), args[1].eval(s)
		if v == nil || net == nil {
			return nil
		}
		a := address(textOf(v))
		prefix, err := netip.ParsePrefix(textOf(net))
		return truth(a.IsValid() && err == nil && of(a) && of(prefix.Addr()) && prefix.Contains(a))
	}
}

// maxText bounds what a function writes.
const maxText = 1 << 20

func concat(s *scope, args []expr) value {
	var b strings.Builder
	for _, a := range args {
		t := textOf(a.eval(s))
		if b.Len()+len(t) > maxText {
			return nil
		}
		b.WriteString(t)
	}
	return b.String()
}

func trim(fn func(s, chars string) string) func(*scope, []expr) value {
	return func(s *scope, args []expr) value {
		v, chars := args[0].eval(s), " \t\r\n"
		if v == nil {
			return nil
		}
		if len(args) == 2 {
			chars = textOf(args[1].eval(s))
		}
		return fn(textOf(v), chars)
	}
}

// substr counts characters from 0 on.
func substr(s *scope, args []expr) value {
	v := args[0].eval(s)
	from, ok := numberOf(args[1].eval(s))
	if v == nil || !ok {
		return nil
	}
	runes := []rune(textOf(v))
	to := float64(len(runes))
	if len(args) == 3 {
		n, ok := numberOf(args[2].eval(s))
		if !ok {
			return nil
		}
		to = from + n
	}
	from, to = min(max(from, 0), float64(len(runes))), min(max(to, 0), float64(len(runes)))
	if to <= from {
		return ""
	}
	return string(runes[int(from):int(to)])
}

func replace(s *scope, args []expr) value {
	v := args[0].eval(s)
	if v == nil {
		return nil
	}
	t, old, with := textOf(v), textOf(args[1].eval(s)), textOf(args[2].eval(s))
	if len(t)+strings.Count(t, old)*max(len(with)-len(old), 0) > maxText {
		return nil
	}
	return strings.ReplaceAll(t, old, with)
}

func strContains(s *scope, args []expr) value {
	v := args[0].eval(s)
	if v == nil {
		return nil
	}
	return truth(strings.Contains(textOf(v), textOf(args[1].eval(s))))
}
