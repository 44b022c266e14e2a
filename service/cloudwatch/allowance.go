package cloudwatch

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"vauban/service"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// allowance bounds what alarms read to train the models of their bands, in each window of time: all together, and those of one account. An account that got
// nothing has its share kept for it, so that accounts with many bands hold up no other.
type allowance struct {
	mu      sync.Mutex
	window  int64 // that the rest is about
	left    int   // buckets
	used    map[string]int
	served  map[string]bool  // accounts for which a model was trained
	waiting map[string]int64 // accounts that got nothing, and in which window
}

const (
	trainWindow = 10 // seconds
	keptFor     = 12 // windows: longer ago than most alarms are evaluated anew, the account has no more use for it
)

// of is how many buckets may be read for an account now.
func (a *allowance) of(account string, now time.Time, all, each int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if window := now.Unix() / trainWindow; a.window != window || a.used == nil {
		a.window, a.left, a.used, a.served = window, all, map[string]int{}, map[string]bool{}
	}
	kept := 0
	for other, since := range a.waiting {
		if a.window-since > keptFor || a.window < since {
			delete(a.waiting, other)
		} else if other != account {
			kept += each
		}
	}
	if _, waits := a.waiting[account]; waits {
		kept = 0
	}
	return max(0, min(each-a.used[account], a.left-kept))
}

// note takes account of what was read of what might be, and of whether it was too little.
func (a *allowance) note(account string, may, read, each int, short bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left -= read
	a.used[account] += read
	switch {
	case !short && read > 0:
		a.served[account] = true
		delete(a.waiting, account)
	case short && may < each && !a.served[account]:
		if a.waiting == nil {
			a.waiting = map[string]int64{}
		}
		if _, waits := a.waiting[account]; !waits {
			a.waiting[account] = a.window
		}
	}
}

// errUntrained says that the model of a band is not trained yet, and may not be now: the alarm stays as it is until its next turn.
var errUntrained = errors.New("cloudwatch: the model waits to be trained")

// modelInTurn is the model for an alarm.
func (s *Service) modelInTurn(tx store.Tx, q *query, now time.Time, before int64) (*model, error) {
	may := s.allowed.of(q.metric.Account, now, trainRead, trainAccount)
	budget := may
	m, err := s.model(tx, q, now, before, &budget)
	short := errors.Is(err, series.ErrBudget)
	s.allowed.note(q.metric.Account, may, may-max(budget, 0), trainAccount, short)
	if short {
		return nil, errUntrained
	}
	return m, err
}

// untrained remembers which alarms have waited for their models since the log was last told.
type untrained struct {
	mu sync.Mutex
	m  map[string]map[string]bool // keys of alarms by account
}

func (u *untrained) note(account, key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.m == nil {
		u.m = map[string]map[string]bool{}
	}
	if u.m[account] == nil {
		u.m[account] = map[string]bool{}
	}
	u.m[account][key] = true
}

func (u *untrained) take() map[string]map[string]bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	m := u.m
	u.m = nil
	return m
}

// tellUntrained tells of alarms that stay as they are.
func (s *Service) tellUntrained(*service.Work) error {
	var told []error
	waited := s.untrained.take()
	for _, account := range slices.Sorted(maps.Keys(waited)) {
		told = append(told, fmt.Errorf("%d alarms of %s stay as they are, for their models wait to be trained", len(waited[account]), account))
	}
	return errors.Join(told...)
}
