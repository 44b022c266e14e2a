// Bench measures the built server as a process: CPU time of the server alone, with 64 keep-alive connections over loopback, beside moto_server
// where the machine has it. It prints one table; docs/performance.md keeps the figures of one machine with the command.
//
// Start reading at [main].
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

func main() {
	binary := flag.String("binary", "bin/vauban", "the built program")
	seconds := flag.Float64("seconds", 4, "how long each measurement lasts")
	connections := flag.Int("connections", 64, "keep-alive connections")
	database := flag.String("database", "", "PostgreSQL connection string of an empty database, to measure the event log on it too")
	audit := flag.Bool("audit", false, "measure the event log only")
	events := flag.Bool("events", false, "measure EventBridge only")
	sqs := flag.Bool("queues", false, "measure SQS only")
	only := flag.String("only", "", "measure this call only, without the peer: GetCallerIdentity, GenerateDataKey …")
	flag.Parse()
	d := time.Duration(*seconds * float64(time.Second))
	var err error
	switch {
	case *events:
		err = measureOnly(*binary, d, *connections, buses)
	case *sqs:
		err = measureOnly(*binary, d, *connections, queues)
	case *only != "":
		err = measureOnly(*binary, d, *connections, func(s *target, d time.Duration, n int) error { return workloads(s, *only, d, n) })
	default:
		if err = audits(d, *database); err == nil && !*audit {
			err = measure(*binary, d, *connections)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measure(binary string, d time.Duration, connections int) error {
	fmt.Printf("# %s, %s/%s, %d processors, %d connections, %s a measurement\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), connections, d)
	if err := startTimes(binary); err != nil {
		return err
	}
	s, err := startVauban(binary)
	if err != nil {
		return err
	}
	if err = workloads(s, "", d, connections); err == nil {
		err = queues(s, d, connections)
	}
	if err == nil {
		err = buses(s, d, connections)
	}
	s.Stop()
	if err != nil {
		return err
	}
	peer, err := startMoto()
	if err != nil {
		fmt.Println("SKIP peer:", err)
		return nil
	}
	defer peer.Stop()
	if err := workloads(peer, "", d, connections); err != nil {
		return err
	}
	return queues(peer, d, connections)
}

// measureOnly runs one measurement on a server of its own.
func measureOnly(binary string, d time.Duration, connections int, run func(*target, time.Duration, int) error) error {
	s, err := startVauban(binary)
	if err != nil {
		return err
	}
	defer s.Stop()
	return run(s, d, connections)
}

// startTimes measures from exec to the first /readyz that answers 200.
func startTimes(binary string) error {
	for _, c := range []struct {
		name      string
		ephemeral bool
	}{{"up --ephemeral, ready", true}, {"up on a fresh data directory, ready", false}} {
		var best, worst time.Duration
		for i := range 5 {
			took, err := timeStart(binary, c.ephemeral)
			if err != nil {
				return err
			}
			if i == 0 || took < best {
				best = took
			}
			worst = max(worst, took)
		}
		fmt.Printf("%-52s %8s best of 5, %s worst\n", c.name, best.Round(time.Millisecond), worst.Round(time.Millisecond))
	}
	return nil
}

// workloads are the calls whose names begin with only.
func workloads(s *target, only string, d time.Duration, connections int) error {
	rss, _, err := s.Resident()
	if err != nil {
		return err
	}
	fmt.Printf("%-52s %8d MB\n", s.name+", memory at rest", rss>>20)
	creates := 4800 // below the quota of users
	if s.quick {
		creates = 500
	}
	for i := range 100 {
		if err := s.call("iam", form("CreateUser", "UserName", fmt.Sprintf("list-%03d", i), "Path", "/list/")); err != nil {
			return err
		}
	}
	key, err := s.kmsKey()
	if err != nil {
		return err
	}
	for _, w := range []struct {
		name, service string
		body          func(i int) string
		count         int // 0: for the duration
	}{
		{"GetCallerIdentity", "sts", func(int) string { return form("GetCallerIdentity") }, 0},
		{"GenerateDataKey", "kms", func(int) string {
			return `GenerateDataKey {"KeyId":"` + key + `","KeySpec":"AES_256","EncryptionContext":{"app":"bench"}}`
		}, 0},
		{"ListUsers of 100", "iam", func(int) string { return form("ListUsers", "MaxItems", "100", "PathPrefix", "/list/") }, 0},
		{"PutMetricData of 1 sample", "monitoring", samples(1), 0},
		{"PutMetricData of 20 samples", "monitoring", samples(20), 0},
		{"CreateUser", "iam", func(i int) string { return form("CreateUser", "UserName", fmt.Sprintf("bench-%06d", i)) }, creates},
	} {
		if !strings.HasPrefix(w.name, only) {
			continue
		}
		r, err := s.load(w.service, w.body, w.count, d, connections)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", s.name, w.name, err)
		}
		fmt.Printf("%-52s %8.0f /s   %6.0f µs server CPU each   p50 %s p99 %s   %d calls, %d failed\n", s.name+", "+w.name, r.rate, r.cpu, r.p50, r.p99, r.calls, r.failed)
	}
	return nil
}

// kmsKey makes a KMS key.
func (s *target) kmsKey() (id string, err error) {
	b, err := s.ask("kms", `CreateKey {}`)
	if err != nil {
		return "", err
	}
	var out struct{ KeyMetadata struct{ KeyId string } }
	err = json.Unmarshal(b, &out)
	return out.KeyMetadata.KeyId, err
}
