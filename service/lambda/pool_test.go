package lambda

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vauban/sandbox"
)

// idle is an instance that does nothing.
type idle struct {
	sandbox.Instance
	done chan struct{}
}

func (i *idle) Done() <-chan struct{} { return i.done }
func (i *idle) Close() error          { return nil }

func newIdle(until time.Time) *instance {
	return &instance{Instance: &idle{done: make(chan struct{})}, until: until}
}

// However invocations come and go, a function never runs more at a time than it reserves, an account never more than it has, and no more instances
// live than a replica bears.
func TestPoolsStayWithinTheirBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(0, 0)
		p := newPools(func() time.Time { return now })
		type work struct {
			leave func()
			i     *instance
			q     *pool
			f     string
		}
		var running []work
		count := map[string]int{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "ends") && len(running) > 0 {
				n := rapid.IntRange(0, len(running)-1).Draw(t, "which")
				w := running[n]
				running = append(running[:n], running[n+1:]...)
				p.put(w.i, w.q, rapid.Bool().Draw(t, "alive"))
				w.leave()
				count[w.f]--
				continue
			}
			id := rapid.IntRange(0, 3).Draw(t, "function")
			f := &Function{Account: "111122223333", Region: "us-east-1", Name: fmt.Sprint("f", id), ID: "x"}
			f.Latest = Config{Version: latest, Generation: fmt.Sprint(rapid.IntRange(0, 1).Draw(t, "generation"))}
			if id == 0 {
				f.Reserved = new(2)
			}
			leave, why := p.enter(f)
			if why != "" {
				continue
			}
			i, q, none := p.take(f, &f.Latest)
			if none {
				leave()
				continue
			}
			if i == nil {
				i = newIdle(now.Add(time.Hour))
				p.started(i, q)
			}
			running = append(running, work{leave, i, q, f.Name})
			if count[f.Name]++; id == 0 && count[f.Name] > 2 {
				t.Fatalf("%d of a function that reserves 2", count[f.Name])
			}
			if p.total > maxInstances || p.shares[f.Account] > maxOfAccount || len(p.live) != p.total {
				t.Fatalf("%d instances, %d live", p.total, len(p.live))
			}
		}
		for _, w := range running {
			p.put(w.i, w.q, false)
			w.leave()
		}
		now = now.Add(2 * time.Hour)
		p.tire()
		if p.total != 0 || len(p.live) != 0 || len(p.running) != 0 || len(p.accounts) != 0 || len(p.shares) != 0 || len(p.m) != 0 {
			t.Fatalf("what is left: %d instances, %d live, %v, %v, %d pools", p.total, len(p.live), p.running, p.accounts, len(p.m))
		}
	})
}

// An account that fills its share in all regions stops itself alone, and what others leave idle goes when there is no other room.
func TestNoAccountTakesAllInstances(t *testing.T) {
	now := time.Unix(0, 0)
	p := newPools(func() time.Time { return now })
	start := func(account, region string) (back func(), none bool) {
		f := &Function{Account: account, Region: region, Name: "f", ID: "x", Latest: Config{Version: latest}}
		i, q, none := p.take(f, &f.Latest)
		if none {
			return nil, true
		}
		if i == nil {
			i = newIdle(now.Add(time.Hour))
			p.started(i, q)
		}
		return func() { p.put(i, q, true) }, false
	}
	var first func()
	for n := range maxOfAccount {
		back, none := start("111122223333", []string{"us-east-1", "eu-central-1"}[n%2])
		if none {
			t.Fatalf("no room after %d", n)
		}
		first = back
	}
	if _, none := start("111122223333", "eu-west-1"); !none {
		t.Error("an account has more than its share")
	}
	if _, ok := p.begin(&Function{Account: "111122223333", Region: "eu-west-1", Name: "g"}, &Config{Version: "1"}); ok {
		t.Error("an account has more than its share warm")
	}
	for n := range maxOfAccount {
		if _, none := start("444455556666", "us-east-1"); none {
			t.Fatalf("no room for another account after %d", n)
		}
	}
	if _, none := start("777788889999", "us-east-1"); !none {
		t.Error("there are more instances than a replica bears")
	}
	first()
	if _, none := start("444455556666", "eu-west-1"); !none {
		t.Error("a full share takes what others leave idle")
	}
	if _, none := start("777788889999", "us-east-1"); none {
		t.Error("an idle instance of another account keeps its room")
	}
}

// An instance whose generation is over, whose credentials run out or whose code has ended is not used again.
func TestInstancesAreNotUsedTooLong(t *testing.T) {
	now := time.Unix(0, 0)
	p := newPools(func() time.Time { return now })
	f := &Function{Account: "111122223333", Region: "us-east-1", Name: "f", ID: "x", Latest: Config{Version: latest, Generation: "1"}}
	put := func(i *instance) {
		_, q, _ := p.take(f, &f.Latest)
		p.started(i, q)
		p.put(i, q, true)
	}
	i := newIdle(now.Add(time.Hour))
	put(i)
	if got, q, _ := p.take(f, &f.Latest); got != i {
		t.Error("a warm instance is not used")
	} else {
		p.put(i, q, true)
	}
	close(i.Instance.(*idle).done)
	if got, _, _ := p.take(f, &f.Latest); got != nil {
		t.Error("an instance that has ended is used")
	}
	put(newIdle(now.Add(time.Minute)))
	now = now.Add(time.Minute)
	if got, _, _ := p.take(f, &f.Latest); got != nil {
		t.Error("an instance without time is used")
	}
	put(newIdle(now.Add(time.Hour)))
	f.Latest.Generation = "2"
	if got, _, _ := p.take(f, &f.Latest); got != nil {
		t.Error("an instance of an old generation is used")
	}
}
