package contributors

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vauban/store"
)

// spread is an event in each of so many minutes.
func spread(minutes int) Counts {
	c := Counts{}
	for m := range minutes {
		c.Add(time.Unix(int64(m)*60, 0), []string{"a"}, 1)
	}
	return c
}

// folded counts the minutes of a rule.
func (w *world) folded(t *testing.T, rule string) (n int) {
	t.Helper()
	err := w.read(func(tx store.Tx) (err error) {
		n, err = minutes().Count(tx, store.K(rule), 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRulesTakeTurns: in a turn of the job, each transaction is small and an account gets so much, and the rules of others come, whichever are first in order.
func TestRulesTakeTurns(t *testing.T) {
	w := newWorld(t)
	var flood []string
	for i := range 4 {
		flood = append(flood, fmt.Sprint("a/", i))
	}
	for _, rule := range append(flood, "b/0") {
		w.known[rule] = true
		n := 1000
		if rule == "b/0" {
			n = 10
		}
		if err := w.put(rule, spread(n)); err != nil {
			t.Fatal(err)
		}
	}
	total := func() (n int) {
		for _, rule := range flood {
			n += w.folded(t, rule)
		}
		return n
	}
	write := func(fn func(store.Tx) error) error {
		before := total()
		err := w.write(fn)
		if n := total() - before; n > minutesAtOnce {
			t.Errorf("a transaction has written %d minutes", n)
		}
		return err
	}
	if err := w.Fold(w.read, write, w.knows); err != nil {
		t.Fatal(err)
	}
	if n := w.folded(t, "b/0"); n != 10 {
		t.Errorf("%d minutes of the rule of another account are folded, want 10", n)
	}
	if n := total(); n < minutesAtOnce || n > foldedOfOne+minutesAtOnce {
		t.Errorf("%d minutes of one account are folded in a turn", n)
	}
	for range 4000 / minutesAtOnce {
		if err := w.Fold(w.read, w.write, w.knows); err != nil {
			t.Fatal(err)
		}
	}
	if n := total(); n != 4000 {
		t.Errorf("%d minutes are folded in the end, want 4000", n)
	}
}

// TestLargeArrival: what one arrival has beyond the bound is folded alone.
func TestLargeArrival(t *testing.T) {
	w := newWorld(t)
	w.known["r"] = true
	r := &Room{w.Store, "r"}
	for range 2 {
		large, err := r.prepare("r", times(minutesAtOnce+1), spread(minutesAtOnce+1))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.write(large.Put); err != nil {
			t.Fatal(err)
		}
	}
	err := w.write(func(tx store.Tx) error {
		f, err := w.foldSome(tx, "r", w.knows)
		if !f.more {
			t.Error("both were folded at once")
		}
		return err
	})
	if n := w.folded(t, "r"); err != nil || n != minutesAtOnce+1 {
		t.Errorf("%d minutes are folded, %v", n, err)
	}
}

func times(n int) (out []int64) {
	for m := range n {
		out = append(out, int64(m)*60)
	}
	return out
}

// TestShutStays: what cannot be opened, or not even read, is told and holds up nothing else.
func TestShutStays(t *testing.T) {
	w := newWorld(t)
	for _, rule := range []string{"a/0", "b/0"} {
		w.known[rule] = true
		if err := w.put(rule, spread(3)); err != nil {
			t.Fatal(err)
		}
	}
	type strange struct {
		Rule  string `json:"rule"`
		Nonce string `json:"nonce"`
		Times string `json:"times"`
	}
	table := &store.Table[strange]{Name: arrivals().Name, Key: func(x *strange) store.Key { return store.K(x.Rule, x.Nonce) }}
	err := w.write(func(tx store.Tx) error {
		if err := table.Insert(tx, &strange{"a/0", "", "none"}); err != nil {
			return err
		}
		return arrivals().Insert(tx, &arrival{Rule: "a/0", Nonce: "0", Times: []int64{60}, Sealed: []byte("not sealed")})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Fold(w.read, w.write, w.knows); !strings.Contains(fmt.Sprint(err), "rule a/0 of account a stays unfolded") {
		t.Errorf("Fold: %v", err)
	}
	if a, b := w.folded(t, "a/0"), w.folded(t, "b/0"); a != 3 || b != 3 {
		t.Errorf("folded: %d and %d minutes, want 3 each", a, b)
	}
}

// TestRoom: when so much waits for an account, what comes is not counted and told, until there is room again; others have room.
func TestRoom(t *testing.T) {
	w := newWorld(t)
	w.known["r"] = true
	now := time.Unix(1767323045, 0)
	room := func() *Room {
		t.Helper()
		var r *Room
		err := w.read(func(tx store.Tx) (err error) {
			r, err = w.Room(tx, "owner", []string{"r"}, now)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	put := func(r *Room) int {
		t.Helper()
		parts, err := r.Prepare("r", spread(2))
		if err != nil {
			t.Fatal(err)
		}
		return len(parts)
	}
	r := room()
	r.queue.take("owner", maxWaiting) // by what was not kept after all
	if n := put(r); n != 0 || w.Uncounted()["owner"] != 2 || len(w.Uncounted()) != 0 {
		t.Errorf("%d parts found room", n)
	}
	if n := put(&Room{w.Store, "other"}); n != 1 {
		t.Error("another has no room")
	}
	if n := put(room()); n != 1 {
		t.Error("nothing waits, and there is no room")
	}
	err := w.write(func(tx store.Tx) error { // now it does
		return arrivals().Insert(tx, &arrival{Rule: "r", Nonce: "0", Times: times(maxWaiting)})
	})
	if err != nil {
		t.Fatal(err)
	}
	r.queue.take("owner", maxWaiting)
	if n := put(room()); n != 0 {
		t.Error("it is measured again at once")
	}
	now = now.Add(measureAgain)
	if n := put(room()); n != 0 {
		t.Error("there is room where so much waits")
	}
	if err := w.write(func(tx store.Tx) error { return arrivals().Delete(tx, store.K("r", "0")) }); err != nil {
		t.Fatal(err)
	}
	now = now.Add(measureAgain)
	if n := put(room()); n != 1 {
		t.Error("there is no room again")
	}
}
