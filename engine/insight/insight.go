package insight

import "math"

const (
	// Least is the smallest count that can be unusual: a few calls are never.
	Least = 10
	// Times is how many times the expected count an unusual one has at least.
	Times = 3
	// Rarity is in how many windows of a steady stream of calls one may look unusual.
	Rarity = 1e7
	// spread is how many standard deviations above the average the rate is taken to be.
	spread = 3
)

// Baseline is what was counted before: so many calls in so many minutes.
type Baseline struct {
	Count   int64
	Minutes int64
}

// Average is the calls in a minute.
func (b Baseline) Average() float64 {
	if b.Minutes <= 0 {
		return 0
	}
	return float64(b.Count) / float64(b.Minutes)
}

// rate is the largest rate that fits the baseline well. The count of a steady stream differs from what it would be on average by about its
// square root.
func (b Baseline) rate() float64 {
	n := float64(max(b.Count, 0))
	return (n + spread*math.Sqrt(n) + spread) / float64(max(b.Minutes, 1))
}

// Unusual reports whether so many calls in so many minutes are far more than the baseline leads to expect.
func (b Baseline) Unusual(count, minutes int64) bool {
	expected := b.rate() * float64(max(minutes, 1))
	n := float64(count)
	if count < Least || n < Times*expected {
		return false
	}
	// Chernoff's bound of the probability that a Poisson variable with this mean is at least n, as a logarithm.
	return n-expected-n*math.Log(n/expected) < -math.Log(Rarity)
}
