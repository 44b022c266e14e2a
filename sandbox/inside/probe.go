//go:build linux && (amd64 || arm64)

package inside

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Findings is what the probe found.
type Findings struct {
	Namespaces map[string]string // kind → identity
	User       int
	Status     map[string]string // of /proc/self/status: capabilities, seccomp, privileges
	Processes  int
	Possible   []string // what must not be, and was
}

// kinds are the namespaces that must be the sandbox's own.
var kinds = []string{"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"}

// Namespaces are those of this process.
func Namespaces() (map[string]string, error) {
	out := map[string]string{}
	for _, k := range kinds {
		id, err := os.Readlink("/proc/self/ns/" + k)
		if err != nil {
			return nil, fmt.Errorf("namespaces: %w", err)
		}
		out[k] = id
	}
	return out, nil
}

// probe looks around, tries what must fail, and writes what it found. It runs on the thread that gave everything up, in the place of code.
func probe(secret string) error {
	var f Findings
	var err error
	if f.Namespaces, err = Namespaces(); err != nil {
		return err
	}
	f.User = os.Getuid()
	f.Status = status("/proc/thread-self/status")
	all, _ := filepath.Glob("/proc/[0-9]*")
	f.Processes = len(all)
	for what, try := range attempts(secret) {
		if try() == nil {
			f.Possible = append(f.Possible, what)
		}
	}
	slices.Sort(f.Possible)
	return json.NewEncoder(os.Stdout).Encode(f)
}

// becomeRoot asks for this thread alone: the libraries' own call is for all threads, of which those of a program built with cgo may not answer for themselves.
func becomeRoot() error {
	if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, 0, 0, 0); e != 0 {
		return e
	}
	return nil
}

// attempts are what must fail in a sandbox.
func attempts(secret string) map[string]func() error {
	exists := func(name string) func() error {
		return func() error { _, err := os.Lstat(name); return err }
	}
	socket := func(family, kind int) func() error {
		return func() error { _, err := unix.Socket(family, kind, 0); return err }
	}
	write := func(name string) func() error {
		return func() error { return os.WriteFile(name, []byte("x"), 0o600) }
	}
	return map[string]func() error{
		"the server's files are seen":        exists(secret),
		"the host's passwords are seen":      exists("/etc/shadow"),
		"the host's run directory is seen":   exists("/run/systemd"),
		"the host's devices are seen":        exists("/dev/mem"),
		"the first process has another root": func() error { return differs("/proc/1/root/.", "/") },
		"the first process is not filtered":  func() error { return differsFrom(status("/proc/1/status")["Seccomp"], "2") },
		"the first process has capabilities": func() error { return differsFrom(status("/proc/1/status")["CapPrm"], none) },
		"the host's /sys is seen":            exists("/sys/class"),
		"/ can be written":                   write("/probe"),
		"/usr can be written":                write("/usr/probe"),
		"/dev can be written":                write("/dev/probe"),
		"/etc can be written":                write("/etc/probe"),
		"file systems can be mounted":        func() error { return unix.Mount("tmpfs", "/tmp", "tmpfs", 0, "") },
		"namespaces can be made":             func() error { return unix.Unshare(unix.CLONE_NEWUSER) },
		"processes can be traced":            func() error { return unix.PtraceAttach(1) },
		"netlink sockets can be had":         socket(unix.AF_NETLINK, unix.SOCK_RAW),
		"packet sockets can be had":          socket(unix.AF_PACKET, unix.SOCK_RAW),
		"raw sockets can be had":             socket(unix.AF_INET, unix.SOCK_RAW),
		"another user can be become":         becomeRoot,
		"the network outside can be reached": func() error {
			c, err := net.Dial("udp", "192.0.2.1:9") // TEST-NET-1: connecting sends nothing, it asks for a route
			if err == nil {
				c.Close()
			}
			return err
		},
	}
}

var errSame = errors.New("it is the same")

// differs fails when two paths are one, or when the first cannot be looked at.
func differs(a, b string) error {
	x, err := os.Stat(a)
	if err != nil {
		return err
	}
	if y, err := os.Stat(b); err == nil && os.SameFile(x, y) {
		return errSame
	}
	return nil
}

func differsFrom(is, want string) error {
	if is == want {
		return errSame
	}
	return nil
}

// status are the lines of a process's status that tell of privileges.
func status(file string) map[string]string {
	out := map[string]string{}
	b, _ := os.ReadFile(file)
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(line, ":"); ok && slices.Contains([]string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"}, k) {
			out[k] = strings.TrimSpace(v)
		}
	}
	return out
}

// Judge says what is wrong with a sandbox, seen from a process outside with these namespaces. Nothing is: it isolates.
func (f *Findings) Judge(outside map[string]string) []string {
	wrong := slices.Clone(f.Possible)
	for _, k := range kinds {
		if f.Namespaces[k] == "" || f.Namespaces[k] == outside[k] {
			wrong = append(wrong, "the "+k+" namespace is the host's")
		}
	}
	for k, want := range map[string]string{"NoNewPrivs": "1", "Seccomp": "2", "CapPrm": none, "CapEff": none, "CapInh": none, "CapAmb": none} {
		if f.Status[k] != want {
			wrong = append(wrong, fmt.Sprintf("%s is %q", k, f.Status[k]))
		}
	}
	if f.User == 0 {
		wrong = append(wrong, "the code is root")
	}
	if f.Processes == 0 || f.Processes > 2 {
		wrong = append(wrong, fmt.Sprintf("%d processes are seen", f.Processes))
	}
	slices.Sort(wrong)
	return wrong
}

const none = "0000000000000000"
