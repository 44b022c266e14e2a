// Storage measures objects of the built server as a process: the server's CPU for each megabyte of large objects, the rates of small ones with 16
// clients, and moto_server beside it where the machine has it. Large objects are sent in both ways that clients have: as the aws CLI and the SDKs do
// by default (TLS, a CRC64NVME in the trailer), and with the SHA-256 of the body signed (plain HTTP).
//
// Requests are signed before the clock starts: what is left to the clients is to write bytes and to read an answer, since they share the machine's
// processors with the server. Start reading at [measure].
package main

import (
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	binary := flag.String("binary", "bin/vauban", "the built program")
	seconds := flag.Float64("seconds", 4, "how long each rate is measured")
	large := flag.Int("large", 10, "how many objects of 64 MiB")
	admin := flag.String("admin", "", "address of the server's metrics and profiles, none by default")
	flag.Parse()
	d := time.Duration(*seconds * float64(time.Second))
	fmt.Printf("# %s, %s/%s, %d processors, %d clients on loopback\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), clients)
	for _, start := range []func() (*process, error){
		func() (*process, error) { return startVauban(*binary, "https", *admin) },
		func() (*process, error) { return startVauban(*binary, "http", *admin) },
		startMoto,
	} {
		p, err := start()
		if err != nil {
			fmt.Println("SKIP", err)
			continue
		}
		err = p.measure(d, *large)
		p.stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
	}
}

const (
	clients   = 16
	largeSize = 64 << 20
	smallSize = 4 << 10
	smalls    = 1000 // objects
)

func (p *process) measure(d time.Duration, large int) error {
	big := make([]byte, largeSize+smalls)
	if _, err := rand.Read(big); err != nil {
		return err
	}
	c := &connection{to: p}
	defer c.close()
	bucket, err := p.request("PUT", "/bench", "", nil)
	if err != nil {
		return err
	}
	if err := c.do(bucket); err != nil {
		return err
	}
	for _, w := range []struct{ method, key string }{{"PUT", ""}, {"GET", ""}, {"PUT", "aws:kms"}} {
		var calls []*request
		for i := range 2 {
			r, err := p.request(w.method, "/bench/large"+strconv.Itoa(i), w.key, big[:largeSize])
			if err != nil {
				return err
			}
			calls = append(calls, r)
		}
		before, start := p.cpu(), time.Now()
		for i := range large {
			if err := c.do(calls[i%2]); err != nil {
				return err
			}
		}
		mb := float64(large) * largeSize / 1e6
		fmt.Printf("%-18s %-19s %8.2f ms CPU/MB %8.0f MB/s, %d MB peak memory\n", p.name, w.method+" 64 MiB "+w.key, (p.cpu()-before).Seconds()*1000/mb, mb/time.Since(start).Seconds(), p.peak()>>20)
	}
	there := smalls // objects that the rate of PUT has reached
	for _, method := range []string{"PUT", "GET"} {
		var calls []*request
		for i := range there {
			r, err := p.request(method, "/bench/small/"+strconv.Itoa(i), "", big[i:i+smallSize])
			if err != nil {
				return err
			}
			calls = append(calls, r)
		}
		n, took, cpu, err := p.rate(d, calls)
		if err != nil {
			return err
		}
		there = min(n, smalls)
		p.told(method+" 4 KiB", n, took, cpu)
		if method == "GET" {
			if n, took, cpu, err = p.wrk(d, calls); err != nil {
				fmt.Println("SKIP", err)
				continue
			}
			p.told("GET 4 KiB, wrk", n, took, cpu)
		}
	}
	return nil
}

func (p *process) told(what string, n int, took, cpu time.Duration) {
	fmt.Printf("%-18s %-19s %8.0f µs CPU    %8.0f a second\n", p.name, what, float64(cpu.Microseconds())/float64(n), float64(n)/took.Seconds())
}

// rate makes the calls in turn, from all clients, for the duration. It returns how many, the time they took, and the server's CPU.
func (p *process) rate(d time.Duration, calls []*request) (n int, took, cpu time.Duration, err error) {
	var next atomic.Int64
	var failure atomic.Pointer[error]
	var all sync.WaitGroup
	before, start := p.cpu(), time.Now()
	for range clients {
		all.Go(func() {
			c := &connection{to: p}
			defer c.close()
			for time.Since(start) < d && failure.Load() == nil {
				if err := c.do(calls[(next.Add(1)-1)%int64(len(calls))]); err != nil {
					failure.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	all.Wait()
	if e := failure.Load(); e != nil {
		return 0, 0, 0, *e
	}
	return int(next.Load()), time.Since(start), p.cpu() - before, nil
}
