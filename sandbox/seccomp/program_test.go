//go:build linux && (amd64 || arm64)

package seccomp

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// call is what the kernel shows of a system call: struct seccomp_data.
func call(arch, number uint32, args ...uint64) []byte {
	b := make([]byte, 64)
	binary.LittleEndian.PutUint32(b, number)
	binary.LittleEndian.PutUint32(b[4:], arch)
	for i, a := range args {
		binary.LittleEndian.PutUint64(b[16+8*i:], a)
	}
	return b
}

// judge runs the program as the kernel would.
func judge(t interface{ Fatalf(string, ...any) }, p []unix.SockFilter, data []byte) uint32 {
	var acc uint32
	for pc := 0; pc < len(p); pc++ {
		in, held := p[pc], false
		switch in.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			acc = binary.LittleEndian.Uint32(data[in.K:])
			continue
		case unix.BPF_ALU | unix.BPF_AND | unix.BPF_K:
			acc &= in.K
			continue
		case unix.BPF_RET | unix.BPF_K:
			return in.K
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			held = acc == in.K
		case unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K:
			held = acc > in.K
		case unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
			held = acc&in.K != 0
		default:
			t.Fatalf("instruction %d: code %#x", pc, in.Code)
		}
		if held {
			pc += int(in.Jt)
		} else {
			pc += int(in.Jf)
		}
	}
	t.Fatalf("the program ends without an answer")
	return 0
}

func TestProgram(t *testing.T) {
	p := Program()
	for _, c := range []struct {
		what string
		data []byte
		want uint32
	}{
		{"another architecture", call(0x40000003, unix.SYS_READ), kill},
		{"read", call(arch, unix.SYS_READ), allow},
		{"execve", call(arch, unix.SYS_EXECVE), allow},
		{"x32", call(arch, 1<<30|unix.SYS_READ), errno(unix.ENOSYS)},
		{"a younger call", call(arch, newest+1), errno(unix.ENOSYS)},
		{"thread", call(arch, unix.SYS_CLONE, unix.CLONE_VM|unix.CLONE_THREAD|unix.CLONE_SIGHAND), allow},
		{"fork", call(arch, unix.SYS_CLONE, uint64(unix.SIGCHLD)), allow},
		{"clone3", call(arch, unix.SYS_CLONE3), errno(unix.ENOSYS)},
		{"user namespace", call(arch, unix.SYS_CLONE, unix.CLONE_NEWUSER|uint64(unix.SIGCHLD)), errno(unix.EPERM)},
		{"TCP", call(arch, unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0), allow},
		{"TCP over IPv6", call(arch, unix.SYS_SOCKET, unix.AF_INET6, unix.SOCK_STREAM, unix.IPPROTO_TCP), allow},
		{"UDP", call(arch, unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, unix.IPPROTO_UDP), allow},
		{"local", call(arch, unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_SEQPACKET, 0), allow},
		{"raw", call(arch, unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP), errno(unix.EPERM)},
		{"SCTP", call(arch, unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_SCTP), errno(unix.EPROTONOSUPPORT)},
		{"netlink", call(arch, unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, 0), errno(unix.EAFNOSUPPORT)},
		{"packet", call(arch, unix.SYS_SOCKET, unix.AF_PACKET, unix.SOCK_RAW, 0), errno(unix.EAFNOSUPPORT)},
		{"vsock", call(arch, unix.SYS_SOCKET, unix.AF_VSOCK, unix.SOCK_STREAM, 0), errno(unix.EAFNOSUPPORT)},
		{"typing into a terminal", call(arch, unix.SYS_IOCTL, 0, unix.TIOCSTI), errno(unix.EPERM)},
		{"terminal size", call(arch, unix.SYS_IOCTL, 0, unix.TIOCGWINSZ), allow},
		{"asking the personality", call(arch, unix.SYS_PERSONALITY, 0xffffffff), allow},
		{"no address randomisation", call(arch, unix.SYS_PERSONALITY, 0x0040000), errno(unix.EPERM)},
	} {
		if got := judge(t, p, c.data); got != c.want {
			t.Errorf("%s: %#x, want %#x", c.what, got, c.want)
		}
	}
	for _, n := range refused {
		if got := judge(t, p, call(arch, n)); got != errno(unix.EPERM) {
			t.Errorf("system call %d: %#x, want EPERM", n, got)
		}
	}
}

// TestProgramAlwaysAnswers: whatever a process asks, the program returns, jumps stay inside, and what is refused stays refused with any arguments.
func TestProgramAlwaysAnswers(t *testing.T) {
	p := Program()
	if len(p) > 4096 { // BPF_MAXINSNS
		t.Fatalf("%d instructions", len(p))
	}
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOfN(rapid.Uint64(), 6, 6).Draw(t, "args")
		judge(t, p, call(rapid.Uint32().Draw(t, "arch"), rapid.Uint32().Draw(t, "number"), args...))
		n := rapid.SampledFrom(refused).Draw(t, "refused")
		if got := judge(t, p, call(arch, n, args...)); got != errno(unix.EPERM) {
			t.Fatalf("system call %d%v: %#x", n, args, got)
		}
		if got := judge(t, p, call(arch, unix.SYS_CLONE, args...)); got == allow && args[0]&namespaces != 0 {
			t.Fatalf("clone(%#x) is allowed", args[0])
		}
	})
}
