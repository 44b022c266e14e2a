package service

import (
	"maps"
	"slices"
	"sync"
	"time"

	"vauban/engine/metric"
)

// Meter takes measurements of services for CloudWatch, such as AWS/Lambda Invocations. They are bounded: when nobody fetches them in time, the
// newest of the account that has the most are dropped and counted, so that one that measures much costs the others nothing.
type Meter struct {
	mu      sync.Mutex
	waiting map[string][]Measurement // by account
	all     int                      // that wait
	dropped int64
}

// Measurement is one value of one metric.
type Measurement struct {
	Account, Region string
	Namespace       string // "AWS/Lambda"
	Name            string // "Invocations"
	Dimensions      []Dimension
	Value           float64
	Set             *metric.Bucket // what many values come to, instead of Value
	Unit            string         // CloudWatch's: "Count", "Milliseconds"
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
	if m.waiting == nil {
		m.waiting = map[string][]Measurement{}
	}
	if m.all >= maxMeasurements {
		m.dropped++
		most := m.largest()
		if len(m.waiting[v.Account])+1 >= len(m.waiting[most]) {
			return
		}
		rest := len(m.waiting[most]) - 1
		m.waiting[most][rest] = Measurement{}
		m.waiting[most] = m.waiting[most][:rest]
		m.all--
	}
	m.waiting[v.Account] = append(m.waiting[v.Account], v)
	m.all++
}

// largest is the account that has the most.
func (m *Meter) largest() (account string) {
	for a, list := range m.waiting {
		if len(list) > len(m.waiting[account]) {
			account = a
		}
	}
	return account
}

// Take returns all that waits, account by account, and how many were dropped since the last Take.
func (m *Meter) Take() ([]Measurement, int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Measurement, 0, m.all)
	for _, account := range slices.Sorted(maps.Keys(m.waiting)) {
		out = append(out, m.waiting[account]...)
	}
	dropped := m.dropped
	m.waiting, m.all, m.dropped = nil, 0, 0
	return out, dropped
}
