package cgroup

import (
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

// Limits of a group. Zero means none.
type Limits struct {
	Memory    int64 // bytes, files in memory included
	Processes int   // and threads
}

// ErrGroup is what went wrong with a group, not with what is in it.
var ErrGroup = errors.New("control group")

// Group is one set of processes.
type Group struct {
	host *Host
	name string
}

// New makes a group. The caller closes it when its processes have ended.
func (h *Host) New(name string, l Limits) (*Group, error) {
	g := &Group{host: h, name: name}
	for _, dir := range h.dirs() {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %w", ErrGroup, err), g.Close())
		}
	}
	if err := g.limit(l); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrGroup, err), g.Close())
	}
	return g, nil
}

func (g *Group) limit(l Limits) error {
	if g.host.memory != "" && l.Memory > 0 {
		if err := write(g.memory("memory.limit_in_bytes", "memory.max"), strconv.FormatInt(l.Memory, 10)); err != nil {
			return err
		}
		// What the limit keeps out of memory is not to go to the disk instead. A kernel that does not account for swapping has no such file.
		swap := "0"
		if g.host.version == 1 {
			swap = strconv.FormatInt(l.Memory, 10)
		}
		if err := write(g.memory("memory.memsw.limit_in_bytes", "memory.swap.max"), swap); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if g.host.version == 2 { // one process killed is all killed
			if err := write(g.memory("", "memory.oom.group"), "1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	if g.host.pids != "" && l.Processes > 0 {
		return write(filepath.Join(g.host.pids, g.name, "pids.max"), strconv.Itoa(l.Processes))
	}
	return nil
}

// memory is the file of the memory controller, by its names in versions 1 and 2.
func (g *Group) memory(v1, v2 string) string {
	if g.host.version == 1 {
		v2 = v1
	}
	return filepath.Join(g.host.memory, g.name, v2)
}

// Add puts a process, and what it will start, into the group.
func (g *Group) Add(pid int) error {
	for _, dir := range g.host.dirs() {
		if err := write(filepath.Join(dir, g.name, "cgroup.procs"), strconv.Itoa(pid)); err != nil {
			return fmt.Errorf("%w: %w", ErrGroup, err)
		}
	}
	return nil
}

// period of the CPU scheduler's quota.
const period = 100_000 // µs

// SetCPU bounds the share of time on the CPUs: 1 is one CPU's whole time.
func (g *Group) SetCPU(share float64) error {
	if g.host.cpu == "" {
		return nil
	}
	quota := max(int64(share*period), 1000) // the kernel takes no less
	if g.host.version == 2 {
		return write(filepath.Join(g.host.cpu, g.name, "cpu.max"), fmt.Sprintf("%d %d", quota, period))
	}
	return write(filepath.Join(g.host.cpu, g.name, "cpu.cfs_quota_us"), strconv.FormatInt(quota, 10))
}

// Unbound takes the bound of the CPU away: who is to end, ends faster.
func (g *Group) Unbound() error {
	if g.host.cpu == "" {
		return nil
	}
	if g.host.version == 2 {
		return write(filepath.Join(g.host.cpu, g.name, "cpu.max"), "max")
	}
	return write(filepath.Join(g.host.cpu, g.name, "cpu.cfs_quota_us"), "-1")
}

// Freeze stops the group's processes where they are, or lets them go on. Killing works on frozen ones too.
func (g *Group) Freeze(stop bool) error {
	if g.host.freezer == "" {
		return nil
	}
	value := "0"
	if stop {
		value = "1"
	}
	return write(filepath.Join(g.host.freezer, g.name, "cgroup.freeze"), value)
}

// Used is the memory of the processes themselves, without files. It is 0 when it is not measured.
func (g *Group) Used() int64 {
	if g.host.memory == "" {
		return 0
	}
	if g.host.version == 1 {
		return field(g.memory("memory.stat", ""), "total_rss")
	}
	return field(g.memory("", "memory.stat"), "anon")
}

// OutOfMemory says whether the kernel killed a process because the group was at its limit.
func (g *Group) OutOfMemory() bool {
	return g.host.memory != "" && field(g.memory("memory.oom_control", "memory.events"), "oom_kill") > 0
}

// field is a number in a flat keyed file, 0 when it is not there.
func field(file, key string) int64 {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), " "); ok && k == key {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(v, "kB")), 10, 64)
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}

// patience is how long the kernel may take to let go of processes that have ended.
const patience = 15 * time.Second

// Close removes the group, whose processes have ended.
func (g *Group) Close() error {
	var errs []error
	deadline := time.Now().Add(patience)
	for _, dir := range g.host.dirs() {
		if err := remove(filepath.Join(dir, g.name), deadline); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// remove removes a group. A process that is gone for its parent counts a little longer in its group.
func remove(dir string, deadline time.Time) error {
	for {
		err := os.Remove(dir)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if !errors.Is(err, syscall.EBUSY) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

// Name is the group's, within each of the host's directories.
func (g *Group) Name() string { return g.name }
