package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// reserve keeps a part of the machine for the server and all others, however many groups there are: a quarter of the memory, half of the processes, and
// precedence on the CPUs. Groups may be promised more in all than there is: it is then their processes that the kernel ends, not the server.
func (h *Host) reserve() error {
	memory := field("/proc/meminfo", "MemTotal:") << 10
	processes := number("/proc/sys/kernel/pid_max")
	var errs []error
	for _, b := range []struct {
		dir, v1, v2   string
		value, value2 int64
	}{
		{h.memory, "memory.limit_in_bytes", "memory.max", memory / 4 * 3, memory / 4 * 3},
		{h.pids, "pids.max", "pids.max", processes / 2, processes / 2},
		{h.cpu, "cpu.shares", "cpu.weight", 512, 50}, // of 1024, and of 100, which all others have
	} {
		name, value := b.v1, b.value
		if h.version == 2 {
			name, value = b.v2, b.value2
		}
		if b.dir == "" || value <= 0 {
			continue
		}
		if err := write(filepath.Join(b.dir, name), strconv.FormatInt(value, 10)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("reserve %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// number is the number in a file, 0 when there is none.
func number(file string) int64 {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
