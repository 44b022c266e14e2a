//go:build linux && (amd64 || arm64)

package bwrap

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vauban/sandbox"
)

// hostile is code that does what it should not, and what becomes of it. Each really does it.
type hostile struct {
	name    string
	code    string // of app.py
	memory  int64  // MB
	timeout time.Duration
	failure string // type of the error
	ended   bool
	answer  string // payload, or the error's
	grouped bool   // it takes control groups to see it: memory that is had, but not used
}

// errnos calls a function for each attempt and tells how it failed.
const errnos = `
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def attempt(fn):
    try:
        r = fn()
        if r == -1 and ctypes.get_errno():
            return errno.errorcode[ctypes.get_errno()]
        return "done: %r" % (r,)
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
def all(**attempts):
    return {name: attempt(fn) for name, fn in attempts.items()}
`

var hostiles = []hostile{
	{
		name: "reads the host", answer: `{"docker": "ENOENT", "environment of init": "nothing", "kernel memory": "ENOENT", "other root": "nothing", "root's home": "ENOENT", "shadow": "ENOENT", "sys": "ENOENT"}`,
		code: errnos + `
def handler(event, context):
    # The sandbox's first process is the code's own user where the server is not root: it then shows the same sandbox, and an empty environment.
    nothing = {"EACCES": "nothing", "EPERM": "nothing", "done: %r" % sorted(os.listdir("/")): "nothing", "done: ''": "nothing"}
    found = all(**{
        "shadow": lambda: open("/etc/shadow").read(), "other root": lambda: sorted(os.listdir("/proc/1/root/")), "root's home": lambda: os.listdir("/root/.ssh"),
        "docker": lambda: os.stat("/var/run/docker.sock"), "environment of init": lambda: open("/proc/1/environ").read(),
        "kernel memory": lambda: open("/dev/mem"), "sys": lambda: os.listdir("/sys/class"),
    })
    return {k: nothing.get(v, v) for k, v in sorted(found.items())}
`,
	},
	{
		name: "writes what it runs from", answer: `{"code": "EROFS", "etc": "EROFS", "root": "EROFS", "runtime": "EROFS", "usr": "EROFS"}`,
		code: errnos + `
def handler(event, context):
    def write(name):
        return lambda: open(name + "/x", "w")
    return all(code=write("/var/task"), etc=write("/etc"), root=write(""), runtime=write("/var/runtime"), usr=write("/usr"))
`,
	},
	{
		name: "becomes root", answer: `{"setuid": "EPERM", "setgroups": "EPERM", "chown": "EPERM", "chroot": "EPERM", "su": "EPERM or EACCES"}`,
		code: errnos + `
import subprocess
def handler(event, context):
    found = all(setuid=lambda: os.setuid(0), setgroups=lambda: os.setgroups([0]), chown=lambda: os.chown("/tmp", 0, 0), chroot=lambda: os.chroot("/tmp"))
    uid = subprocess.run(["/usr/bin/env", "id", "-u"], capture_output=True, text=True).stdout.strip()
    suid = [p for p in ("/usr/bin/su", "/usr/bin/sudo", "/usr/bin/mount") if os.path.exists(p)]
    alive = [p for p in suid if subprocess.run([p, "-c", "id -u"], capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout.strip() == "0"]
    found = {k: v.replace("EINVAL", "EPERM") for k, v in found.items()}  # where the server is not root, there is no root inside
    found["su"] = "EPERM or EACCES" if not alive and uid == "993" else "%s %s" % (uid, alive)
    return found
`,
	},
	{
		name: "calls the kernel",
		answer: `{"mount": "EPERM", "unshare": "EPERM", "ptrace": "EPERM", "bpf": "EPERM", "keyctl": "EPERM", "userfaultfd": "EPERM", "io_uring": "EPERM", ` +
			`"clone namespace": "EPERM", "clone3": "ENOSYS", "netlink": "EAFNOSUPPORT", "packet": "EAFNOSUPPORT", "raw": "EPERM", "vsock": "EAFNOSUPPORT", "next system call": "ENOSYS"}`,
		code: errnos + `
import platform
calls = {"x86_64": dict(mount=165, unshare=272, ptrace=101, bpf=321, keyctl=250, userfaultfd=323, clone=56),
         "aarch64": dict(mount=40, unshare=97, ptrace=117, bpf=280, keyctl=219, userfaultfd=282, clone=220)}[platform.machine()]
def handler(event, context):
    def call(number, *args):
        return lambda: libc.syscall(number, *args)
    found = all(**{name: call(calls[name], 0, 0, 0, 0, 0) for name in ("mount", "unshare", "ptrace", "bpf", "keyctl", "userfaultfd")})
    found.update(all(**{"io_uring": call(425, 1, 0), "clone namespace": call(calls["clone"], 0x10000000, 0, 0, 0, 0), "clone3": call(435, 0, 0),
        "netlink": lambda: socket.socket(16, socket.SOCK_RAW), "packet": lambda: socket.socket(17, socket.SOCK_RAW),
        "raw": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1), "vsock": lambda: socket.socket(40, socket.SOCK_STREAM),
        "next system call": call(9999)}))
    return found
`,
	},
	{
		name: "leaves for the network", answer: `{"metadata": "ENETUNREACH", "internet": "ENETUNREACH", "datagram": "ENETUNREACH", "interfaces": ["lo"], "sockets": 0}`,
		code: errnos + `
def handler(event, context):
    found = all(metadata=lambda: socket.create_connection(("169.254.169.254", 80), 5), internet=lambda: socket.create_connection(("192.0.2.1", 443), 5),
        datagram=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)))
    found["interfaces"] = [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line]
    found["sockets"] = len(open("/proc/net/unix").readlines()) - 1  # of the host, abstract ones too
    return found
`,
	},
	{
		name: "starts threads without end", answer: `true`,
		code: `
import _thread, time
def handler(event, context):
    n = 0
    try:
        while n < 5000:
            _thread.start_new_thread(time.sleep, (1000,))
            n += 1
    except RuntimeError:
        return 0 < n <= 1024
    return n
`,
	},
	{
		name: "is a fork bomb", timeout: 2 * time.Second, failure: "Sandbox.Timedout", ended: true, answer: "Error: Task timed out after 2.00 seconds",
		code: `
import os, time
def handler(event, context):
    while True:
        try:
            os.fork()
        except OSError:
            pass
        time.sleep(0.15)  # doubles seven times a second: a machine that runs other tests too
`,
	},
	{
		name: "fills memory", memory: 128, grouped: true, failure: "Runtime.OutOfMemory", ended: true, answer: "Error: Runtime exited with error: signal: killed",
		code: `
def handler(event, context):
    held = []
    while True:
        held.append(bytearray(1 << 20))
`,
	},
	{
		name: "fills memory with children", memory: 128, failure: "Runtime.OutOfMemory", ended: true, answer: "Error: Runtime exited with error: signal: killed",
		code: `
import os, time
def handler(event, context):
    for _ in range(4):
        if os.fork() == 0:
            held = bytearray(60 << 20)
            for i in range(0, len(held), 4096):
                held[i] = 1
            time.sleep(1000)
    time.sleep(1000)
`,
	},
	{
		name: "fills the disk", answer: `{"failed": "ENOSPC", "fits": true}`,
		code: errnos + `
def handler(event, context):
    written = 0
    with open("/tmp/big", "wb", buffering=0) as f:
        try:
            while written < 1 << 30:
                written += f.write(b"x" * (1 << 20))
        except OSError as e:
            return {"failed": errno.errorcode[e.errno], "fits": written <= 64 << 20}
`,
	},
	{
		name: "sleeps for ever", timeout: 300 * time.Millisecond, failure: "Sandbox.Timedout", ended: true, answer: "Error: Task timed out after 0.30 seconds",
		code: "import time\ndef handler(event, context):\n    time.sleep(1000)\n",
	},
	{
		name: "ignores signals and spins", timeout: 300 * time.Millisecond, failure: "Sandbox.Timedout", ended: true, answer: "timed out",
		code: `
import signal
for s in range(1, 32):
    try:
        signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
def handler(event, context):
    while True:
        pass
`,
	},
	{
		name: "closes its pipes", answer: `"closed"`,
		code: "import os\ndef handler(event, context):\n    os.close(0); os.close(1); os.close(2)\n    return 'closed'\n",
	},
	{
		name: "closes everything", failure: "Runtime.ExitError", ended: true, answer: "Error: Runtime exited",
		code: "import os\ndef handler(event, context):\n    os.closerange(0, 1024)\n    return 'closed'\n",
	},
	{
		name: "kills everybody", failure: "Runtime.ExitError", ended: true, answer: "Error: Runtime exited with error: signal: killed",
		code: "import os, signal\ndef handler(event, context):\n    try:\n        os.kill(1, signal.SIGKILL)\n    except PermissionError:\n        pass\n    os.kill(os.getpid(), signal.SIGKILL)\n",
	},
	{
		name: "exits", failure: "Runtime.ExitError", ended: true, answer: "Error: Runtime exited with error: exit status 3",
		code: "import os\ndef handler(event, context):\n    os._exit(3)\n",
	},
	{
		name: "exits as if all was well", failure: "Runtime.ExitError", ended: true, answer: "Error: Runtime exited without providing a reason",
		code: "import os\ndef handler(event, context):\n    os._exit(0)\n",
	},
	{
		name: "crashes", failure: "Runtime.ExitError", ended: true, answer: "Error: Runtime exited with error: signal: segmentation fault",
		code: "import ctypes\ndef handler(event, context):\n    ctypes.string_at(0)\n",
	},
	{
		name: "answers too much", failure: "Function.ResponseSizeTooLarge", answer: "exceeded maximum allowed payload size (6291556 bytes)",
		code: "def handler(event, context):\n    return 'x' * (7 << 20)\n",
	},
	{
		name: "raises too much", failure: "Function.ResponseSizeTooLarge", answer: "too large",
		code: "def handler(event, context):\n    raise ValueError('x' * (7 << 20))\n",
	},
	{
		name: "speaks out of turn", answer: `[403, 400, 403, 404, 202, 403]`,
		code: `
import http.client, os
def handler(event, context):
    def ask(method, path, body=None):
        c = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        c.request(method, "/2018-06-01/runtime/" + path, body)
        return c.getresponse().status
    mine = "invocation/" + context.aws_request_id
    answers = [ask("GET", "invocation/next"), ask("POST", "invocation/another/response", "{}"), ask("POST", "init/error", "{}"), ask("GET", "elsewhere")]
    import json
    ask("POST", mine + "/response", json.dumps(answers + [202, 403]))
    if ask("POST", mine + "/response", "{}") != 403:
        os._exit(9)
`,
	},
	{
		name: "opens many connections", answer: `true`,
		code: `
import socket, os
def handler(event, context):
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    held = []
    try:
        for _ in range(2000):
            held.append(socket.create_connection((host, int(port)), 5))
    except OSError as e:
        return e.errno == 24
    return len(held)
`,
	},
}

