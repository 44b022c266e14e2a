//go:build linux && (amd64 || arm64)

package bwrap

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vauban/sandbox"
)

// serverArgument makes the test's program a server that starts a function, says so, and is killed.
const serverArgument = "--orphan-test-server"

// serve is that server. It tells the code's directory's neighbour, a file that only the function holds open.
func serve(dir string) error {
	h, err := New(context.Background(), Config{Dir: filepath.Join(dir, "host")})
	if err != nil {
		return err
	}
	var runtime string
	for _, name := range known {
		if h.Runtimes()[name] == nil && strings.HasPrefix(name, "python") {
			runtime = name
		}
	}
	in, err := h.Start(context.Background(), &sandbox.Spec{Runtime: runtime, Handler: "app.handler", Memory: 256 * mb, Init: 20 * time.Second, Code: filepath.Join(dir, "code")})
	if err != nil {
		return err
	}
	if _, err := in.Invoke(context.Background(), invocation(`1`)); err != nil {
		return err
	}
	fmt.Println("ready")
	_, err = in.Invoke(context.Background(), invocation(`1000`)) // asleep when the end comes
	return err
}

// TestServerKilled: when the server is killed, so is every process in its sandboxes, running or frozen; the next server clears the groups away.
func TestServerKilled(t *testing.T) {
	h := sharedHost(t)
	pythonRuntime(t, h)
	dir := t.TempDir()
	if err := place(filepath.Join(dir, "code", "app.py"), []byte("import time, os\nos.fork()\ndef handler(e, c):\n    time.sleep(e - 1)\n")); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(exe, serverArgument, dir)
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	inside := below(server.Process.Pid)
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = server.Wait()
	if line != "ready\n" || len(inside) < 3 {
		t.Fatalf("the server said %q; it had the processes %v", line, inside)
	}
	await(t, func() bool {
		for _, pid := range inside {
			if _, err := os.Stat("/proc/" + pid); err == nil {
				return false
			}
		}
		return true
	})
	newHost(t) // clears away
	for _, controller := range []string{"memory", "freezer"} {
		if d := h.groups.Dir(controller); d != "" {
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(d), fmt.Sprintf("vauban-%d-*", server.Process.Pid))); len(left) > 0 {
				t.Errorf("groups of the killed server: %v", left)
			}
		}
	}
}

// below are the processes that a process started, and those that they did.
func below(pid int) []string {
	var out []string
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, f := range tasks {
		b, _ := os.ReadFile(f)
		for _, child := range strings.Fields(string(b)) {
			var n int
			if _, err := fmt.Sscan(child, &n); err == nil {
				out = append(append(out, child), below(n)...)
			}
		}
	}
	return out
}
