package accessanalyzer

import (
	"testing"

	"vauban/engine/automaton"
)

// TestEffortIsShared: what one account's policies cost ends with its share, and leaves the others theirs.
func TestEffortIsShared(t *testing.T) {
	s := &scope{accounts: []string{"111122223333", "444455556666"}}
	e := s.effort()
	examined := map[string]int{}
	hard := func(left *automaton.Budget) ([]Finding, error) {
		left.Spend(left.Left)
		return nil, nil
	}
	easy := func(*automaton.Budget) ([]Finding, error) { return nil, nil }
	for range 1000 {
		if _, ok, err := e.examine(&subject{owner: "111122223333", examine: hard}); err != nil {
			t.Fatal(err)
		} else if ok {
			examined["hard"]++
		}
	}
	for range 100 {
		if _, ok, _ := e.examine(&subject{owner: "444455556666", examine: easy}); ok {
			examined["easy"]++
		}
	}
	if examined["hard"] < 1 || examined["hard"] > refreshWork/subjectWork {
		t.Errorf("%d hard policies of one account were examined in one refresh", examined["hard"])
	}
	if examined["easy"] != 100 {
		t.Errorf("of the other account's 100 policies, %d were examined", examined["easy"])
	}
	a := &Analyzer{Type: "ACCOUNT"}
	if f := a.postponed(); f.Error == "" {
		t.Error("what is not examined must be told")
	}
}
