package cgroup

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Host is where groups are made on this machine. The zero value limits nothing.
type Host struct {
	memory, pids, cpu string // directories in which groups are made, "" where there is none
	version           int    // of those three
	freezer           string // version 2 in any case: a frozen process of version 1 does not die when its server does
	missing           []string
}

// Source is where the kernel tells of control groups. Zero members mean the real ones; tests set others.
type Source struct {
	Mounts string // "/proc/self/mountinfo"
	Self   string // "/proc/self/cgroup"
	PID    int    // of this process
}

// prefix begins the names of the directories that a server makes for its groups; its process ID and a number follow.
const prefix = "vauban-"

// Open finds out what can be limited, and makes this process's directories, one in each hierarchy. It removes those of servers that are no more.
func Open(src Source) (*Host, error) {
	if src.Mounts == "" {
		src = Source{Mounts: "/proc/self/mountinfo", Self: "/proc/self/cgroup", PID: os.Getpid()}
	}
	hierarchies, err := read(src)
	if err != nil {
		return nil, err
	}
	h := &Host{version: 1}
	unified, unifiedErr := "", errors.New("no hierarchy of version 2 is mounted")
	if dir, ok := hierarchies[""]; ok {
		unified, unifiedErr = makeUnified(dir, src.PID)
	}
	controllers := ""
	if unified != "" {
		b, _ := os.ReadFile(filepath.Join(unified, "cgroup.controllers"))
		controllers = " " + strings.TrimSpace(string(b)) + " "
		if _, err := os.Stat(filepath.Join(unified, "cgroup.freeze")); err == nil {
			h.freezer = unified
		}
	}
	for _, c := range []struct {
		name string
		dir  *string
	}{{"memory", &h.memory}, {"pids", &h.pids}, {"cpu", &h.cpu}} {
		dir, v1 := hierarchies[c.name]
		var err error
		switch {
		case v1:
			*c.dir, err = makeDir(dir, src.PID)
		case strings.Contains(controllers, " "+c.name+" "):
			h.version, *c.dir = 2, unified
		case unifiedErr != nil:
			err = unifiedErr
		default:
			err = errors.New("the controller is not delegated to this server (systemd: Delegate=yes)")
		}
		if err != nil {
			h.missing = append(h.missing, fmt.Sprintf("%s: %v", c.name, err))
		}
	}
	if err := h.reserve(); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// None is a host without groups, for a reason.
func None(why error) *Host {
	h := &Host{}
	for _, c := range []string{"memory", "pids", "cpu"} {
		h.missing = append(h.missing, fmt.Sprintf("%s: %v", c, why))
	}
	return h
}

// Missing says, one line each, which of memory, pids and cpu are not limited by groups.
func (h *Host) Missing() []string { return h.missing }

// Memory says whether groups limit memory.
func (h *Host) Memory() bool { return h.memory != "" }

// Close removes the directories. Groups in them must have been closed.
func (h *Host) Close() error {
	var errs []error
	deadline := time.Now().Add(patience)
	for _, dir := range h.dirs() {
		errs = append(errs, remove(dir, deadline))
	}
	return errors.Join(errs...)
}

// dirs are the different directories.
func (h *Host) dirs() []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, d := range []string{h.memory, h.pids, h.cpu, h.freezer} {
		if !seen[d] {
			seen[d] = true
			out = append(out, d)
		}
	}
	return out
}

// makeDir makes this process's directory in a hierarchy, after removing those of the dead.
func makeDir(parent string, pid int) (string, error) {
	sweep(parent)
	for n := 0; ; n++ { // a process may have several
		dir := filepath.Join(parent, fmt.Sprintf("%s%d-%d", prefix, pid, n))
		switch err := os.Mkdir(dir, 0o755); {
		case err == nil:
			return dir, nil
		case !errors.Is(err, fs.ErrExist):
			return "", err
		}
	}
}

// sweep removes the groups of servers that were killed. Their processes died with them; what still lives keeps its group.
func sweep(parent string) {
	old, _ := filepath.Glob(filepath.Join(parent, prefix+"*"))
	for _, dir := range old {
		name, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), prefix), "-")
		pid, err := strconv.Atoi(name)
		if err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		groups, _ := filepath.Glob(filepath.Join(dir, "*", "cgroup.procs"))
		for _, g := range groups {
			_ = os.Remove(filepath.Dir(g))
		}
		_ = os.Remove(dir)
	}
}

// read finds the hierarchies that are mounted, and this process's place in them: controller → directory; "" is version 2.
func read(src Source) (map[string]string, error) {
	places, err := readSelf(src.Self)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(src.Mounts)
	if err != nil {
		return nil, fmt.Errorf("control groups: %w", err)
	}
	defer f.Close()
	out := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		kind, root, at, options, ok := parseMount(lines.Text())
		if !ok {
			continue
		}
		controllers := []string{""}
		if kind == "cgroup" {
			controllers = strings.Split(options, ",")
		}
		for _, c := range controllers {
			if place, ok := places[c]; ok {
				if rel, err := filepath.Rel(root, place); err == nil && !strings.HasPrefix(rel, "..") {
					out[c] = filepath.Join(at, rel)
				}
			}
		}
	}
	return out, lines.Err()
}

// readSelf parses /proc/self/cgroup (cgroups(7)): "4:memory:/a/b" lines.
func readSelf(file string) (map[string]string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("control groups: %w", err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(b)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		for c := range strings.SplitSeq(parts[1], ",") {
			out[c] = parts[2]
		}
	}
	return out, nil
}

// parseMount parses a line of mountinfo (proc_pid_mountinfo(5)) of a control group hierarchy.
func parseMount(line string) (kind, root, at, options string, ok bool) {
	before, after, found := strings.Cut(line, " - ")
	left, right := strings.Fields(before), strings.Fields(after)
	if !found || len(left) < 6 || len(right) < 3 || right[0] != "cgroup" && right[0] != "cgroup2" {
		return "", "", "", "", false
	}
	return right[0], left[3], left[4], right[2], true
}

// Dir is where the groups of a controller, or of the "freezer", are made; "" when it is not to be had.
func (h *Host) Dir(controller string) string {
	return map[string]string{"memory": h.memory, "pids": h.pids, "cpu": h.cpu, "freezer": h.freezer}[controller]
}
