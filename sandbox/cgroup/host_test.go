package cgroup

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// write1 writes a file of a made-up hierarchy.
func write1(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read1(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// source makes up what the kernel tells.
func source(t *testing.T, self string, mounts ...string) Source {
	t.Helper()
	dir := t.TempDir()
	src := Source{Mounts: filepath.Join(dir, "mountinfo"), Self: filepath.Join(dir, "self"), PID: os.Getpid()}
	write1(t, src.Mounts, strings.Join(mounts, "\n")+"\n")
	write1(t, src.Self, self)
	return src
}

func TestHierarchies(t *testing.T) {
	got, err := read(source(t, "4:memory:/box/inner\n3:cpu,cpuacct:/\n2:pids:/elsewhere\n0::/user.slice\n",
		`30 23 0:26 / /sys rw - sysfs sysfs rw`,
		`31 23 0:27 /box /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory`,
		`32 23 0:28 / /sys/fs/cgroup/cpu rw shared:1 - cgroup cgroup rw,cpu,cpuacct`,
		`33 23 0:29 /box /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids`,
		`34 23 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`,
		`a line that is none`,
	))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{ // pids is mounted from a place where this process is not
		"memory": "/sys/fs/cgroup/memory/inner", "cpu": "/sys/fs/cgroup/cpu", "cpuacct": "/sys/fs/cgroup/cpu", "": "/sys/fs/cgroup/unified/user.slice",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestUnified plays version 2 on plain files, which take what is written: the names and formats are the kernel's (cgroup-v2).
func TestUnified(t *testing.T) {
	root := t.TempDir()
	own := filepath.Join(root, "vauban.service")
	write1(t, filepath.Join(own, "cgroup.controllers"), "cpuset cpu io memory pids\n")
	write1(t, filepath.Join(own, "cgroup.subtree_control"), "")
	if err := handDown(own); err != nil {
		t.Fatal(err)
	}
	if got := read1(t, filepath.Join(own, "cgroup.subtree_control")); got != "+cpu" && !strings.Contains(got, "+") {
		t.Errorf("controllers handed down: %q", got)
	}
	h := &Host{version: 2, memory: own, pids: own, cpu: own, freezer: own}
	for _, file := range []string{"memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cpu.max", "cgroup.procs", "cgroup.freeze"} {
		write1(t, filepath.Join(own, "g", file), "")
	}
	write1(t, filepath.Join(own, "g", "memory.stat"), "anon 4096\nfile 8192\n")
	write1(t, filepath.Join(own, "g", "memory.events"), "low 0\noom 1\noom_kill 1\n")
	g := &Group{host: h, name: "g"}
	for _, err := range []error{g.limit(Limits{Memory: 1 << 20, Processes: 10}), g.SetCPU(0.5), g.Add(1), g.Freeze(true)} {
		if err != nil {
			t.Error(err)
		}
	}
	for file, want := range map[string]string{
		"memory.max": "1048576", "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "10", "cpu.max": "50000 100000", "cgroup.procs": "1", "cgroup.freeze": "1",
	} {
		if got := read1(t, filepath.Join(own, "g", file)); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
	if g.Used() != 4096 || !g.OutOfMemory() {
		t.Errorf("used %d, out of memory %t", g.Used(), g.OutOfMemory())
	}
}

// TestNothing: a host without hierarchies limits nothing, says so, and does not fail.
func TestNothing(t *testing.T) {
	h, err := Open(source(t, "0::/\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Missing()) != 3 || h.Memory() {
		t.Errorf("%v", h.Missing())
	}
	g, err := h.New("g", Limits{Memory: 1, Processes: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{g.Add(os.Getpid()), g.SetCPU(1), g.Unbound(), g.Freeze(true), g.Freeze(false), g.Close(), h.Close()} {
		if err != nil {
			t.Error(err)
		}
	}
	if g.Used() != 0 || g.OutOfMemory() {
		t.Error("it measures what is not there")
	}
}

// TestRealHost makes groups on this machine, where it may.
func TestRealHost(t *testing.T) {
	h, err := Open(Source{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	if len(h.dirs()) == 0 {
		t.Skipf("SKIP: this process may not make control groups: %v", h.Missing())
	}
	if h.memory != "" && h.version == 1 {
		total := field("/proc/meminfo", "MemTotal:") << 10
		if got := number(filepath.Join(h.memory, "memory.limit_in_bytes")); got <= 0 || got >= total {
			t.Errorf("all groups together may have %d of %d bytes", got, total)
		}
	}
	g, err := h.New("test", Limits{Memory: 64 << 20, Processes: 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}()
	sleeper := exec.Command("sleep", "1000")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = sleeper.Process.Kill()
		_ = sleeper.Wait()
	}()
	for _, err := range []error{g.Add(sleeper.Process.Pid), g.SetCPU(0.25), g.Freeze(true)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if h.freezer != "" {
		state := func() string { return read1(t, filepath.Join(h.freezer, "test", "cgroup.events")) }
		for deadline := time.Now().Add(2 * time.Minute); !strings.Contains(state(), "frozen 1"); {
			if time.Now().After(deadline) {
				t.Fatal(state())
			}
		}
	}
	for _, dir := range h.dirs() {
		if got := strings.TrimSpace(read1(t, filepath.Join(dir, "test", "cgroup.procs"))); got != fmt.Sprint(sleeper.Process.Pid) {
			t.Errorf("%s: %q", dir, got)
		}
	}
}

// TestSweep: what a server that is no more left behind goes, what a living one has stays.
func TestSweep(t *testing.T) {
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	parent := t.TempDir()
	left, living := filepath.Join(parent, fmt.Sprintf("%s%d-0", prefix, dead.Process.Pid)), filepath.Join(parent, fmt.Sprintf("%s%d-0", prefix, os.Getpid()))
	other := filepath.Join(parent, prefix+"notes")
	for _, dir := range []string{left, living, other} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	sweep(parent)
	for dir, want := range map[string]bool{left: false, living: true, other: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func FuzzMount(f *testing.F) {
	f.Add("31 23 0:27 /box /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory")
	f.Add(" - cgroup2 a b")
	f.Fuzz(func(t *testing.T, line string) {
		if kind, _, at, _, ok := parseMount(line); ok && (kind == "" || at == "") {
			t.Errorf("%q: %q at %q", line, kind, at)
		}
	})
}
