package sqs

import (
	"testing"
	"time"
)

func sightOf(whole bool, at time.Time, numbers ...int64) *sight {
	v := &sight{whole: whole}
	for _, n := range numbers {
		v.free = append(v.free, &Due{Space: "s", At: at, Number: n})
	}
	return v
}

// TestClaimsAreDisjoint: of what two receivers have in sight, each due goes to one.
func TestClaimsAreDisjoint(t *testing.T) {
	var c claims
	now := time.Unix(100, 0)
	first, second := c.take("s", sightOf(true, now, 1, 2, 3), 2, now), c.take("s", sightOf(true, now, 1, 2, 3), 2, now)
	if len(first) != 2 || len(second) != 1 || second[0].Number != 3 {
		t.Fatal(first, second)
	}
	if got := c.take("s", sightOf(true, now, 1, 2, 3), 2, now); got != nil {
		t.Fatal(got)
	}
	if got := c.take("other", &sight{free: []*Due{{Space: "other", At: now, Number: 1}}}, 1, now); len(got) != 1 {
		t.Fatal("claims on one queue reach into another")
	}
}

// TestLooksBeginBehindClaims: but not for long, and not where what was claimed leaves gaps.
func TestLooksBeginBehindClaims(t *testing.T) {
	var c claims
	now := time.Unix(100, 0)
	key := func(n int64) string { return string((&Due{Space: "s", At: now, Number: n}).key()) }
	behind := func(after time.Duration) string { return string(c.behind("s", now.Add(after))) }
	if behind(0) != "" {
		t.Fatal("nothing is claimed")
	}
	first := c.take("s", sightOf(true, now, 1, 2), 2, now)
	if behind(0) != key(2) || behind(lookBack) != "" {
		t.Fatal("a look begins behind the first two until lookBack is over")
	}
	second := c.take("s", sightOf(false, now, 3, 4), 2, now.Add(lookBack/2))
	if behind(lookBack/2) != key(4) || behind(lookBack) != "" {
		t.Fatal("a look that began behind claims moves the place and not its time")
	}
	fair := sightOf(true, now, 9, 5)
	fair.fair = true
	third := c.take("s", fair, 1, now)
	if behind(0) != key(4) {
		t.Fatal("what is claimed out of order leaves gaps before it")
	}
	c.release("s", first)
	c.release("s", second)
	if behind(0) != key(4) {
		t.Fatal("the rest of the claims still stands")
	}
	if c.release("s", third); behind(0) != "" || len(c.m) != 0 {
		t.Fatal("without claims a look begins at the beginning")
	}
}
