package service

import (
	"fmt"
	"testing"
)

// TestMeterShares: an account that measures more than is stored loses its own measurements, not those of others.
func TestMeterShares(t *testing.T) {
	m := &Meter{}
	for range maxMeasurements + 10 {
		m.Measure(Measurement{Account: "loud"})
	}
	const quiet, each = 10, 100
	for a := range quiet {
		for range each {
			m.Measure(Measurement{Account: fmt.Sprint(a)})
		}
	}
	out, dropped := m.Take()
	got := map[string]int{}
	for i := range out {
		got[out[i].Account]++
	}
	for a := range quiet {
		if n := got[fmt.Sprint(a)]; n != each {
			t.Errorf("account %d has %d measurements of %d", a, n, each)
		}
	}
	if len(out) != maxMeasurements || dropped != 10+quiet*each {
		t.Errorf("%d measurements, %d dropped", len(out), dropped)
	}
	if out, dropped := m.Take(); len(out) != 0 || dropped != 0 {
		t.Errorf("again: %d measurements, %d dropped", len(out), dropped)
	}
}
