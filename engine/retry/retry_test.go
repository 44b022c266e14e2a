package retry

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func delays(p Policy) string {
	var out []string
	for n := 1; n <= p.Retries; n++ {
		d, _ := p.Delay(n)
		out = append(out, fmt.Sprint(d.Round(time.Second).Seconds()))
	}
	return strings.Join(out, " ")
}

// TestPhases: the phases come in their order, and the functions differ only in the third.
func TestPhases(t *testing.T) {
	for f, want := range map[Backoff]string{
		Linear:      "0 0 5 5 10 20 30 40 50 60 60",
		Arithmetic:  "0 0 5 5 10 13 20 30 43 60 60",
		Geometric:   "0 0 5 5 10 14 20 29 42 60 60",
		Exponential: "0 0 5 5 10 12 15 21 34 60 60",
	} {
		low := Policy{MinDelay: 5, MaxDelay: 60, Retries: 4, NoDelay: 2, MinRetries: 2, Backoff: f}
		high := Policy{MinDelay: 10, MaxDelay: 60, Retries: 7, MaxRetries: 1, Backoff: f}
		if got := delays(low) + " " + delays(high); got != want {
			t.Errorf("%s: %s, want %s", f, got, want)
		}
	}
	p := Default()
	if got := delays(p); got != "20 20 20" {
		t.Errorf("default: %s", got)
	}
	for name, c := range map[string]struct {
		p    Policy
		want time.Duration
	}{"queues": {Managed(), 23 * 24 * time.Hour}, "people": {People(), 6 * time.Hour}} {
		if got := c.p.Total(); got < c.want-c.want/8 || got > c.want+c.want/8 {
			t.Errorf("%s: %s in all, want about %s", name, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		`{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":2,"numRetries":5}}}`:    "",
		`{"http":{"defaultThrottlePolicy":{"maxReceivesPerSecond":7}}}`:                                    "",
		`{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":0}}}`:                                      "minDelayTarget",
		`{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":30}}}`:                                     "maxDelayTarget",
		`{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}`:                                        "numRetries",
		`{"http":{"defaultHealthyRetryPolicy":{"numNoDelayRetries":4}}}`:                                   "sum",
		`{"http":{"defaultHealthyRetryPolicy":{"backoffFunction":"random"}}}`:                              "backoffFunction",
		`{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":60,"maxDelayTarget":60,"numRetries":99}}}`: "total",
		`{"http":{"defaultRequestPolicy":{"headerContentType":"text/evil"}}}`:                              "headerContentType",
		`{"http":{"defaultThrottlePolicy":{"maxReceivesPerSecond":0}}}`:                                    "maxReceivesPerSecond",
		`{"http":{"x":1}}`: "unknown", `{`: "EOF", `{}`: "http", `{"http":{}} {}`: "more", `[]`: "array",
	} {
		_, err := ParseTopic(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestOverrides: what a subscription says counts, unless the topic forbids it.
func TestOverrides(t *testing.T) {
	s, err := ParseSubscription(`{"healthyRetryPolicy":{"numRetries":7},"requestPolicy":{"headerContentType":"application/json; charset=UTF-8"}}`)
	if err != nil {
		t.Fatal(err)
	}
	for closed, want := range map[bool]int{false: 7, true: 1} {
		topic, err := ParseTopic(fmt.Sprintf(`{"http":{"defaultHealthyRetryPolicy":{"numRetries":1},"disableSubscriptionOverrides":%t,"defaultThrottlePolicy":{"maxReceivesPerSecond":3}}}`, closed))
		if err != nil {
			t.Fatal(err)
		}
		e := Of(topic, s)
		if e.Retry.Retries != want || e.Throttle != 3 || (e.Type == "") != closed {
			t.Errorf("closed %t: %+v", closed, e)
		}
	}
}

// TestDelaysLaw: of any policy that is taken, delays never leave their bounds, never shrink and end within an hour.
func TestDelaysLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 100)
		p := Policy{
			MinDelay: rapid.IntRange(1, 3600).Draw(t, "min"), MaxDelay: rapid.IntRange(1, 3600).Draw(t, "max"), Retries: n.Draw(t, "n"), NoDelay: n.Draw(t, "no"),
			MinRetries: n.Draw(t, "low"), MaxRetries: n.Draw(t, "high"), Backoff: rapid.SampledFrom([]Backoff{Linear, Arithmetic, Geometric, Exponential}).Draw(t, "f"),
		}
		if p.check() != nil {
			return
		}
		last := time.Duration(0)
		for n := 1; n <= p.Retries; n++ {
			d, ok := p.Delay(n)
			if !ok || d < last || d > time.Duration(p.MaxDelay)*time.Second || n > p.NoDelay && d < time.Duration(p.MinDelay)*time.Second-time.Millisecond {
				t.Fatalf("%+v: retry %d after %s, before it %s", p, n, d, last)
			}
			last = d
		}
		if _, more := p.Delay(p.Retries + 1); more || p.Total() > time.Hour {
			t.Fatalf("%+v does not end", p)
		}
	})
}

// FuzzParse: no text makes a panic, and what is taken is taken again as it is shown.
func FuzzParse(f *testing.F) {
	f.Add(`{"http":{"defaultHealthyRetryPolicy":{"numRetries":7}}}`)
	f.Add(`{"healthyRetryPolicy":{"numRetries":7,"backoffFunction":"geometric"},"throttlePolicy":{"maxReceivesPerSecond":1}}`)
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ParseTopic(text); err == nil {
			b, _ := json.Marshal(p)
			if _, err := ParseTopic(string(b)); err != nil {
				t.Errorf("%q is shown as %s: %v", text, b, err)
			}
		}
		if p, err := ParseSubscription(text); err == nil {
			b, _ := json.Marshal(p)
			if _, err := ParseSubscription(string(b)); err != nil {
				t.Errorf("%q is shown as %s: %v", text, b, err)
			}
		}
	})
}
