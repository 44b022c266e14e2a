package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// wrk makes the calls in turn with the load generator of that name, which takes less of the processors that it shares with the server than any client in
// Go. It returns how many, the time they took, and the server's CPU. The requests were signed before: Signature Version 4 lets them be sent again.
func (p *process) wrk(d time.Duration, calls []*request) (n int, took, cpu time.Duration, err error) {
	path, err := exec.LookPath("wrk")
	if err != nil {
		return 0, 0, 0, errors.New("wrk is not installed: apt-get install wrk")
	}
	dir, err := os.MkdirTemp("", "vauban-wrk-")
	if err != nil {
		return 0, 0, 0, err
	}
	defer os.RemoveAll(dir)
	script := filepath.Join(dir, "calls.lua")
	if err := os.WriteFile(script, []byte(lua(calls)), 0o600); err != nil {
		return 0, 0, 0, err
	}
	before, start := p.cpu(), time.Now()
	out, err := exec.Command(path, "-t1", "-c"+strconv.Itoa(clients), fmt.Sprintf("-d%ds", max(1, int(d.Seconds()))), "-s", script, p.url).CombinedOutput()
	if err != nil {
		return 0, 0, 0, fmt.Errorf("wrk: %w: %s", err, out)
	}
	took, cpu = time.Since(start), p.cpu()-before
	m := regexp.MustCompile(`(?m)^ *(\d+) requests in`).FindSubmatch(out)
	if m == nil || strings.Contains(string(out), "Non-2xx") || strings.Contains(string(out), "Socket errors") {
		return 0, 0, 0, fmt.Errorf("wrk: %s", out)
	}
	n, err = strconv.Atoi(string(m[1]))
	return n, took, cpu, err
}

// lua is wrk's script of the calls, one after another.
func lua(calls []*request) string {
	var b strings.Builder
	b.WriteString("local calls = {\n")
	for _, c := range calls {
		b.WriteString(strconv.QuoteToASCII(string(c.head)) + ",\n")
	}
	b.WriteString("}\nlocal i = 0\nfunction request()\n  i = i % #calls + 1\n  return calls[i]\nend\n")
	return b.String()
}
