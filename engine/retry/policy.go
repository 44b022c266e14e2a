package retry

import (
	"math"
	"time"
)

// Policy is how often, and after which pauses, a delivery is tried again. Delays are in seconds.
type Policy struct {
	MinDelay   int     `json:"minDelayTarget"`
	MaxDelay   int     `json:"maxDelayTarget"`
	Retries    int     `json:"numRetries"`
	MaxRetries int     `json:"numMaxDelayRetries"` // of Retries, at the end, with MaxDelay
	NoDelay    int     `json:"numNoDelayRetries"`  // of Retries, at the beginning
	MinRetries int     `json:"numMinDelayRetries"` // of Retries, after those without delay
	Backoff    Backoff `json:"backoffFunction"`
}

// Backoff is how delays grow between the least and the greatest.
type Backoff string

// The functions.
const (
	Linear      Backoff = "linear"
	Arithmetic  Backoff = "arithmetic"
	Geometric   Backoff = "geometric"
	Exponential Backoff = "exponential"
)

// Default is the policy of HTTP endpoints.
func Default() Policy { return Policy{MinDelay: 20, MaxDelay: 20, Retries: 3, Backoff: Linear} }

// Managed is the policy for endpoints that AWS runs: queues and functions. It ends after 23 days.
func Managed() Policy {
	return Policy{MinDelay: 1, MaxDelay: 20, Retries: 100_015, NoDelay: 3, MinRetries: 2, MaxRetries: 100_000, Backoff: Exponential}
}

// People is the policy for mail and SMS. It ends after 6 hours.
func People() Policy {
	return Policy{MinDelay: 10, MaxDelay: 600, Retries: 50, MinRetries: 2, MaxRetries: 38, Backoff: Exponential}
}

// Delay is the pause before retry n, which counts from 1. ok is false when there is no such retry.
func (p *Policy) Delay(n int) (d time.Duration, ok bool) {
	if n < 1 || n > p.Retries {
		return 0, false
	}
	seconds := func(s float64) (time.Duration, bool) { return time.Duration(s * float64(time.Second)), true }
	low, high := float64(p.MinDelay), float64(p.MaxDelay)
	growing := p.Retries - p.NoDelay - p.MinRetries - p.MaxRetries
	switch {
	case n <= p.NoDelay:
		return 0, true
	case n <= p.NoDelay+p.MinRetries:
		return seconds(low)
	case n > p.NoDelay+p.MinRetries+growing:
		return seconds(high)
	case growing < 2 || low == high:
		return seconds(high)
	}
	k, last := float64(n-p.NoDelay-p.MinRetries-1), float64(growing-1) // k goes from 0 to last
	return seconds(p.Backoff.between(low, high, k, last))
}

// between is a delay from low, where k is 0, to high, where it is last. Arithmetic delays grow by steps that grow evenly, geometric ones by a constant
// ratio, exponential ones double their distance from low.
func (b Backoff) between(low, high, k, last float64) float64 {
	switch part := k / last; b {
	case Arithmetic:
		return low + (high-low)*k*(k+1)/(last*(last+1))
	case Geometric:
		return low * math.Pow(high/low, part)
	case Exponential:
		if last > 1000 {
			last, k = 1000, part*1000
		}
		return low + (high-low)*(math.Exp2(k)-1)/(math.Exp2(last)-1)
	default:
		return low + (high-low)*part
	}
}

// Total is the time from the first attempt to the last.
func (p *Policy) Total() time.Duration {
	var total time.Duration
	for n := 1; n <= p.Retries; n++ {
		d, _ := p.Delay(n)
		total += d
	}
	return total
}
