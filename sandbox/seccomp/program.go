//go:build linux && (amd64 || arm64)

package seccomp

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data (seccomp(2)); arguments are 64 bits wide, and both architectures are little-endian.
const (
	offsetNumber = 0
	offsetArch   = 4
	offsetArg0   = 16
	offsetArg1   = 24
	offsetArg2   = 32
)

const (
	allow = uint32(unix.SECCOMP_RET_ALLOW)
	kill  = uint32(unix.SECCOMP_RET_KILL_PROCESS)
)

// newest is the last system call that was judged for this list (mseal). Younger ones answer ENOSYS: programs fall back.
const newest = 462

// namespaces are the flags of clone(2) that make a namespace.
const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

func errno(e unix.Errno) uint32 { return uint32(unix.SECCOMP_RET_ERRNO) | uint32(e) }

// Program is the filter.
func Program() []unix.SockFilter {
	var p program
	p.load(offsetArch)
	p.unless(unix.BPF_JEQ, arch, kill)
	p.load(offsetNumber)
	p.when(unix.BPF_JGT, newest, errno(unix.ENOSYS)) // the x32 convention too: its numbers begin at 1<<30
	for _, n := range refused {
		p.when(unix.BPF_JEQ, n, errno(unix.EPERM))
	}
	p.when(unix.BPF_JEQ, unix.SYS_CLONE3, errno(unix.ENOSYS)) // its flags are behind a pointer: the C library falls back to clone
	p.call(unix.SYS_CLONE, func(p *program) {
		p.load(offsetArg0)
		p.when(unix.BPF_JSET, namespaces, errno(unix.EPERM))
	})
	p.call(unix.SYS_IOCTL, func(p *program) { // input that a terminal would take for typed
		p.load(offsetArg1)
		p.when(unix.BPF_JEQ, unix.TIOCSTI, errno(unix.EPERM))
		p.when(unix.BPF_JEQ, unix.TIOCLINUX, errno(unix.EPERM))
	})
	p.call(unix.SYS_PERSONALITY, func(p *program) { // asking is allowed, and the plain one
		p.load(offsetArg0)
		p.when(unix.BPF_JEQ, 0, allow)
		p.unless(unix.BPF_JEQ, 0xffffffff, errno(unix.EPERM))
	})
	p.call(unix.SYS_SOCKET, socket)
	p.ret(allow)
	return p
}

// socket allows TCP, UDP and local sockets. Others reach into the kernel (netlink, packet, alg, vsock), or load its modules.
func socket(p *program) {
	p.load(offsetArg0)
	p.when(unix.BPF_JEQ, unix.AF_UNIX, allow)
	p.unlessEither(unix.AF_INET, unix.AF_INET6, errno(unix.EAFNOSUPPORT))
	p.load(offsetArg1)
	p.add(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, 0, 0, 0xf) // without SOCK_CLOEXEC and SOCK_NONBLOCK
	p.unlessEither(unix.SOCK_STREAM, unix.SOCK_DGRAM, errno(unix.EPERM))
	p.load(offsetArg2)
	p.when(unix.BPF_JEQ, 0, allow)
	p.unlessEither(unix.IPPROTO_TCP, unix.IPPROTO_UDP, errno(unix.EPROTONOSUPPORT))
}

// Bytes is the filter as the kernel has it in memory: what bubblewrap reads.
func Bytes() []byte {
	var out []byte
	for _, in := range Program() {
		out = binary.LittleEndian.AppendUint16(out, in.Code)
		out = append(out, in.Jt, in.Jf)
		out = binary.LittleEndian.AppendUint32(out, in.K)
	}
	return out
}

// program is built from tests that either return at once or fall through: no jump is longer than its own block.
type program []unix.SockFilter

func (p *program) add(code uint16, jt, jf uint8, k uint32) {
	*p = append(*p, unix.SockFilter{Code: code, Jt: jt, Jf: jf, K: k})
}

func (p *program) load(offset uint32) { p.add(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, 0, 0, offset) }
func (p *program) ret(v uint32)       { p.add(unix.BPF_RET|unix.BPF_K, 0, 0, v) }

// when returns v if the test holds.
func (p *program) when(test uint16, k, v uint32) {
	p.add(unix.BPF_JMP|test|unix.BPF_K, 0, 1, k)
	p.ret(v)
}

// unless returns v if the test does not hold.
func (p *program) unless(test uint16, k, v uint32) {
	p.add(unix.BPF_JMP|test|unix.BPF_K, 1, 0, k)
	p.ret(v)
}

// unlessEither returns v if what is loaded is neither a nor b.
func (p *program) unlessEither(a, b, v uint32) {
	p.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 2, 0, a)
	p.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 1, 0, b)
	p.ret(v)
}

// call is a block for one system call, at whose end the call is allowed. It leaves the number loaded for what follows.
func (p *program) call(number uint32, block func(*program)) {
	var b program
	block(&b)
	b.ret(allow)
	p.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 0, uint8(len(b)), number)
	*p = append(*p, b...)
}
