// Storage measures objects of the built server as a process: the server's CPU for each megabyte of large objects, the rates of small ones with 16
// clients, and moto_server beside it where the machine has it.
//
// Start reading at [measure].
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"vauban/gateway/sigv4"
)

func main() {
	binary := flag.String("binary", "bin/vauban", "the built program")
	seconds := flag.Float64("seconds", 4, "how long each rate is measured")
	large := flag.Int("large", 10, "how many objects of 64 MiB")
	flag.Parse()
	d := time.Duration(*seconds * float64(time.Second))
	fmt.Printf("# %s, %s/%s, %d processors, %d clients, plain HTTP on loopback\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), clients)
	for _, start := range []func() (*process, error){func() (*process, error) { return startVauban(*binary) }, startMoto} {
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
	keyID     = "AKIAADMINADMINADMIN1"
	secret    = "admin/secret"
)

// process is a server under measurement.
type process struct {
	name, url, dir string
	cmd            *exec.Cmd
	http           *http.Client
}

func (p *process) measure(d time.Duration, large int) error {
	if err := p.do("PUT", "/bench", nil); err != nil {
		return err
	}
	big := make([]byte, largeSize)
	if _, err := rand.Read(big); err != nil {
		return err
	}
	for _, w := range []struct{ name, method string }{{"PUT 64 MiB", "PUT"}, {"GET 64 MiB", "GET"}} {
		before := p.cpu()
		start := time.Now()
		for i := range large {
			body := big
			if w.method == "GET" {
				body = nil
			}
			if err := p.do(w.method, "/bench/large"+strconv.Itoa(i%2), body); err != nil {
				return err
			}
		}
		mb := float64(large) * largeSize / 1e6
		fmt.Printf("%-12s %-12s %8.2f ms CPU/MB %8.0f MB/s, %d MB peak memory\n", p.name, w.name, (p.cpu()-before).Seconds()*1000/mb, mb/time.Since(start).Seconds(), p.peak()>>20)
	}
	for _, w := range []struct{ name, method string }{{"PUT 4 KiB", "PUT"}, {"GET 4 KiB", "GET"}} {
		rate, cpu, err := p.rate(d, func(i int64) error {
			body := big[i%1000 : i%1000+smallSize]
			if w.method == "GET" {
				body = nil
			}
			return p.do(w.method, "/bench/small/"+strconv.FormatInt(i%1000, 10), body)
		})
		if err != nil {
			return err
		}
		fmt.Printf("%-12s %-12s %8.0f µs CPU    %8.0f a second\n", p.name, w.name, cpu, rate)
	}
	return nil
}

// rate calls from all clients for the duration.
func (p *process) rate(d time.Duration, call func(int64) error) (rate, cpu float64, err error) {
	var next atomic.Int64
	var failure atomic.Pointer[error]
	var all sync.WaitGroup
	before, start := p.cpu(), time.Now()
	for range clients {
		all.Go(func() {
			for time.Since(start) < d && failure.Load() == nil {
				if err := call(next.Add(1) - 1); err != nil {
					failure.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	all.Wait()
	if e := failure.Load(); e != nil {
		return 0, 0, *e
	}
	n := float64(next.Load())
	return n / time.Since(start).Seconds(), float64((p.cpu() - before).Microseconds()) / n, nil
}

func (p *process) do(method, path string, body []byte) error {
	r, err := http.NewRequest(method, p.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	signer := &sigv4.Signer{AccessKeyID: keyID, Secret: secret, Region: "us-east-1", Service: "s3"}
	if err := signer.Sign(r, sigv4.PayloadHash(body), time.Now()); err != nil {
		return err
	}
	res, err := p.http.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s, %d bytes", method, path, res.Status, n)
	}
	return err
}

func startVauban(binary string) (*process, error) {
	dir, err := os.MkdirTemp("", "vauban-bench-")
	if err != nil {
		return nil, err
	}
	p := &process{name: "vauban", dir: dir, http: newClient()}
	p.cmd = exec.Command(binary, "up", "--data", dir, "--api", "http://127.0.0.1:0", "--log-level", "warn", "--caller-rate", "1000000", "--source-rate", "1000000",
		"--admin-access-key-id", keyID, "--admin-secret-access-key", secret)
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, p.await(func() bool {
		b, err := os.ReadFile(filepath.Join(dir, "client.json"))
		var client struct{ URL string }
		if err != nil || json.Unmarshal(b, &client) != nil {
			return false
		}
		p.url = client.URL
		return true
	})
}

func startMoto() (*process, error) {
	path, err := exec.LookPath("moto_server")
	if err != nil {
		return nil, errors.New("moto_server is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	p := &process{name: "moto_server", url: "http://" + addr.String(), http: newClient(), cmd: exec.Command(path, "-H", "127.0.0.1", "-p", strconv.Itoa(addr.Port))}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, p.await(func() bool {
		res, err := p.http.Get(p.url + "/moto-api/")
		if err != nil {
			return false
		}
		res.Body.Close()
		return true
	})
}

func newClient() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}}
}

func (p *process) await(ready func() bool) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ready() {
			return nil
		}
	}
	p.stop()
	return fmt.Errorf("%s does not start", p.name)
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
	if p.dir != "" {
		os.RemoveAll(p.dir)
	}
}

// cpu is the user and system time of the process. proc_pid_stat(5): fields 14 and 15, in ticks of 10 ms.
func (p *process) cpu() time.Duration {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// peak is the largest resident size so far. proc_pid_status(5): VmHWM, in KiB.
func (p *process) peak() int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	kib, _ := strconv.ParseInt(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]), 10, 64)
	return kib << 10
}
