package cloudwatch

import (
	"sync"

	"vauban/service/cloudwatch/series"
)

// fresh is what the alarms of this replica are yet to look at: series that got samples, and alarms that were put.
type fresh struct {
	mu      sync.Mutex
	series  map[series.ID]int // how often to look yet
	alarms  map[string]int    // by key: put
	changed map[string]int    // by key: given a state, which those above follow
}

// looks is how often what is fresh is looked at: it is noted within the transaction that writes it, which may be later than the first look.
const looks = 2

// maxFresh bounds what waits: beyond, alarms are evaluated when their period ends.
const maxFresh = 100_000

func (f *fresh) note(ids []series.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		noteIn(&f.series, id)
	}
}

// noteAlarm notes an alarm that was put.
func (f *fresh) noteAlarm(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	noteIn(&f.alarms, key)
}

// noteChanged notes an alarm that was given a state.
func (f *fresh) noteChanged(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	noteIn(&f.changed, key)
}

func noteIn[K comparable](m *map[K]int, key K) {
	if *m == nil {
		*m = map[K]int{}
	}
	if len(*m) < maxFresh {
		(*m)[key] = looks
	}
}

// take returns what is fresh.
func (f *fresh) take() (ids []series.ID, alarms, changed []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return takeFrom(f.series), takeFrom(f.alarms), takeFrom(f.changed)
}

func takeFrom[K comparable](m map[K]int) (out []K) {
	for key, left := range m {
		out = append(out, key)
		if m[key] = left - 1; left <= 1 {
			delete(m, key)
		}
	}
	return out
}