func (c *hostile) run(t *testing.T, h *Host, runtime string) {
	t.Parallel()
	if c.grouped && !h.groups.Memory() {
		t.Skip("SKIP: this host limits no memory by control groups")
	}
	var log journal
	s := &sandbox.Spec{Runtime: runtime, Handler: "app.handler", Log: log.add, Memory: 1769 * mb, Tmp: 64 * mb, Code: code(t, map[string]string{"app.py": c.code})}
	if c.memory > 0 {
		s.Memory = c.memory * mb
	}
	in := start(t, h, s)
	i := invocation(`{}`)
	if c.timeout > 0 {
		i.Deadline = time.Now().Add(c.timeout)
	}
	r, err := in.Invoke(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	got, kind := string(r.Payload), ""
	if r.Error != nil {
		got, kind = string(r.Error.Payload), r.Error.Type
		if !json.Valid(r.Error.Payload) {
			t.Errorf("the error is no JSON: %.200s", got)
		}
	}
	if kind != c.failure || r.Ended != c.ended || !strings.Contains(got, c.answer) && !sameJSON(got, c.answer) {
		t.Errorf("error %q, ended %t, answer %.300s\nlog: %.500s", kind, r.Ended, got, log.String())
	}
	select {
	case <-in.Done():
		if !c.ended {
			t.Error("the instance has ended")
		}
	default:
		if c.ended {
			t.Error("the instance lives")
		}
	}
	if !c.ended && c.failure != "" { // it lives on
		if _, err := in.Invoke(t.Context(), invocation(`{}`)); err != nil {
			t.Error(err)
		}
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return fmt.Sprint(x) == fmt.Sprint(y)
}

func TestHostileCode(t *testing.T) {
	h := sharedHost(t)
	runtime := pythonRuntime(t, h)
	t.Run("code", func(t *testing.T) {
		for _, c := range hostiles {
			t.Run(c.name, func(t *testing.T) { c.run(t, h, runtime) })
		}
	})
	if left := children(t); len(left) > 0 {
		t.Errorf("processes that outlive their instances: %v", left)
	}
	for _, dir := range []string{h.groups.Dir("memory"), h.groups.Dir("freezer")} {
		if groups, _ := filepath.Glob(filepath.Join(dir, "*", "cgroup.procs")); dir != "" && len(groups) > 0 {
			t.Errorf("control groups that outlive their instances: %v", groups)
		}
	}
}

// children are the processes that this one has started and that have not ended.
func children(t *testing.T) []string {
	t.Helper()
	var out []string
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, f := range tasks {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // a thread that has ended
		}
		out = append(out, strings.Fields(string(b))...)
	}
	return out
}

// TestEndlessOutput: lines are bounded, and what is written before an answer is read before it.
func TestEndlessOutput(t *testing.T) {
	h := sharedHost(t)
	var log journal
	in := start(t, h, &sandbox.Spec{
		Runtime: pythonRuntime(t, h), Handler: "app.handler", Log: log.add,
		Code: code(t, map[string]string{"app.py": `
import sys
def handler(event, context):
    sys.stdout.write("x" * (1 << 20) + "\n" + "last line without an end")
    return len(event)
`}),
	})
	if _, err := in.Invoke(t.Context(), invocation(`{}`)); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, l := range log.lines {
		if total += len(l); len(l) > maxLine {
			t.Errorf("a line of %d bytes", len(l))
		}
	}
	if last := log.lines[len(log.lines)-1]; last != "last line without an end" || total != 1<<20+len(last) {
		t.Errorf("%d bytes in %d lines, the last is %.50q", total, len(log.lines), last)
	}
}

// TestOneAddress: with Dial, the code reaches that address of the host under its own name, and nothing beside it.
func TestOneAddress(t *testing.T) {
	h := sharedHost(t)
	serve := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				fmt.Fprint(c, "hello from ", l.Addr())
				c.Close()
			}
		}()
		return l
	}
	api, other := serve().Addr().String(), serve().Addr().String()
	in := start(t, h, &sandbox.Spec{
		Runtime: pythonRuntime(t, h), Handler: "app.handler", Dial: api,
		Code: code(t, map[string]string{"app.py": `
import socket
def handler(event, context):
    found = []
    for address in event:
        host, port = address.rsplit(":", 1)
        try:
            found.append(socket.create_connection((host, int(port)), 5).recv(100).decode())
        except OSError as e:
            found.append(type(e).__name__)
    return found
`}),
	})
	r, err := in.Invoke(t.Context(), invocation(fmt.Sprintf(`[%q,%q]`, api, other)))
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf(`["hello from %s", "ConnectionRefusedError"]`, api); string(r.Payload) != want {
		t.Errorf("%s, want %s", r.Payload, want)
	}
}

