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

// wrkOf is a load of the generator of that name, which takes less of the processors that it shares with the server than any client in Go. It makes calls
// in turn for the duration, in whole seconds. The requests were signed before: Signature Version 4 lets them be sent again.
func wrkOf(s *server, d time.Duration) (func([]*request) (int, error), error) {
	path, err := exec.LookPath("wrk")
	if err != nil {
		return nil, errors.New("wrk is not installed: apt-get install wrk")
	}
	return func(calls []*request) (int, error) {
		dir, err := os.MkdirTemp("", "vauban-wrk-")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(dir)
		script := filepath.Join(dir, "calls.lua")
		if err := os.WriteFile(script, []byte(lua(calls)), 0o600); err != nil {
			return 0, err
		}
		out, err := exec.Command(path, "-t1", "-c"+strconv.Itoa(clients), fmt.Sprintf("-d%ds", max(1, int(d.Seconds()))), "-s", script, s.URL).CombinedOutput()
		if err != nil {
			return 0, fmt.Errorf("wrk: %w: %s", err, out)
		}
		m := regexp.MustCompile(`(?m)^ *(\d+) requests in`).FindSubmatch(out)
		if m == nil || strings.Contains(string(out), "Non-2xx") || strings.Contains(string(out), "Socket errors") {
			return 0, fmt.Errorf("wrk: %s", out)
		}
		return strconv.Atoi(string(m[1]))
	}, nil
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
