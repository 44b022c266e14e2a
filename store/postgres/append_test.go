package postgres

import "testing"

// TestGather: a commit takes all calls that wait, and does not wait for ever for those that it expects.
func TestGather(t *testing.T) {
	for _, expected := range []int{0, 1, 3, 5, 9, maxAppends + 1} {
		db := &DB{appends: make(chan *appendCall, maxAppends), expected: expected}
		for range 4 {
			db.appends <- &appendCall{}
		}
		if calls := db.gather(&appendCall{}); len(calls) != 5 {
			t.Errorf("%d expected, 5 there, %d taken", expected, len(calls))
		}
	}
	db := &DB{appends: make(chan *appendCall, 2*maxAppends), expected: 2 * maxAppends}
	for range 2 * maxAppends {
		db.appends <- &appendCall{}
	}
	if calls := db.gather(&appendCall{}); len(calls) != maxAppends {
		t.Errorf("%d taken for one commit", len(calls))
	}
}
