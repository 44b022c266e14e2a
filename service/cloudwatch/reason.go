package cloudwatch

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vauban/engine/alarm"
)

// tell puts a verdict into the words and the document that CloudWatch gives as the reason of a state, if they are asked for.
func (w *watch) tell(points []point, v alarm.Verdict, now time.Time) *outcome {
	return &outcome{state: v.State, words: func() (string, string) { return w.reason(points, v), w.data(points, v, now) }}
}

func (w *watch) reason(points []point, v alarm.Verdict) string {
	m, t := w.Metric, w.Metric.threshold()
	if len(v.Used) == 0 || v.State == alarm.InsufficientData {
		switch {
		case v.State == alarm.InsufficientData:
			return fmt.Sprintf("Insufficient Data: %s unknown.", counted(v.Filled, "datapoint", "was", "were"))
		case t.Treatment == alarm.Breaching:
			return fmt.Sprintf("Threshold Crossed: no datapoints were received for %s and %s treated as [Breaching].", counted(t.Evaluate, "period"), counted(v.Filled, "missing datapoint", "was", "were"))
		}
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %s and %s treated as [NonBreaching].", counted(t.Evaluate, "period"), counted(v.Filled, "missing datapoint", "was", "were"))
	}
	want, from := alarm.Within, "ALARM -> OK"
	if v.State == alarm.Alarm {
		want, from = alarm.Beyond, "OK -> ALARM"
	}
	var told []string
	var lows, highs []string
	for _, i := range v.Used {
		if points[i].kind != want {
			continue
		}
		told = append(told, fmt.Sprintf("%s (%s)", double(points[i].value), time.Unix(points[i].start, 0).UTC().Format("02/01/06 15:04:05")))
		lows, highs = append(lows, double(points[i].lower)), append(highs, double(points[i].upper))
	}
	not := ""
	if v.State != alarm.Alarm {
		not = "not "
	}
	were := "was"
	if len(told) != 1 {
		were = "were"
	}
	var b strings.Builder
	b.WriteString("Threshold")
	if m.Operator.Band() {
		b.WriteString("s")
	}
	b.WriteString(" Crossed: ")
	if m.Breaching > 0 {
		fmt.Fprintf(&b, "%d out of the last %d datapoints ", len(told), len(v.Used)+v.Filled)
	} else {
		b.WriteString(counted(len(told), "datapoint") + " ")
	}
	fmt.Fprintf(&b, "[%s] %s %s%s", strings.Join(told, ", "), were, not, w.compared(lows, highs))
	if v.Filled > 0 && (t.Treatment == alarm.Breaching || t.Treatment == alarm.NotBreaching) {
		kind := "NonBreaching"
		if t.Treatment == alarm.Breaching {
			kind = "Breaching"
		}
		fmt.Fprintf(&b, " and %s treated as [%s]", counted(v.Filled, "missing datapoint", "was", "were"), kind)
	}
	if m.Breaching > 0 {
		least := t.Alarm
		if v.State != alarm.Alarm {
			least = t.Evaluate - t.Alarm + 1
		}
		fmt.Fprintf(&b, " (minimum %s for %s transition)", counted(least, "datapoint"), from)
	}
	b.WriteString(".")
	return shortened(b.String(), 1023)
}

// compared tells what the datapoints were compared with.
func (w *watch) compared(lows, highs []string) string {
	m := w.Metric
	low, high := "the lower thresholds ["+strings.Join(lows, ", ")+"]", "the upper thresholds ["+strings.Join(highs, ", ")+"]"
	switch m.Operator {
	case alarm.OutsideBand:
		return "less than " + low + " or greater than " + high
	case alarm.BelowBand:
		return "less than " + low
	case alarm.AboveBand:
		return "greater than " + high
	}
	return fmt.Sprintf("%s the threshold (%s)", m.Operator.Words(), double(*m.Threshold))
}

// counted says "1 datapoint was" and "2 datapoints were".
func counted(n int, noun string, verbs ...string) string {
	text := fmt.Sprintf("%d %s", n, noun)
	verb := 0
	if n != 1 {
		text += "s"
		verb = 1
	}
	if len(verbs) > verb {
		text += " " + verbs[verb]
	}
	return text
}

// shortened cuts what is longer than a member may be, between characters.
func shortened(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// decimal is a number that JSON shows as Java writes a double: 1 is 1.0.
type decimal float64

// MarshalJSON implements [json.Marshaler].
func (d decimal) MarshalJSON() ([]byte, error) { return []byte(double(float64(d))), nil }

// double writes a number as Java does.
func double(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-3 || a >= 1e7) {
		text := strconv.FormatFloat(v, 'E', -1, 64)
		mantissa, exponent, _ := strings.Cut(text, "E")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		n, _ := strconv.Atoi(exponent)
		return mantissa + "E" + strconv.Itoa(n)
	}
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// reasonData is StateReasonData.
type reasonData struct {
	Version   string      `json:"version"`
	QueryDate string      `json:"queryDate"`
	StartDate string      `json:"startDate,omitempty"`
	Unit      string      `json:"unit,omitempty"`
	Statistic string      `json:"statistic,omitempty"`
	Period    int64       `json:"period"`
	Recent    []decimal   `json:"recentDatapoints"`
	Lower     []decimal   `json:"recentLowerThresholds,omitempty"`
	Upper     []decimal   `json:"recentUpperThresholds,omitempty"`
	Threshold *decimal    `json:"threshold,omitempty"`
	Evaluated []evaluated `json:"evaluatedDatapoints"`
}

type evaluated struct {
	Timestamp string   `json:"timestamp"`
	Samples   *decimal `json:"sampleCount,omitempty"`
	Value     *decimal `json:"value,omitempty"`
}

// data tells the datapoints that counted, the oldest first, and of all that were looked at, the newest first.
func (w *watch) data(points []point, v alarm.Verdict, now time.Time) string {
	m := w.Metric
	d := reasonData{Version: "1.0", QueryDate: stamp(now), Unit: m.Unit, Statistic: m.Statistic, Period: m.Period, Recent: []decimal{}, Evaluated: []evaluated{}}
	if m.Threshold != nil {
		d.Threshold = new(decimal(*m.Threshold))
	}
	for k := len(v.Used) - 1; k >= 0; k-- {
		p := points[v.Used[k]]
		if d.StartDate == "" {
			d.StartDate = stamp(time.Unix(p.start, 0))
		}
		d.Recent = append(d.Recent, decimal(p.value))
		if m.Band != "" {
			d.Lower, d.Upper = append(d.Lower, decimal(p.lower)), append(d.Upper, decimal(p.upper))
		}
	}
	for i := len(points) - 1; i >= 0 && len(d.Evaluated) < max(int(m.Evaluate), 1); i-- {
		p := points[i]
		e := evaluated{Timestamp: stamp(time.Unix(p.start, 0))}
		if p.kind != alarm.Absent {
			e.Value = new(decimal(p.value))
			if p.samples > 0 {
				e.Samples = new(decimal(p.samples))
			}
		}
		d.Evaluated = append(d.Evaluated, e)
	}
	text := document(d)
	if len(text) > 4000 { // too many to be told
		d.Evaluated = nil
		if text = document(d); len(text) > 4000 {
			return ""
		}
	}
	return text
}
