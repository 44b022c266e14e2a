package service

import (
	"sync"
	"time"
)

// Meter takes measurements of services for CloudWatch, such as AWS/Lambda Invocations. They are bounded: when nobody fetches them in time, the
// newest are dropped and counted.
type Meter struct {
	mu      sync.Mutex
	waiting []Measurement
	dropped int64
}

// Measurement is one value of one metric.
type Measurement struct {
	Account, Region string
	Namespace       string // "AWS/Lambda"
	Name            string // "Invocations"
	Dimensions      []Dimension
	Value           float64
	Count           float64 // how often it was measured; 0 means once
	Unit            string  // CloudWatch's: "Count", "Milliseconds"
	Time            time.Time
}

// Dimension is a part of a metric's identity.
type Dimension struct{ Name, Value string }

// maxMeasurements bounds what waits.
const maxMeasurements = 1 << 16

// Measure notes a value. It never waits.
func (m *Meter) Measure(v Measurement) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.waiting) >= maxMeasurements {
		m.dropped++
		return
	}
	m.waiting = append(m.waiting, v)
}

// Take returns all that waits, and how many were dropped since the last Take.
func (m *Meter) Take() ([]Measurement, int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out, dropped := m.waiting, m.dropped
	m.waiting, m.dropped = nil, 0
	return out, dropped
}