// TestNeighbours: an instance sees nothing of another, though both are the same function.
func TestNeighbours(t *testing.T) {
	h := sharedHost(t)
	s := sandbox.Spec{
		Runtime: pythonRuntime(t, h), Handler: "app.handler",
		Code: code(t, map[string]string{"app.py": `
import os, socket
def handler(event, context):
    if event == "serve":
        global held
        held = socket.create_server(("127.0.0.1", 7000)), socket.socket(socket.AF_UNIX)
        held[1].bind("\0neighbour")
        held[1].listen()
        open("/tmp/secret", "w").write("secret")
        return True
    found = []
    for try_ in (lambda: socket.create_connection(("127.0.0.1", 7000), 5), lambda: socket.socket(socket.AF_UNIX).connect("\0neighbour"), lambda: open("/tmp/secret")):
        try:
            found.append(str(try_()))
        except OSError as e:
            found.append(type(e).__name__)
    return [found, sorted(int(p) for p in os.listdir("/proc") if p.isdigit())]
`}),
	}
	first, second := s, s
	a, b := start(t, h, &first), start(t, h, &second)
	if r, err := a.Invoke(t.Context(), invocation(`"serve"`)); err != nil || string(r.Payload) != "true" {
		t.Fatalf("%v %+v", err, r)
	}
	r, err := b.Invoke(t.Context(), invocation(`"look"`))
	if err != nil {
		t.Fatal(err)
	}
	if want := `[["ConnectionRefusedError", "ConnectionRefusedError", "FileNotFoundError"], [1, 2]]`; string(r.Payload) != want {
		t.Errorf("%s, want %s", r.Payload, want)
	}
}
