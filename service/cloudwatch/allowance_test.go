package cloudwatch

import (
	"fmt"
	"testing"
	"time"
)

// TestAllowanceIsFair: of accounts that want more than there is, each is served within the windows that it takes to serve all.
func TestAllowanceIsFair(t *testing.T) {
	const all, each, accounts = 30, 10, 7
	var a allowance
	served := map[string]int{}
	now := time.Unix(1767323045, 0)
	for range 5 {
		total := 0
		for i := range accounts {
			account := fmt.Sprint(i)
			for range 5 { // always more than its share
				may := a.of(account, now, all, each)
				read := min(may, 4)
				a.note(account, may, read, each, may < 4)
				total += read
				if read == 4 {
					served[account]++
				}
			}
		}
		if total > all {
			t.Errorf("%d were read in a window", total)
		}
		now = now.Add(trainWindow * time.Second)
	}
	for i := range accounts {
		if served[fmt.Sprint(i)] == 0 {
			t.Errorf("account %d got nothing in five windows: %v", i, served)
		}
	}
}

// TestAllowanceIsGivenBack: what is kept for an account that asks no more is free again.
func TestAllowanceIsGivenBack(t *testing.T) {
	var a allowance
	now := time.Unix(1767323045, 0)
	a.of("greedy", now, 10, 10)
	a.note("greedy", 10, 10, 10, false)
	a.of("gone", now, 10, 10)
	a.note("gone", 0, 0, 10, true)
	if got := a.of("greedy", now.Add(trainWindow*time.Second), 10, 10); got != 0 {
		t.Errorf("the share of who waits is given away: %d", got)
	}
	if got := a.of("greedy", now.Add((keptFor+1)*trainWindow*time.Second), 10, 10); got != 10 {
		t.Errorf("the share of who is gone is kept: %d", got)
	}
}
