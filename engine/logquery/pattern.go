package logquery

import (
	"cmp"
	"math"
	"slices"
	"time"

	"vauban/engine/logpattern"
)

// patterning is a pattern command, and a diff behind it. User Guide: "pattern", "diff".
type patterning struct {
	from expr
	diff string // previous, previousDay, previousWeek, previousMonth; "" without
}

func (p *parser) patterning() (*patterning, error) {
	x, err := p.expr()
	return &patterning{from: x}, err
}

var periods = []string{"previousDay", "previousWeek", "previousMonth"}

// diff parses a diff command, which belongs to the pattern before it, or is one of messages.
func (p *parser) diff(list []command) ([]command, error) {
	if p.inner {
		return nil, p.fail("a subquery cannot have diff")
	}
	if slices.ContainsFunc(list, func(c command) bool { return c.pattern != nil && c.pattern.diff != "" }) {
		return nil, p.fail("a query can have one diff")
	}
	if n := len(list); n == 0 || list[n-1].pattern == nil {
		if slices.ContainsFunc(list, func(c command) bool { return c.stats != nil || c.pattern != nil }) {
			return nil, p.fail("diff compares events: it must stand directly behind pattern, or where there is no stats and no pattern before it")
		}
		list = append(list, command{pattern: &patterning{from: &field{"@message"}}})
	}
	last := list[len(list)-1].pattern
	last.diff = "previous"
	if err := p.next(); err != nil {
		return nil, err
	}
	for _, period := range periods {
		if ok, err := p.accept(period); err != nil {
			return nil, err
		} else if ok {
			last.diff = period
			break
		}
	}
	return list, nil
}

// Earlier is the period that diff compares with. Both ends are inclusive, in milliseconds.
func (q *Query) Earlier(from, to int64) (start, stop int64, ok bool) {
	for _, c := range q.commands {
		if c.pattern == nil || c.pattern.diff == "" {
			continue
		}
		back := func(days, months int) (int64, int64, bool) {
			at := func(t int64) int64 { return time.UnixMilli(t).UTC().AddDate(0, -months, -days).UnixMilli() }
			return at(from), min(at(to), from-1), true
		}
		switch c.pattern.diff {
		case "previousDay":
			return back(1, 0)
		case "previousWeek":
			return back(7, 0)
		case "previousMonth":
			return back(0, 1)
		}
		return from - (to - from + 1), from - 1, true
	}
	return 0, 0, false
}

// columns are what the command shows.
func (p *patterning) columns() []string {
	if p.diff != "" {
		return []string{"@pattern", "@sampleCount", "@previousSampleCount", "@differenceCount", "@differenceDescription", "@ratio", "@severityLabel"}
	}
	return []string{"@pattern", "@ratio", "@sampleCount", "@severityLabel"}
}

type patternStage struct {
	*patterning
	now       int64
	mem       *budget
	to        stage
	extractor logpattern.Extractor
	counts    [2]float64
	weight    int
}

func (s *patternStage) push(r *row) error {
	v := s.from.eval(&scope{row: r, now: s.now})
	if v == nil {
		return nil
	}
	earlier := r.rec != nil && r.rec.Earlier
	if earlier {
		s.counts[1]++
	} else {
		s.counts[0]++
	}
	n := s.extractor.Add(textOf(v), earlier)
	s.weight += n
	return s.mem.take(n)
}

func (s *patternStage) end() error {
	all := s.extractor.Patterns()
	if s.diff != "" {
		slices.SortStableFunc(all, func(a, b logpattern.Pattern) int {
			return cmp.Compare(math.Abs(float64(b.Counts[0]-b.Counts[1])), math.Abs(float64(a.Counts[0]-a.Counts[1])))
		})
	}
	for i := range all {
		if err := s.to.push(s.row(&all[i])); err != nil {
			return err
		}
	}
	s.mem.left += s.weight
	return s.to.end()
}

func (s *patternStage) row(p *logpattern.Pattern) *row {
	r := &row{}
	r.put("@pattern", p.String())
	r.put("@sampleCount", float64(p.Counts[0]))
	r.put("@severityLabel", p.Severity())
	ratio := 0.0
	if s.counts[0] > 0 {
		ratio = math.Round(float64(p.Counts[0])/s.counts[0]*1e4) / 1e4
	}
	r.put("@ratio", ratio)
	if s.diff == "" {
		return r
	}
	now, then := float64(p.Counts[0]), float64(p.Counts[1])
	r.put("@previousSampleCount", then)
	r.put("@differenceCount", now-then)
	r.put("@differenceDescription", difference(now, then))
	return r
}

func difference(now, then float64) string {
	switch {
	case then == 0:
		return "new pattern"
	case now == 0:
		return "no longer seen"
	case now == then:
		return "as before"
	}
	percent := textOf(math.Round(math.Abs(now-then)/then*100)) + "%"
	if now > then {
		return percent + " more"
	}
	return percent + " fewer"
}
