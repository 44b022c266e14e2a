// Storage measures objects of the built server as a process: the server's CPU for each megabyte of large objects, the rates of small ones with 16
// clients, and moto_server beside it where the machine has it. Large objects are sent in both ways that clients have: as the aws CLI and the SDKs do
// by default (TLS, a CRC64NVME in the trailer), and with the SHA-256 of the body signed (plain HTTP).
//
// Requests are signed before the clock starts: what is left to the clients is to write bytes and to read an answer, since they share the machine's
// processors with the server. Start reading at [server.measure].
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
	for _, start := range []func() (*server, error){
		func() (*server, error) { return startVauban(*binary, "https", *admin) },
		func() (*server, error) { return startVauban(*binary, "http", *admin) },
		startMoto,
	} {
		s, err := start()
		if err != nil {
			fmt.Println("SKIP", err)
			continue
		}
		err = s.measure(d, *large)
		s.Stop()
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

func (s *server) measure(d time.Duration, large int) error {
	random := make([]byte, largeSize+smalls)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	c := &connection{to: s}
	defer c.close()
	bucket, err := s.request("PUT", "/bench", "", nil)
	if err != nil {
		return err
	}
	if err := c.do(bucket); err != nil {
		return err
	}
	if err := s.large(c, random[:largeSize], large); err != nil {
		return err
	}
	return s.small(d, random)
}

// large moves the object count times in and out, over one connection.
func (s *server) large(c *connection, object []byte, count int) error {
	for _, w := range []struct{ method, key string }{{"PUT", ""}, {"GET", ""}, {"PUT", "aws:kms"}} {
		var calls []*request
		for i := range 2 {
			r, err := s.request(w.method, "/bench/large"+strconv.Itoa(i), w.key, object)
			if err != nil {
				return err
			}
			calls = append(calls, r)
		}
		took, cpu, err := s.during(func() error {
			for i := range count {
				if err := c.do(calls[i%2]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		_, peak, err := s.Resident()
		if err != nil {
			return err
		}
		mb := float64(count*len(object)) / 1e6
		fmt.Printf("%-18s %-19s %8.2f ms CPU/MB %8.0f MB/s, %d MB peak memory\n", s.name, w.method+" 64 MiB "+w.key, cpu.Seconds()*1000/mb, mb/took.Seconds(), peak>>20)
	}
	return nil
}

// small puts objects that are pieces of the bytes, and gets them, from all clients for the duration each; and gets them with wrk.
func (s *server) small(d time.Duration, bytes []byte) error {
	puts, err := s.smallCalls("PUT", bytes, smalls)
	if err != nil {
		return err
	}
	n, err := s.rate("PUT 4 KiB", puts, clientsOf(s, d))
	if err != nil {
		return err
	}
	gets, err := s.smallCalls("GET", bytes, min(n, smalls)) // those that are there by now
	if err != nil {
		return err
	}
	if _, err := s.rate("GET 4 KiB", gets, clientsOf(s, d)); err != nil {
		return err
	}
	wrk, err := wrkOf(s, d)
	if err != nil {
		fmt.Println("SKIP", err)
		return nil
	}
	_, err = s.rate("GET 4 KiB, wrk", gets, wrk)
	return err
}

func (s *server) smallCalls(method string, bytes []byte, count int) (calls []*request, err error) {
	for i := range count {
		r, err := s.request(method, "/bench/small/"+strconv.Itoa(i), "", bytes[i:i+smallSize])
		if err != nil {
			return nil, err
		}
		calls = append(calls, r)
	}
	return calls, nil
}

// rate tells what the load made of the calls, and how many it made.
func (s *server) rate(what string, calls []*request, load func([]*request) (int, error)) (n int, err error) {
	took, cpu, err := s.during(func() (err error) {
		n, err = load(calls)
		return err
	})
	if err == nil {
		fmt.Printf("%-18s %-19s %8.0f µs CPU    %8.0f a second\n", s.name, what, float64(cpu.Microseconds())/float64(n), float64(n)/took.Seconds())
	}
	return n, err
}

// during is how long fn took, and how much of the server's CPU.
func (s *server) during(fn func() error) (took, cpu time.Duration, err error) {
	before, err := s.CPU()
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	if err := fn(); err != nil {
		return 0, 0, err
	}
	took = time.Since(start)
	after, err := s.CPU()
	return took, after - before, err
}

// clientsOf is a load of the clients that makes calls in turn for the duration.
func clientsOf(s *server, d time.Duration) func([]*request) (int, error) {
	return func(calls []*request) (int, error) {
		var next atomic.Int64
		var failure atomic.Pointer[error]
		var all sync.WaitGroup
		start := time.Now()
		for range clients {
			all.Go(func() {
				c := &connection{to: s}
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
			return 0, *e
		}
		return int(next.Load()), nil
	}
}
