//go:build linux && (amd64 || arm64)

package bwrap

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// treeMemory is what a process and all below it have in memory that is not a file's, shared pages divided among who shares them. It is how memory is
// measured where no control group does.
func treeMemory(pid int) int64 {
	total := int64(0)
	for todo := []int{pid}; len(todo) > 0; {
		p := todo[len(todo)-1]
		todo = append(todo[:len(todo)-1], childrenOf(p)...)
		total += ownMemory(p)
	}
	return total
}

// childrenOf are the processes that a process started. One that has ended has none.
func childrenOf(pid int) []int {
	var out []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range tasks {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for field := range strings.FieldsSeq(string(b)) {
			if n, err := strconv.Atoi(field); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}

// ownMemory is a process's share, by smaps_rollup (proc_pid_smaps(5)).
func ownMemory(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0 // it has ended
	}
	for line := range strings.Lines(string(b)) {
		if kb, ok := strings.CutPrefix(line, "Pss_Anon:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")), 10, 64)
			if err != nil {
				return 0
			}
			return n << 10
		}
	}
	return 0
}
