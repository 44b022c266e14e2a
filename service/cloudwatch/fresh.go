package cloudwatch

import (
	"sync"

	"vauban/service/cloudwatch/series"
)

// fresh is what the alarms of this replica are yet to look at: series that got samples, and alarms that were put.
type fresh struct {
	mu     sync.Mutex
	series map[series.ID]int // how often to look yet
	alarms map[string]int    // by key
}

// looks is how often what is fresh is looked at: it is noted within the transaction that writes it, which may be later than the first look.
const looks = 2

// maxFresh bounds what waits: beyond, alarms are evaluated when their period ends.
const maxFresh = 100_000

func (f *fresh) note(ids []series.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.series == nil {
		f.series = map[series.ID]int{}
	}
	for _, id := range ids {
		if len(f.series) < maxFresh {
			f.series[id] = looks
		}
	}
}

func (f *fresh) noteAlarm(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.alarms == nil {
		f.alarms = map[string]int{}
	}
	if len(f.alarms) < maxFresh {
		f.alarms[key] = looks
	}
}

// take returns what is fresh.
func (f *fresh) take() (ids []series.ID, alarms []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, left := range f.series {
		ids = append(ids, id)
		if f.series[id] = left - 1; left <= 1 {
			delete(f.series, id)
		}
	}
	for key, left := range f.alarms {
		alarms = append(alarms, key)
		if f.alarms[key] = left - 1; left <= 1 {
			delete(f.alarms, key)
		}
	}
	return ids, alarms
}
