// Bench decides the same questions over the same policies with Vauban's compiled policies, with a look at every statement, with cedar-go and with
// OPA, in one run. All must give the same answers. It is a module of its own, so that the peers are no dependencies of the program.
//
// The workload: N policies of two statements with three resource patterns each; 256 rotating requests of which half are allowed. It is the part
// that all engines can express: identity policies without conditions. `go test -bench DecideFull ./engine/policy` measures a request on
// which all layers have a say.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

// engine decides whether a request is allowed.
type engine struct {
	name  string
	make  func(policies []definition) (decide func(request) bool, err error)
	upTo  int // policies; more would take minutes
	batch int // requests between two looks at the clock
}

func main() {
	seconds := flag.Float64("seconds", 1, "how long each measurement lasts")
	flag.Parse()
	if err := measure(time.Duration(*seconds * float64(time.Second))); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measure(d time.Duration) error {
	engines := []engine{
		{"Vauban, compiled", compiled, 10_000, 256},
		{"Vauban, every statement", linear, 10_000, 16},
		{"cedar-go", cedarEngine, 1000, 4},
		{"OPA, prepared query", opaEngine, 1000, 1},
	}
	fmt.Printf("# %s, %s/%s: one decision over N policies x 2 statements x 3 patterns\n%-26s", runtime.Version(), runtime.GOOS, runtime.GOARCH, "")
	sizes := []int{10, 100, 1000, 10_000}
	for _, n := range sizes {
		fmt.Printf(" %14s", fmt.Sprintf("N=%d", n))
	}
	fmt.Println()
	for _, e := range engines {
		fmt.Printf("%-26s", e.name)
		for _, n := range sizes {
			if n > e.upTo {
				fmt.Printf(" %14s", "-")
				continue
			}
			each, err := e.time(n, d)
			if err != nil {
				return fmt.Errorf("%s, %d policies: %w", e.name, n, err)
			}
			fmt.Printf(" %14s", each)
		}
		fmt.Println()
	}
	return nil
}

// time checks all answers once, and then measures for d.
func (e *engine) time(n int, d time.Duration) (time.Duration, error) {
	policies, requests := workload(n)
	decide, err := e.make(policies)
	if err != nil {
		return 0, err
	}
	for i, r := range requests {
		if got := decide(r); got != r.allowed {
			return 0, fmt.Errorf("request %d, %s on %s: %v, want %v", i, r.action, r.resource, got, r.allowed)
		}
	}
	decisions := 0
	start := time.Now()
	for time.Since(start) < d {
		for range e.batch {
			decide(requests[decisions%len(requests)])
			decisions++
		}
	}
	return (time.Since(start) / time.Duration(decisions)).Round(time.Nanosecond), nil
}
