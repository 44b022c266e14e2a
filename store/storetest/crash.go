package storetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"vauban/store"
)

// Crash kills a process that writes, at random moments, and checks each time that nothing acknowledged is lost and nothing half-written
// is there. The process is the test binary itself: its TestMain must begin with CrashChild.
type Crash struct {
	Where  string // what the child is to open
	Open   func(ctx context.Context, where string) (store.DB, error)
	Rounds int
	Kill   func(child *os.Process) error // what breaks; nil kills the child
}

const (
	crashWhere = "VAUBAN_STORETEST_CRASH"
	crashRound = "VAUBAN_STORETEST_ROUND"
)

// CrashChild runs the writing process if this process is one, and then does not return.
func CrashChild(open func(ctx context.Context, where string) (store.DB, error)) {
	where := os.Getenv(crashWhere)
	if where == "" {
		return
	}
	ctx := context.Background()
	db, err := open(ctx, where)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ready")
	var wg sync.WaitGroup
	for w := range 12 {
		wg.Go(func() { crashWorker(ctx, db, os.Getenv(crashRound), w) })
	}
	wg.Wait()
}

// crashWorker writes for ever, and acknowledges what the store has acknowledged. Every third worker only appends events.
func crashWorker(ctx context.Context, db store.DB, round string, w int) {
	for n := 0; ; n++ {
		id := fmt.Sprintf("%s.%d.%d", round, w, n)
		var err error
		kind := "event"
		if w%3 == 2 {
			err = db.Append(ctx, event(id))
		} else {
			kind = "write"
			err = db.Write(ctx, func(tx store.Tx) error { return crashWrite(tx, id) })
		}
		switch {
		case err == nil:
			fmt.Println(kind, id) // one write to the pipe, without a buffer that a kill would lose
		case errors.Is(err, store.ErrUnavailable):
		default:
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// crashWrite is one transaction of two documents, which name each other, and an event.
func crashWrite(tx store.Tx, id string) error {
	return errors.Join(
		items().Insert(tx, &item{Owner: "left", Name: id, ID: "l" + id, Tags: []string{id}, Data: strings.Repeat("x", 300)}),
		tx.Append(event(id)),
		items().Insert(tx, &item{Owner: "right", Name: id, ID: "r" + id, Tags: []string{id}}))
}

// Run kills and checks.
func (c Crash) Run(t *testing.T) {
	t.Helper()
	acked := map[string]string{}
	for round := range c.Rounds {
		before := len(acked)
		c.round(t, round, acked)
		if t.Failed() {
			return
		}
		t.Logf("round %d: %d acknowledged", round, len(acked)-before)
	}
}

func (c Crash) round(t *testing.T, round int, acked map[string]string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashWhere+"="+c.Where, fmt.Sprintf("%s=%d", crashRound, round))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var failure strings.Builder
	cmd.Stderr = &failure
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	enough := make(chan struct{})
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if n == 20 {
				close(enough)
			}
			if kind, id, ok := strings.Cut(lines.Text(), " "); ok {
				acked[id] = kind
			}
		}
	}()
	select {
	case <-enough:
	case <-read:
		t.Fatalf("the child ended by itself: %s", failure.String())
	case <-time.After(patience):
		t.Fatal("the child acknowledges nothing")
	}
	time.Sleep(rand.N(300 * time.Millisecond)) // the random moment
	if c.Kill != nil {
		if err := c.Kill(cmd.Process); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Process.Kill()
	<-read
	_ = cmd.Wait()
	if failure.Len() > 0 {
		t.Fatalf("the child failed before it was killed: %s", failure.String())
	}
	c.check(t, acked)
}

// check reads the store as the next process finds it.
func (c Crash) check(t *testing.T, acked map[string]string) {
	t.Helper()
	db, err := c.Open(bounded(t), c.Where)
	if err != nil {
		t.Fatalf("open after the crash: %v", err)
	}
	defer db.Close()
	var events map[string]bool
	sides := map[string]map[string]bool{"left": {}, "right": {}}
	// All in one snapshot: a server may still be at work on what the killed process had sent.
	read(t, db, func(tx store.Tx) error {
		all, err := tx.Events(0, 1<<30)
		if err != nil {
			return err
		}
		events = map[string]bool{}
		for _, e := range all {
			if events[e.ID] && acked[e.ID] == "write" {
				t.Errorf("the event of write %s is there twice", e.ID)
			}
			events[e.ID] = true
		}
		for side, found := range sides {
			for it, err := range items().Each(tx, store.K(side)) {
				if err != nil {
					return err
				}
				found[it.Name] = true
			}
		}
		for id := range sides["left"] {
			if n, err := items().CountRef(tx, "tag", store.K(id), 0); err != nil || n != 2 {
				t.Errorf("%s has %d references, %v", id, n, err)
			}
			for _, unique := range []string{"l" + id, "r" + id} {
				if it, err := items().ByUnique(tx, "id", store.K(unique)); err != nil || it.Name != id {
					t.Errorf("unique %s finds %v, %v", unique, it, err)
				}
			}
			if !sides["right"][id] || !events[id] {
				t.Errorf("%s is half there: right %v, event %v", id, sides["right"][id], events[id])
			}
		}
		return nil
	})
	for id := range sides["right"] {
		if !sides["left"][id] {
			t.Errorf("%s is half there: only right", id)
		}
	}
	for id, kind := range acked {
		if !events[id] || kind == "write" && !sides["left"][id] {
			t.Errorf("%s %s was acknowledged and is lost", kind, id)
		}
	}
	changes := map[string]int{}
	for _, change := range changesFrom(t, db, 0) {
		changes[change.Key.String()]++
	}
	for side, found := range sides {
		for id := range found {
			if n := changes[store.K(side, id).String()]; n != 1 {
				t.Errorf("%s %s has %d changes", side, id, n)
			}
		}
	}
}
