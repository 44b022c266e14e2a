package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// wanted are the controllers to be had in the groups below, as cgroup.subtree_control takes them.
const wanted = "+memory +pids +cpu"

// makeUnified makes this process's directory in the version 2 hierarchy, and hands down what controllers there are. A group with processes in it hands
// down none ("no internal processes", cgroup-v2): if this server is alone in its group, as in a service with Delegate=yes, it moves into a leaf.
func makeUnified(parent string, pid int) (string, error) {
	available, err := os.ReadFile(filepath.Join(parent, "cgroup.controllers"))
	if err != nil {
		return "", err
	}
	if len(strings.TrimSpace(string(available))) == 0 {
		return makeDir(parent, pid) // version 1 has the controllers: this one still freezes
	}
	err = handDown(parent)
	if errors.Is(err, syscall.EBUSY) && alone(parent, pid) {
		var leaf string
		if leaf, err = makeLeaf(parent, pid); err == nil {
			if err = handDown(parent); err != nil {
				_ = write(filepath.Join(parent, "cgroup.procs"), strconv.Itoa(pid))
				_ = os.Remove(leaf)
			}
		}
	}
	if err != nil {
		return "", fmt.Errorf("version 2 is not delegated to this server (systemd: Delegate=yes): %w", err)
	}
	dir, err := makeDir(parent, pid)
	if err != nil {
		return "", err
	}
	return dir, handDown(dir)
}

// handDown enables the controllers that there are in the groups below.
func handDown(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for c := range strings.FieldsSeq(wanted) {
		if strings.Contains(" "+strings.TrimSpace(string(b))+" ", " "+c[1:]+" ") {
			if err := write(filepath.Join(dir, "cgroup.subtree_control"), c); err != nil {
				return err
			}
		}
	}
	return nil
}

func alone(dir string, pid int) bool {
	b, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	return err == nil && strings.TrimSpace(string(b)) == strconv.Itoa(pid)
}

// makeLeaf moves this process into a group of its own.
func makeLeaf(parent string, pid int) (string, error) {
	leaf := filepath.Join(parent, "server")
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	return leaf, write(filepath.Join(leaf, "cgroup.procs"), strconv.Itoa(pid))
}

// write sets a control file, which must be there.
func write(file, value string) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}
