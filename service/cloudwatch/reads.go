package cloudwatch

import (
	"sync"
	"time"
)

// What alarms may read of what rules of Contributor Insights have counted, in contributors; see contributors.Opening.
const (
	alarmReads = 1_000_000 // an alarm, each time
	readsEach  = 50_000    // all alarms of an account, each second
)

// reads is how much alarms of each account have read, so that those of one do not hold up those of all.
type reads struct {
	mu     sync.Mutex
	owing  map[string]int // by account
	passed time.Time      // until when what has been read is paid off
}

// may reports whether alarms of the account may read now. Who may reads as much as it needs, and then waits the longer.
func (r *reads) may(account string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if paid := int(min(now.Sub(r.passed).Seconds(), alarmReads) * readsEach); paid > 0 {
		for of, n := range r.owing {
			if r.owing[of] = n - paid; n <= paid {
				delete(r.owing, of)
			}
		}
		r.passed = now
	}
	return r.owing[account] < readsEach
}

func (r *reads) spend(account string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.owing == nil {
		r.owing = map[string]int{}
	}
	r.owing[account] += n
}
