package contributor

// Point is the figures of one period.
type Point struct {
	Time                                     int64
	Samples, Sum, Min, Max, Average, Largest float64
	Unique                                   float64
}

// Report puts summaries of minutes together into periods, and these into one. Minutes come in order of time.
type Report struct {
	Start, Period int64 // seconds: the first period begins at Start
	Points        []Point
	Total         *Summary // after End

	open *Summary // the period that Points will have next
	at   int64
}

// wide is how many times what a minute keeps a period and a report keep.
const wide = 20

// Add adds what came in the minute that begins at a time.
func (r *Report) Add(at int64, s *Summary) {
	begins := r.begins(at)
	if r.open != nil && begins != r.at {
		r.settle()
	}
	if r.open == nil {
		r.open, r.at = NewSummary(wide), begins
	}
	r.open.Merge(s)
}

// begins is when the period of a time begins.
func (r *Report) begins(at int64) int64 { return at - (at-r.Start)%r.Period }

func (r *Report) settle() {
	s := r.open
	r.Points = append(r.Points, Point{
		Time: r.at, Samples: s.Samples, Sum: s.Sum, Min: s.Min, Max: s.Max, Average: s.Sum / s.Samples, Largest: s.Largest(), Unique: s.Unique(),
	})
	s.Settle()
	if r.Total == nil {
		r.Total = NewSummary(wide)
	}
	r.Total.Merge(s)
	r.open = nil
}

// End ends the last period.
func (r *Report) End() {
	if r.open != nil {
		r.settle()
	}
	if r.Total == nil {
		r.Total = NewSummary(wide)
	}
}

// Line is what one contributor has contributed, period by period.
type Line struct {
	Keys   []string
	Times  []int64
	Values []float64
}

// Draw adds to the lines what came in the minute that begins at a time.
func (r *Report) Draw(lines []Line, at int64, s *Summary) {
	begins := r.begins(at)
	for i := range lines {
		l := &lines[i]
		v, ok := s.Of(l.Keys)
		switch n := len(l.Times); {
		case !ok:
		case n > 0 && l.Times[n-1] == begins:
			l.Values[n-1] += v
		default:
			l.Times, l.Values = append(l.Times, begins), append(l.Values, v)
		}
	}
}
