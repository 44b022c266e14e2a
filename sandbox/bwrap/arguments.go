//go:build linux && (amd64 || arm64)

package bwrap

import (
	"os"
	"path/filepath"
	"strconv"

	"vauban/sandbox/inside"
)

// Descriptors that the isolator inherits beside the standard ones.
const (
	argumentsFD = 3
	socketFD    = inside.Socket
	statusFD    = 5
	filterFD    = 6
)

// initPath is where this program is in a sandbox.
const initPath = "/var/rapid/init"

// view is what a sandbox sees of files beside what all do.
type view struct {
	code   string   // "" has none
	layers []string // bubblewrap's arguments for /opt
	bind   []string // directories of the host that a runtime needs, at their own path
	tmp    int64    // bytes
}

// arguments are bubblewrap's (bwrap(1)).
func (h *Host) arguments(v *view) []string {
	a := []string{
		"--die-with-parent", "--new-session", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup",
		"--hostname", innerName, "--clearenv", "--json-status-fd", strconv.Itoa(statusFD), "--seccomp", strconv.Itoa(filterFD), "--cap-drop", "ALL",
		"--cap-add", "CAP_NET_ADMIN", "--cap-add", "CAP_NET_BIND_SERVICE", // for this program, which gives them up: the API's address
	}
	if h.root { // in a user namespace that the launcher makes: this program becomes the instance's user
		a = append(a, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
	} else {
		a = append(a, "--unshare-user", "--uid", strconv.Itoa(innerUID), "--gid", strconv.Itoa(innerGID))
	}
	a = append(a, "--ro-bind", "/usr", "/usr")
	for _, dir := range []string{"/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32"} {
		a = append(a, likeHost(dir)...)
	}
	a = append(a, "--proc", "/proc")
	for _, name := range []string{"kcore", "keys", "timer_list", "kmsg"} { // what the kernel tells of the whole machine
		if _, err := os.Stat("/proc/" + name); err == nil {
			a = append(a, "--ro-bind", "/dev/null", "/proc/"+name)
		}
	}
	a = append(a, "--perms", "0755", "--size", "65536", "--tmpfs", "/dev")
	for _, name := range []string{"null", "zero", "full", "random", "urandom"} {
		a = append(a, "--dev-bind", "/dev/"+name, "/dev/"+name)
	}
	for name, target := range map[string]string{"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"} {
		a = append(a, "--symlink", "/proc/self/fd"+target, "/dev/"+name)
	}
	a = append(a, "--remount-ro", "/dev", "--ro-bind", h.image.etc(), "/etc")
	for _, name := range hostEtc {
		a = append(a, "--ro-bind-try", filepath.Join("/etc", name), filepath.Join("/etc", name))
	}
	a = append(a, "--perms", "1777", "--size", strconv.FormatInt(v.tmp, 10), "--tmpfs", "/tmp")
	for _, dir := range v.bind {
		a = append(append(a, above(dir)...), "--ro-bind", dir, dir)
	}
	a = append(a, above(initPath)...)
	a = append(a, "--ro-bind", h.image.runtime(), runtimeDir, "--ro-bind", h.cfg.Init, initPath)
	if v.code != "" {
		a = append(a, "--ro-bind", v.code, taskDir)
	} else {
		a = append(a, "--dir", taskDir)
	}
	a = append(a, v.layers...)
	return append(a, "--remount-ro", "/")
}

// above makes the directories that lead to a path. Left to itself, bubblewrap makes them for root only.
func above(path string) []string {
	dir := filepath.Dir(path)
	if dir == "/" {
		return nil
	}
	return append(above(dir), "--perms", "0755", "--dir", dir)
}

// likeHost shows a directory of the host's root as it is: a link, a directory, or not there.
func likeHost(dir string) []string {
	if target, err := os.Readlink(dir); err == nil {
		return []string{"--symlink", target, dir}
	}
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return []string{"--ro-bind", dir, dir}
	}
	return nil
}
