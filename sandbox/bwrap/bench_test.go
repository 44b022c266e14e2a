//go:build linux && (amd64 || arm64)

package bwrap

import (
	"context"
	"slices"
	"testing"
	"time"

	"vauban/sandbox"
)

var greeting = map[string]string{
	"app.py":   "def handler(event, context):\n    return event\n",
	"index.js": "exports.handler = async (event) => event;",
}

// handlerOf is the handler of greeting in a language.
var handlerOf = map[string]string{"python": "app.handler", "nodejs": "index.handler"}

// BenchmarkColdStart is a start, from nothing to the code's first request for an invocation, and its end.
func BenchmarkColdStart(b *testing.B) {
	for _, language := range []string{"python", "nodejs"} {
		b.Run(language, func(b *testing.B) {
			h := sharedHost(b)
			s := sandbox.Spec{Runtime: firstRuntime(b, h, language), Handler: handlerOf[language], Memory: 512 * mb, Init: 20 * time.Second, Code: code(b, greeting)}
			var times []time.Duration
			for b.Loop() {
				one := s
				begin := time.Now()
				in, err := h.Start(context.Background(), &one)
				if err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(begin))
				if err := in.Close(); err != nil {
					b.Fatal(err)
				}
			}
			report(b, times)
		})
	}
}

// BenchmarkWarmInvoke is an invocation of code that waits for it.
func BenchmarkWarmInvoke(b *testing.B) {
	for _, language := range []string{"python", "nodejs"} {
		b.Run(language, func(b *testing.B) {
			h := sharedHost(b)
			in := start(b, h, &sandbox.Spec{Runtime: firstRuntime(b, h, language), Handler: handlerOf[language], Memory: 1769 * mb, Code: code(b, greeting)})
			i := invocation(`{"a":1}`)
			i.Deadline = time.Now().Add(time.Hour)
			var times []time.Duration
			for b.Loop() {
				begin := time.Now()
				if r, err := in.Invoke(context.Background(), i); err != nil || r.Error != nil {
					b.Fatalf("%v %+v", err, r)
				}
				times = append(times, time.Since(begin))
			}
			report(b, times)
		})
	}
}

func report(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	for name, q := range map[string]float64{"p50-µs": 0.5, "p99-µs": 0.99} {
		b.ReportMetric(float64(times[int(q*float64(len(times)-1))].Microseconds()), name)
	}
}
