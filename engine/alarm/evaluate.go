package alarm

// State is the state of an alarm.
type State string

// The states.
const (
	OK               State = "OK"
	Alarm            State = "ALARM"
	InsufficientData State = "INSUFFICIENT_DATA"
)

// Treatment says what missing datapoints count as.
type Treatment string

// The treatments.
const (
	Missing      Treatment = "missing"
	Ignore       Treatment = "ignore"
	Breaching    Treatment = "breaching"
	NotBreaching Treatment = "notBreaching"
)

// Point is what came in one period.
type Point uint8

// The kinds of points.
const (
	Absent Point = iota
	Within
	Beyond // breaching
)

// Threshold is M out of N.
type Threshold struct {
	Evaluate  int // N: periods that count
	Alarm     int // M: how many of them must breach
	Treatment Treatment
}

// Verdict is what an evaluation came to.
type Verdict struct {
	State  State // "" means that the alarm stays as it is
	Used   []int // indexes of the real points that counted, the newest first
	Filled int   // how many missing points counted as the treatment says
}

// Decide looks at the points of the evaluation range, the oldest first. The range is longer than N: real points further back take the place of missing ones.
// User Guide: "Configuring how CloudWatch alarms treat missing data".
func (t Threshold) Decide(points []Point) Verdict {
	v := Verdict{}
	beyond, within, oldest := 0, 0, 0
	for i := len(points) - 1; i >= 0 && len(v.Used) < t.Evaluate; i-- {
		switch points[i] {
		case Absent:
			continue
		case Beyond:
			beyond++
			oldest = len(points) - i
		case Within:
			within++
		}
		v.Used = append(v.Used, i)
	}
	v.Filled = t.Evaluate - len(v.Used)
	v.State = t.state(beyond, within, v.Filled, oldest)
	return v
}

// state decides by how many points breach, do not, and had to be filled in, and by how many periods ago the oldest that breaches was, the newest being 1.
func (t Threshold) state(beyond, within, filled, oldest int) State {
	switch {
	case beyond >= t.Alarm:
		return Alarm
	case filled == 0:
		return OK
	case t.Treatment == Breaching:
		if beyond+filled >= t.Alarm {
			return Alarm
		}
		return OK
	case t.Treatment == NotBreaching, within > 0:
		return OK
	case t.Treatment == Ignore:
		return ""
	case beyond > 0 && oldest >= t.Alarm:
		// All that is known breaches, and has for so long as it takes. User Guide: "Avoiding premature transitions to alarm state".
		return Alarm
	}
	return InsufficientData
}
