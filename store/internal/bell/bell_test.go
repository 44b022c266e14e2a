package bell

import "testing"

func TestBells(t *testing.T) {
	var b Bells
	a1, leave1 := b.Listen("a")
	a2, leave2 := b.Listen("a")
	other, leaveOther := b.Listen("b")
	heard := func(ch <-chan struct{}) bool {
		select {
		case <-ch:
			return true
		default:
			return false
		}
	}
	b.Ring("a", "nobody's")
	b.Ring("a")
	if !heard(a1) || !heard(a2) || heard(a1) || heard(other) {
		t.Error("a bell is for all who listen to it, once, and for nobody else")
	}
	b.RingAll()
	if !heard(a1) || !heard(a2) || !heard(other) {
		t.Error("not all were rung")
	}
	leave1()
	leave1()
	b.Ring("a")
	if heard(a1) || !heard(a2) || b.Listeners("a") != 1 {
		t.Error("one has left, the other listens")
	}
	leave2()
	leaveOther()
	if len(b.m) != 0 {
		t.Error("a bell is left that nobody listens to")
	}
}
