// Lambda measures functions of the built server over its API, as a client sees them: warm invocations one at a time and several at once, and cold starts.
// The function is Python where the host has it, and answers with its event. It needs a host that isolates: see `vauban doctor`.
package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	binary := flag.String("binary", "bin/vauban", "the built program")
	warm := flag.Int("warm", 1000, "warm invocations, for each number of connections")
	cold := flag.Int("cold", 20, "cold starts")
	flag.Parse()
	if err := run(*binary, *warm, *cold); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

const code = "def handler(event, context):\n    return event\n"

func run(binary string, warm, cold int) error {
	s, err := start(binary)
	if err != nil {
		return err
	}
	defer s.Stop()
	if _, err := s.form("iam", "Action=CreateRole&Version=2010-05-08&RoleName=bench&AssumeRolePolicyDocument="+escape(trust)); err != nil {
		return err
	}
	runtime, err := create(s)
	if err != nil {
		return err
	}
	fmt.Printf("# %s\n%-28s %10s %10s %10s\n", runtime, "", "p50", "p99", "per second")
	for _, connections := range []int{1, 4} {
		if err := measure(fmt.Sprintf("warm, %d at a time", connections), warm, connections, s.invoke); err != nil {
			return err
		}
	}
	n := 0
	return measure("cold start, with the call", cold, 1, func() (time.Duration, error) {
		n++
		change := fmt.Sprintf(`{"Description":"%d"}`, n) // instances of the former configuration end
		if _, err := s.call("PUT", "/2015-03-31/functions/bench/configuration", []byte(change)); err != nil {
			return 0, err
		}
		return s.invoke()
	})
}

// create makes the function with the newest Python of the host, and returns its runtime.
func create(s *server) (string, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("app.py")
	if err == nil {
		_, err = w.Write([]byte(code))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return "", err
	}
	for _, runtime := range []string{"python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python3.9"} {
		in, err := json.Marshal(map[string]any{
			"FunctionName": "bench", "Runtime": runtime, "Handler": "app.handler", "Role": "arn:aws:iam::" + s.Account + ":role/bench", "Code": map[string]any{"ZipFile": b.Bytes()},
		})
		if err != nil {
			return "", err
		}
		_, err = s.call("POST", "/2015-03-31/functions", in)
		if err == nil {
			return runtime, nil
		}
		if !strings.Contains(err.Error(), "cannot run on this host") && !strings.Contains(err.Error(), "is not offered") {
			return "", err
		}
	}
	return "", errors.New("this host runs no Python function: `vauban doctor` says why")
}

// measure runs fn so often, on several connections at once, and prints how long it took.
func measure(what string, count, connections int, fn func() (time.Duration, error)) error {
	for range 2 * connections { // whatever is made at first is made
		if _, err := fn(); err != nil {
			return err
		}
	}
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var work sync.WaitGroup
	begin := time.Now()
	for range connections {
		work.Go(func() {
			for range count / connections {
				d, err := fn()
				mu.Lock()
				all = append(all, d)
				if err != nil {
					failed = err
				}
				mu.Unlock()
			}
		})
	}
	work.Wait()
	took := time.Since(begin)
	if failed != nil {
		return failed
	}
	slices.Sort(all)
	at := func(p float64) time.Duration {
		return all[min(int(p*float64(len(all))), len(all)-1)].Round(10 * time.Microsecond)
	}
	fmt.Printf("%-28s %10s %10s %10.0f\n", what, at(0.5), at(0.99), float64(len(all))/took.Seconds())
	return nil
}
